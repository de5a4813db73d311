"""Prospector's many ways to write an instant, from the one canonical way: RFC 3339 UTC text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import BadParameter
from tap_sandbox.draws import END

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw
    from tap_sandbox.vendor import Call


def canonical(moment: datetime) -> str:
    """Return an instant as all tables hold it, in whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(seconds: float) -> str:
    """Return a unix time as canonical text, with its fraction: tokens may live for less."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moved(draw: Draw, moment: datetime, seconds: float) -> datetime:
    """Return a time later than `moment`, but within the dates that the data has.

    Inserted rows are younger than all initial ones, so theirs is never before their own.
    """
    if draw.index >= draw.count:
        return draw.moment
    return min(moment + timedelta(seconds=seconds), END - timedelta(seconds=1))


def php(text: str | None) -> dict[str, Any] | None:
    """Return an instant as PHP serialises a DateTime."""
    if text is None:
        return None
    fraction = text[20:-1].ljust(6, "0")
    return {"date": f"{plain(text)}.{fraction}", "timezone_type": 3, "timezone": "UTC"}


def plain(text: str) -> str:
    """Return an instant as v2 writes it, and clients have seen v1 write it: UTC without a zone."""
    return f"{text[:10]} {text[11:19]}"


def event_time(call: Call, text: str | None, place: int) -> dict[str, Any] | str | None:
    """Return the time of a v1 event: an object in the documents, a text in clients' code."""
    form = call.option("event_dates")
    if text is None or form == "object" or (form == "mixed" and place % 2 == 0):
        return php(text)
    return plain(text)


def unix(text: str | None) -> int | None:
    """Return an instant in unix seconds."""
    if text is None:
        return None
    return int(datetime.fromisoformat(text).timestamp())


def day_from(text: object) -> date:
    """Return the day that a text such as 2024-02-29 names; ValueError for anything else."""
    if not re.fullmatch(r"[12]\d{3}-\d\d-\d\d", str(text)):
        raise ValueError(f"{text} is not a day")
    return date.fromisoformat(str(text))


def day(call: Call, name: str, *, needed: bool) -> date | None:
    """Return a day of the query, or None if it is left out or empty.

    Raises:
        BadParameter: It is no day, or needed and missing.
    """
    text = call.query.get(name, "")
    if not text and not needed:
        return None
    try:
        return day_from(text)
    except ValueError:
        raise BadParameter(name, f"{name} must be a date in the format Y-m-d") from None


def bounds(first: date | None, last: date | None, *, inclusive: bool = True) -> tuple[str, str]:
    """Return where a span of days begins and ends, as texts to compare with; empty is open."""
    if last is not None and inclusive:
        last += timedelta(days=1)
    return (first.isoformat() if first else ""), (last.isoformat() if last else "")
