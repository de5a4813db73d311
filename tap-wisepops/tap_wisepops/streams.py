"""The lists that Wisepops keeps of one website."""

from __future__ import annotations

import hashlib
import typing as t
from datetime import UTC, datetime

import msgspec
from tap_shared import PartOfParent
from typing_extensions import override

from tap_wisepops.client import OLDEST_FIRST, SCHEMAS, WisepopsStream

if t.TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record

_canonical = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


class Contacts(WisepopsStream):
    """What one visitor left in one block of a pop-up.

    By `collected_at`, because a contact never changes: 1 request when nothing is new, 1 per 999
    contacts otherwise.
    """

    name = "contacts"
    path = "/contacts"
    walk = OLDEST_FIRST
    primary_keys = ("contact_key",)
    replication_key = "collected_at"

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        # A contact has no id, and no part of it is unique. `ip` may be emptied later, so that it
        # and what follows from it stay out.
        if row.get("collected_at"):
            names = ("collected_at", "wisepop_id", "form_session", "fields")
            values = _canonical([row.get(name) for name in names])
            row["contact_key"] = hashlib.sha256(values).hexdigest()
        return row


class Wisepops(WisepopsStream):
    """One pop-up with its counters so far.

    In full, because counters have no dates: 1 request.
    """

    name = "wisepops"
    path = "/wisepops"


class WisepopStats(PartOfParent):
    """The counters of one pop-up as they stood on one day, for a daily series.

    Deselected by default: only a loader that keeps earlier rows makes a series of it. In full: no
    request beside that of `wisepops`.
    """

    name = "wisepop_stats"
    schema = SCHEMAS
    primary_keys = ("id", "date")
    selected_by_default = False
    parent = Wisepops
    parent_keys = {name: name for name in ("id", "display_count", "click_count", "email_count")}

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        began = datetime.fromtimestamp(self._tap.initialized_at / 1000, UTC)
        return {**row, "date": f"{began.date()}"}


class Hooks(WisepopsStream):
    """One address that Wisepops calls when a contact comes in.

    Deselected by default: the address may hold a secret. In full: 1 request.
    """

    name = "hooks"
    path = "/hooks"
    selected_by_default = False


ALL = (Contacts, Wisepops, WisepopStats, Hooks)
