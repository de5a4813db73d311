"""Prospects, and the lists that hold them."""

from __future__ import annotations

import math
import typing as t
from functools import cached_property

from tap_shared import NumberedPages
from typing_extensions import override

from tap_prospector.client import LookupStream, ProspectorStream

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context
    from tap_shared.walks import Answer, Page

SURE_SIZE = 100
"""The largest page of prospects that all documents agree on."""


class ProspectPages(NumberedPages):
    """Pages that may be smaller than asked for: a short one need not be the last."""

    @override
    def last_page(self, answer: Answer) -> int | None:
        rows, total = len(answer.keyed), self.total(answer)
        if total is None or self.most <= SURE_SIZE or rows == self.most:
            return None
        return math.ceil(total / SURE_SIZE) if rows <= SURE_SIZE else 1


class Lists(ProspectorStream):
    """One list of prospects; deleted ones are among them.

    In full: 1 request.
    """

    name = "lists"
    path = "/v1/get-user-lists"


class ListProspects(ProspectorStream):
    """One prospect in one list.

    In full, because prospects have no date there: 1 request per list and `prospects_per_page`
    prospects. What a deleted list answers is not documented: its prospects are read only with
    `include_deleted_lists`.
    """

    name = "list_prospects"
    path = "/v1/prospect-list"
    method = "POST"
    records_at = "prospects"
    primary_keys = ("list_id", "id")
    parent = Lists
    parent_keys: t.ClassVar[Mapping[str, str]] = {"list_id": "id", "is_deleted": "isDeleted"}

    @override
    def has_rows(self, context: Context) -> bool:
        return not context["is_deleted"] or bool(self.config["include_deleted_lists"])

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {"listId": context["list_id"]}

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        if self.has_rows(context):
            most = self.config["prospects_per_page"]
            walk = ProspectPages("page", "perPage", most, total_at="list.contacts")
            yield from walk.pages(lambda asked: self._ask(context, asked), since)


class Prospects(LookupStream):
    """One prospect with jobs, profiles, lists and campaigns.

    Deselected by default: 1 request per prospect.
    """

    name = "prospects"
    path = "/v1/get-prospect-by-id"
    method = "POST"
    records_at = "data"
    selected_by_default = False
    parent = ListProspects
    parent_keys: t.ClassVar[Mapping[str, str]] = {"prospect_id": "id"}

    @cached_property
    def _asked_for(self) -> set[str]:
        return set()

    @override
    def has_rows(self, context: Context) -> bool:
        # A prospect of several lists is asked for once.
        is_new = context["prospect_id"] not in self._asked_for
        self._asked_for.add(context["prospect_id"])
        return is_new

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {"id": context["prospect_id"]}


class CustomFields(ProspectorStream):
    """One field that the account added to prospects.

    In full: 1 request.
    """

    name = "custom_fields"
    path = "/v1/prospect-custom-fields"
    primary_keys = ("key",)


class DoNotEmailLists(ProspectorStream):
    """One list of addresses and domains that get no e-mail; its entries can't be read.

    Deselected by default: settings rather than figures. In full: 1 request.
    """

    name = "do_not_email_lists"
    path = "/v2/blacklists"
    records_at = "data"
    selected_by_default = False
