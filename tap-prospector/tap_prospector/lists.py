"""Prospects, and the lists that hold them."""

from __future__ import annotations

import typing as t

from tap_shared import NumberedPages, Walk
from typing_extensions import override

from tap_prospector.client import LookupStream, ProspectorStream

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import Context
    from tap_shared.walks import Row


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
    parent_keys = {"list_id": "id"}

    @override
    def partition(self, record: Row) -> Context | None:
        is_read = not record.get("isDeleted") or self.config["include_deleted_lists"]
        return super().partition(record) if is_read else None

    @override
    def walk_for(self, context: Context) -> Walk:
        most = self.config["prospects_per_page"]
        return NumberedPages("page", "perPage", most, total_at="list.contacts")

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {"listId": context["list_id"]}


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
    parent_keys = {"prospect_id": "id"}

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
