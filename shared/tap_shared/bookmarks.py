"""Bookmarks: how far an incremental stream, or one partition of it, has been read."""

from __future__ import annotations

import reprlib
import typing as t
from datetime import UTC, datetime, timedelta

from tap_shared.errors import SettingsError

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_shared.walks import Row

A_DAY = timedelta(days=1)

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing that a vendor holds is older, whatever its date says."""


def instant(text: str) -> datetime:
    """Return an RFC 3339 date-time as an aware `datetime`; a date alone is its midnight UTC.

    Raises:
        ValueError: if the text is no date-time.
    """
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC outside the years 1 to 9999") from None
    return moment


def instant_or_none(value: object) -> datetime | None:
    """Return the instant of a date-time text, `None` for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return instant(value)
    except ValueError:
        return None


def is_possible(moment: datetime) -> bool:
    """Return whether something can have happened then: not before 1970, nor in the future."""
    latest = datetime.now(UTC) + A_DAY  # clocks differ, and days by their zones
    return EARLIEST <= moment <= latest


def shown(value: object) -> str:
    """Return a value of a state as a message shows it: on one line, and not all of a long one."""
    return reprlib.repr(value)


def unfit(stream: str, what: str) -> SettingsError:
    """Return the error of a state that does not fit a stream."""
    return SettingsError(
        f"state of stream {stream}: {what}; mend the state, or remove the stream from it to read "
        "everything again"
    )


class Bookmark:
    """The newest replication key value up to which every row has been read.

    It never goes backwards, it is a value read from a record and never the clock's, and it moves
    only when told that a safe point is reached.

    Args:
        state: the part of the state that belongs to the stream or partition, in the SDK's form
            (`replication_key`, `replication_key_value`); written by `move`.
        replication_key: the property that is compared; date-times.
        owner: the stream's name, for messages.

    Raises:
        SettingsError: if the state does not fit the stream: reading everything again instead
            would cost a quota without asking.
    """

    def __init__(self, state: dict[str, t.Any], replication_key: str, owner: str) -> None:
        self._state = state
        self._replication_key = replication_key
        self._newest: tuple[datetime, str] | None = None
        key = state.get("replication_key", replication_key)
        text = state.get("replication_key_value")
        if key != replication_key:
            raise unfit(
                owner,
                f"its bookmark is a {shown(key)}, but the stream goes by `{replication_key}`",
            )
        try:
            self.value: datetime | None = None if text is None else instant(text)
        except (TypeError, ValueError) as error:
            line = f"replication_key_value {shown(text)} is no date-time"
            raise unfit(owner, line) from error
        if self.value and not is_possible(self.value):
            # Rows up to it may not have been read, and nothing says from where on.
            line = f"replication_key_value {shown(text)} is before 1970 or in the future"
            raise unfit(owner, line)

    def see(self, records: Iterable[Row]) -> None:
        """Remember the newest value among records that were handed on.

        A value that is missing or no date-time moves nothing, nor does one of the future, behind
        which later rows would never be asked for: the record itself is handed on.
        """
        for record in records:
            text = record.get(self._replication_key)
            moment = instant_or_none(text)
            if moment and is_possible(moment):
                seen = moment, str(text)
                self._newest = max(self._newest or seen, seen)

    def move(self) -> bool:
        """Write the newest value seen to the state: every row up to it has been read.

        Returns:
            Whether that is news.
        """
        if self._newest is None or (self.value and self._newest[0] <= self.value):
            return False
        self.value, text = self._newest
        self._state["replication_key"] = self._replication_key
        self._state["replication_key_value"] = text
        return True
