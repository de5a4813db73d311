"""The lists of contacts that WiseData keeps, which is all that its API tells."""

from __future__ import annotations

import typing as t

from tap_shared import NewestFirst
from typing_extensions import override

from tap_wisedata.client import WiseDataStream, pages_sorted


class ContactLists(WiseDataStream):
    """One list of contacts.

    In full: 1 request.
    """

    name = "contact_lists"
    path = "/contact-lists/all"

    @override
    def records_in(self, body: t.Any) -> t.Any:
        # No document shows this answer: lists may also come without the `data` around them.
        return body if isinstance(body, list) else super().records_in(body)


class Contacts(WiseDataStream):
    """One contact in one list.

    In full by default, because names and statuses change without any date: 1 request per list and
    100 contacts. For big accounts `replication-method: INCREMENTAL` in the catalog's metadata reads
    by `createdAt`: 1 request per list and 100 contacts of the lookback, which sees changes of those
    only.
    """

    name = "contacts"
    path = "/contact-lists/{list_id}/contacts"
    walk = pages_sorted("asc")
    incremental_walk = NewestFirst(pages_sorted("desc"), by="createdAt")
    primary_keys = ("list_id", "id")
    replication_key = "createdAt"
    default_replication_method = "FULL_TABLE"
    parent = ContactLists
    parent_keys = {"list_id": "id"}


ALL = (ContactLists, Contacts)
