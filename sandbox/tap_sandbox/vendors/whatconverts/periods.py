"""WhatConverts' filter and order by date created: `start_date`, `end_date` and `order`."""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from tap_sandbox.vendors.whatconverts.answers import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call

TODAY = datetime(2025, 12, 31)  # noqa: DTZ001 - all times here are UTC without saying so
LONGEST = timedelta(days=400)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_created = itemgetter("date_created")


def iso(moment: datetime) -> str:
    """Return a time in canonical form: UTC, whole seconds, Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _given(call: Call, name: str) -> tuple[datetime, bool] | None:
    """Return the instant that a parameter names and whether it is a whole day."""
    text = call.query.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", text, re.ASCII):
        raise bad_parameter(name)
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        raise bad_parameter(name) from None
    if call.option("range_precision") == "days":
        return moment.replace(hour=0, minute=0, second=0), True
    return moment, len(text) == len("2015-11-10")


def _bounds(call: Call, *, limited: bool) -> tuple[str, str]:
    """Return the first instant that counts and the first that does not; empty for no bound.

    Whether the bounds themselves count, and whether a day as the end counts as a whole, is not
    documented: options decide.
    """
    start, end = _given(call, "start_date"), _given(call, "end_date")
    if start is None and call.option("default_start") == "today":
        start = TODAY, True
    # The documents give the range a length; without both ends nothing is there to measure.
    if limited and start and end and end[0] - start[0] > LONGEST:
        if call.option("long_range") == "refuse":
            raise bad_parameter("start_date")
        start = end[0] - LONGEST, False
    low = high = ""
    if start:
        late = call.option("range_start") == "exclusive" and not start[1]
        low = iso(start[0] + _SECOND if late else start[0])
    if end:
        moment, whole_day = end
        if whole_day and call.option("end_day") == "whole":
            moment += _DAY
        elif call.option("range_end") == "inclusive":
            moment += _SECOND
        high = iso(moment)
    return low, high


def created(
    call: Call,
    table: str,
    keep: Callable[[Row], bool] | None = None,
    selection: Hashable = None,
    *,
    limited: bool = False,
) -> list[Row]:
    """Return a table's rows of the call's range, newest first unless `order` says otherwise.

    Args:
        call: The call.
        table: The table.
        keep: Which rows to choose from; None means all.
        selection: What tells this `keep` from others: what is chosen is kept for later pages.
        limited: Whether a range of more than 400 days is a mistake.

    Raises:
        BadParameter: A parameter is outside its documented form.
    """
    order = call.query.get("order", "desc").lower()
    if order not in ("asc", "desc"):
        raise bad_parameter("order")
    try:
        low, high = _bounds(call, limited=limited)
    except OverflowError:
        raise bad_parameter("end_date") from None
    # Unstable ties turn round with every request, so a row may come twice and another never.
    turned = call.option("tie_order") == "unstable" and call.number % 2 == 0

    def build(rows: list[Row]) -> list[Row]:
        kept = rows if keep is None else [row for row in rows if keep(row)]
        return sorted(kept[::-1] if turned else kept, key=_created)

    ascending = call.rows(table).derived(("created", selection, turned), build)
    first = bisect_left(ascending, low, key=_created) if low else 0
    last = bisect_left(ascending, high, key=_created) if high else len(ascending)
    found = ascending[first:last]
    return found if order == "asc" else found[::-1]
