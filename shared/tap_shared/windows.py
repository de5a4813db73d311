"""Lists that can be asked for by date, or that come newest first."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from tap_shared.bookmarks import instant_or_none
from tap_shared.errors import StreamError
from tap_shared.keys import KeySet
from tap_shared.pages import READINGS
from tap_shared.walks import Ask, Page, Row, Walk, with_parameters

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_shared.pages import NumberedPages, TurnedPages

EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True)
class DateWindows:
    """Pages of a list that can be asked for by date of creation.

    The whole span from the start to tomorrow is asked for at once: one request when little is
    new. A span of too many pages is halved, and read oldest half first, so that a safe point
    comes every few minutes. Windows share their edge day and reach beyond both ends by a day and
    more, because the vendor's time zone, and whether it counts the last day, may be unknown.

    Attributes:
        turning: how the pages of one window are turned.
        between: makes the parameters for a first and a last day.
        pages_per_window: above it, a window is halved.
        longest_days: the longest window that the vendor allows, where it sets a limit.
    """

    turning: TurnedPages
    between: Callable[[date, date], Mapping[str, t.Any]]
    pages_per_window: int = 500
    longest_days: int | None = None

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of all windows, with a safe point after each."""
        windows = self._windows(since)
        # Without a start and a longest window, the whole list is one window without dates.
        whole = since is None and self.longest_days is None
        edge = KeySet()
        while windows:
            first, last = windows.pop()
            parameters = self.turning.parameters if whole else self.between(first, last)
            whole = False
            asking = with_parameters(ask, parameters)
            answer = self.turning.first_page(asking)
            middle = first + (last - first) / 2
            is_long = (self.turning.last_page(answer) or 1) > self.pages_per_window
            if is_long and first < middle < last:
                windows += [(middle, last), (first, middle)]
                continue
            edge = yield from self.turning.read(asking, edge, answer)
            yield Page(is_safe_point=True)

    def _windows(self, since: datetime | None) -> list[tuple[date, date]]:
        """Return first and last days, the oldest window at the end."""
        today = datetime.now(UTC).date()
        first = min(since.date(), today) - timedelta(days=1) if since else EARLIEST
        end = today + timedelta(days=2)
        step = timedelta(days=self.longest_days or (end - first).days)
        windows = []
        while first < end:
            windows.append((first, min(first + step, end)))
            first += step
        return windows[::-1]


@dataclass(frozen=True)
class NewestFirst:
    """Numbered pages of a list that comes newest first, down to where the last read began.

    There is no safe point before the end: the newest rows come before those behind them.

    How many rows there should be is known for the whole list only. But where the vendor sorts the
    rows of a tie anew for each request, one that comes twice stands for one that never comes: so
    when more rows repeat than the list has grown by, the pages are read again.

    Attributes:
        turning: how the pages are turned, with the parameters that sort newest first.
        by: the property that the list is sorted by.
    """

    turning: NumberedPages
    by: str

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages down to the first that holds a row older than `since`."""
        asking = with_parameters(ask, self.turning.parameters)
        handed_on = KeySet()
        if since is None:
            yield from self.turning.read(asking, handed_on)
            return
        for _ in range(READINGS):
            seen = KeySet()
            repeats, totals = 0, []
            for answer in self.turning.turn(asking):
                recent = [pair for pair in answer.keyed if _is_since(pair[1], self.by, since)]
                fresh = [record for key, record in recent if key not in handed_on]
                repeats += sum(key in seen for key, _ in answer.keyed)
                totals.append(self.turning.total(answer) or 0)
                for key, _ in answer.keyed:
                    seen.add(key)
                for key, _ in recent:
                    handed_on.add(key)
                yield Page(fresh)
                fell = len(totals) > 1 and totals[-1] < totals[-2]
                if len(recent) < len(answer.keyed) and not fell:
                    break  # but not before the walk has stepped back to what slid away
            # After a fall the walk steps back, and what it reads again repeats by right.
            has_fallen = any(later < before for before, later in pairwise(totals))
            if has_fallen or repeats <= totals[-1] - totals[0]:
                return
        raise StreamError(
            f"rows keep coming twice, in {READINGS} readings: others may never come, so nothing "
            "is marked as read; run again, or read in full"
        )


@dataclass(frozen=True)
class Since:
    """Another walk without the rows that are older, for a list that knows no filter by date.

    It spares the loader, not the quota: the rows are read all the same.

    Attributes:
        walk: how the rows are read.
        by: the property with their date.
    """

    walk: Walk
    by: str

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the walk's pages; no page is a safe point, for the rows may be in any order."""
        for page in self.walk.pages(ask, None):
            records = page.records
            if since is not None:
                records = [record for record in records if _is_since(record, self.by, since)]
            yield Page(records, of_pages=page.of_pages)


@dataclass(frozen=True)
class WhateverItsStart:
    """Numbered pages of a list that may begin today when no date is given.

    So a list without a row that is older than yesterday is asked for again, from far back.

    Attributes:
        turning: how the pages are turned.
        by: the property with the date of a row.
        far_back: the parameters that ask for rows of any age.
    """

    turning: NumberedPages
    by: str
    far_back: Mapping[str, t.Any]

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of the whole list."""
        pages = list(self.turning.pages(ask, since))
        yesterday = datetime.now(UTC) - timedelta(days=1)
        moments = (
            instant_or_none(record.get(self.by)) for page in pages for record in page.records
        )
        if any(moment and moment < yesterday for moment in moments):
            yield from pages
        else:
            yield from replace(self.turning, parameters=self.far_back).pages(ask, since)


def _is_since(record: Row, by: str, since: datetime) -> bool:
    """Return whether a row is not older; one without a readable date never is."""
    moment = instant_or_none(record.get(by))
    return moment is None or moment >= since
