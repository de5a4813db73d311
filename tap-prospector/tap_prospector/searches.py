"""Searches for what the settings name; most of them cost credits."""

from __future__ import annotations

import typing as t

from tap_shared import PaidStream, Request, SearchStream
from tap_shared.api import at
from tap_shared.errors import CreditsError, StreamError
from typing_extensions import override

from tap_prospector.client import LookupStream, ProspectorStream

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Context, Record


class OfDomain(ProspectorStream):
    """A list that each domain of the setting `domains` has."""

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        return [{"domain": each} for each in dict.fromkeys(self.config.get("domains", ()))]


class PaidProspectorStream(ProspectorStream, PaidStream):
    """A list whose requests cost credits."""

    balance_request = Request("/v1/get-balance")
    balance_at = "data.balance"


class ProspectorSearch(PaidProspectorStream, SearchStream):
    """A search that the vendor works out meanwhile."""

    records_at = "data"
    task_at: t.ClassVar[str]

    def task(self, started: t.Any) -> str:
        """Return the mark of a task that was started.

        Raises:
            StreamError: if the answer has none.
        """
        task = at(started, self.task_at)
        if not isinstance(task, str) or not task:
            raise StreamError(f"{self.name}: the search was started, but got no `{self.task_at}`")
        return task

    @override
    def is_ready(self, body: t.Any) -> bool:
        status = at(body, "status")
        if status == "not_enough_credits":
            raise CreditsError(f"{self.name}: the account has not enough credits; buy more")
        # A task under way is `in progress` or `in_progress`, and no word for a failed one is known.
        return bool(status == "completed")


class DomainSearch(ProspectorSearch):
    """A search in what is known of a domain."""

    task_at = "meta.task_hash"

    @override
    def start_request(self, context: Context, page: t.Any) -> Request:
        query = {"domain": context["domain"], **(page or {})}
        return Request(f"{self.path}/start", query, method="POST")

    @override
    def result_request(self, started: t.Any, context: Context) -> Request:
        return Request(f"{self.path}/result/{self.task(started)}")


class AddressSearch(OfDomain, DomainSearch):
    """A search for addresses of a domain, 50 a page."""

    primary_keys = ("domain", "email")

    @override
    def next_page(self, body: t.Any) -> t.Any:
        following = at(body, "meta.next")
        return {"next": following} if following else None


class DomainEmailCounts(OfDomain):
    """How many addresses of one domain the vendor knows.

    Deselected by default: it needs `domains`. In full: 1 request per domain, without credits.
    """

    name = "domain_email_counts"
    path = "/v1/get-domain-emails-count"
    method = "POST"
    primary_keys = ("domain",)
    selected_by_default = False
    partition_is_query = True


class DomainCompanies(OfDomain, DomainSearch):
    """The company of one domain.

    Deselected by default: it needs `domains`, and costs 1 credit for each that has a company. In
    full: 1 request per domain, and those that wait for the answer.
    """

    name = "domain_companies"
    path = "/v2/domain-search"
    primary_keys = ("domain",)

    @override
    def records_in(self, body: t.Any) -> t.Any:
        counts = ("prospects_count", "emails_count", "generic_contacts_count")
        found = at(body, "data")
        if not isinstance(found, dict):
            return found
        return [{**found, **{name: at(body, f"meta.{name}") for name in counts}}]


class DomainProspects(OfDomain, DomainSearch):
    """One person of the company of one domain.

    Deselected by default: it needs `domains`, and costs 1 credit per 20 people. In full: 1 request
    per 20 people, and those that wait for the answer.
    """

    name = "domain_prospects"
    path = "/v2/domain-search/prospects"
    primary_keys = ("domain", "prospect_hash")

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        row["prospect_hash"] = str(row.get("search_emails_start") or "").rpartition("/")[2] or None
        return row

    @override
    def next_page(self, body: t.Any) -> t.Any:
        return {"page": at(body, "meta.page") + 1} if at(body, "links.next") else None


class DomainProspectEmails(DomainSearch):
    """The addresses of one person of `domain_prospects`.

    Deselected by default: it costs 1 credit for each person who has any. In full: 1 request per
    person, and those that wait for the answer.
    """

    name = "domain_prospect_emails"
    path = "/v2/domain-search/prospects/search-emails"
    primary_keys = ("prospect_hash",)
    parent = DomainProspects
    parent_keys = {
        "domain": "domain",
        "prospect_hash": "prospect_hash",
    }

    @override
    def start_request(self, context: Context, page: t.Any) -> Request:
        return Request(f"{self.path}/start/{context['prospect_hash']}", method="POST")


class DomainEmails(AddressSearch):
    """One address of one domain, not verified.

    Deselected by default: it needs `domains`, and costs 1 credit per 50 addresses. In full: 1
    request per 50 addresses, and those that wait for the answer.
    """

    name = "domain_emails"
    path = "/v2/domain-search/domain-emails"


class DomainGenericContacts(AddressSearch):
    """One address of one domain that is nobody's own, not verified.

    Deselected by default: it needs `domains`, and costs 1 credit per 50 addresses. In full: 1
    request per 50 addresses, and those that wait for the answer.
    """

    name = "domain_generic_contacts"
    path = "/v2/domain-search/generic-contacts"


class EmailProfiles(LookupStream, PaidProspectorStream):
    """The person behind one address.

    Deselected by default: it needs `emails`, and costs 1 credit for each that is found. In full: 1
    request per address.
    """

    name = "email_profiles"
    path = "/v1/get-profile-by-email"
    method = "POST"
    primary_keys = ("email",)

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        return [{"email": each} for each in dict.fromkeys(self.config.get("emails", ()))]

    partition_is_query = True
