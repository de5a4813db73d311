"""Wolfeo's filter on the day of creation: `period` and `range`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tap_sandbox.answers import Refusal
from tap_sandbox.vendors.wolfeo.answers import error

if TYPE_CHECKING:
    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call

PERIODS = ("all", "today", "yesterday", "last7days", "last30days", "between")


def _bad_period(message: str) -> Refusal:
    return Refusal(error(400, "INVALID_PERIOD", message))


def day_from(text: object) -> date:
    """Return the day that a text such as 2024-02-29 names; ValueError for anything else."""
    if not re.fullmatch(r"[12]\d{3}-\d\d-\d\d", str(text)):
        raise ValueError(f"{text} is not a day")
    return date.fromisoformat(str(text))


def _bound(call: Call, day: date) -> str:
    """Return the instant at which a day begins in the account's zone, to compare texts with."""
    shift = timedelta(hours=int(call.option("day_zone_hours")))
    return (datetime.combine(day, datetime.min.time()) - shift).isoformat()


def _days(call: Call, period: str) -> tuple[date, date] | None:
    """Return the first and the last day that a period asks for, or None for all."""
    if period == "all":
        return None
    if period == "between":
        try:
            first, last = (day_from(text) for text in call.query["range"].split("to"))
        except (KeyError, ValueError):
            raise _bad_period("The range must be YYYY-MM-DDtoYYYY-MM-DD.") from None
        if last < first:
            raise _bad_period("The range ends before it begins.")
        if call.option("range_end") == "exclusive":
            last -= timedelta(days=1)
        return first, last
    today = day_from(call.option("today"))
    yesterday = today - timedelta(days=1)
    if period == "today":
        return today, today
    if period == "yesterday":
        return yesterday, yesterday
    last = today if call.option("last_days_include_today") else yesterday
    return last - timedelta(days=6 if period == "last7days" else 29), last


def created(call: Call, table: str, *, required: bool = False) -> list[Row]:
    """Return a table's rows created in the call's period, newest first.

    The filter is on the day of creation. The day's time zone, whether a range's last day counts
    and whether rows of one instant keep their order are not documented: options decide.

    Raises:
        Refusal: 400 INVALID_PERIOD.
    """
    period = call.query.get("period", "" if required else "all")
    if period not in PERIODS:
        raise _bad_period(f"The period must be one of {', '.join(PERIODS)}.")
    days = _days(call, period)
    low = high = ""
    if days is not None:
        low, high = _bound(call, days[0]), _bound(call, days[1] + timedelta(days=1))
    # Unstable ties turn round with every request, so a row may come twice and another never.
    turned = call.option("tie_order") == "unstable" and call.number % 2 == 0
    return call.rows(table).window(
        "created_at", low, high, newest_first=True, ties_ascending=turned
    )
