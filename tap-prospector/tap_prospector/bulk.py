"""Searches for several inputs at once, all of which cost credits."""

from __future__ import annotations

import typing as t

from tap_shared import Request
from typing_extensions import override

from tap_prospector.searches import ProspectorSearch

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from singer_sdk.helpers.types import Context

BATCH = 10
"""The most inputs of one search."""


class BulkSearch(ProspectorSearch):
    """A search for up to ten inputs at once.

    Attributes:
        setting: the setting with the inputs.
        takes: the parameter for them.
    """

    task_at = "data.task_hash"
    setting: t.ClassVar[str]
    takes: t.ClassVar[str]

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        inputs = dict.fromkeys(self.config.get(self.setting, ()))
        return [{self.takes: batch} for batch in batches(list(inputs))]

    @override
    def most_credits(self, context: Context) -> int:
        return len(context[self.takes])

    @override
    def start_request(self, context: Context, page: t.Any) -> Request:
        return Request(
            f"{self.path}/start", method="POST", form={f"{self.takes}[]": context[self.takes]}
        )

    @override
    def result_request(self, started: t.Any, context: Context) -> Request:
        return Request(f"{self.path}/result", {"task_hash": self.task(started)})


class EmailVerifications(BulkSearch):
    """Whether one address takes e-mail.

    Deselected by default: it needs `emails`, and is said to cost 1 credit for each that is not
    found invalid. In full: 1 request per 10 addresses, and those that wait for the answer.
    """

    name = "email_verifications"
    path = "/v2/email-verification"
    primary_keys = ("email",)
    setting = "emails"
    takes = "emails"


class EmailFinder(BulkSearch):
    """The addresses of one person of one domain.

    Deselected by default: it needs `people`, and costs 1 credit per address found, counted before
    as 1 a person. In full: 1 request per domain and 10 people, and those that wait for the answer.
    """

    name = "email_finder"
    path = "/v2/emails-by-domain-by-name"
    primary_keys = ("domain", "people")
    setting = "people"
    takes = "rows"

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        # A result names the person and no domain, so that each search is for one domain.
        by_domain: dict[str, list[Mapping[str, str]]] = {}
        for person in self.config.get(self.setting, ()):
            same = by_domain.setdefault(person["domain"], [])
            same += [person] if person not in same else []
        return [
            {"domain": domain, self.takes: batch}
            for domain, people in by_domain.items()
            for batch in batches(people)
        ]

    @override
    def start_request(self, context: Context, page: t.Any) -> Request:
        return Request(f"{self.path}/start", method="POST", json={"rows": context["rows"]})


class CompanyDomains(BulkSearch):
    """The domain of one company.

    Deselected by default: it needs `company_names`, and costs 1 credit for each domain found. In
    full: 1 request per 10 names, and those that wait for the answer.
    """

    name = "company_domains"
    path = "/v2/company-domain-by-name"
    primary_keys = ("name",)
    setting = "company_names"
    takes = "names"


class LinkedinProfiles(BulkSearch):
    """One profile of LinkedIn.

    Deselected by default: it needs `linkedin_urls`, and costs 1 credit for each that is found. In
    full: 1 request per 10 addresses, and those that wait for the answer.
    """

    name = "linkedin_profiles"
    path = "/v2/li-profiles-by-urls"
    primary_keys = ("url",)
    setting = "linkedin_urls"
    takes = "urls"


T = t.TypeVar("T")


def batches(inputs: Sequence[T]) -> list[Sequence[T]]:
    """Return inputs in as many parts as the vendor takes at once."""
    return [inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH)]
