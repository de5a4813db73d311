"""Lists that come oldest first and start after a given instant: no page is ever turned."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tap_shared.api import at
from tap_shared.bookmarks import instant_or_none
from tap_shared.errors import RefusedError, StreamError
from tap_shared.walks import Answer, Ask, Page

if t.TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

BAD_REQUEST = 400

A_SECOND = timedelta(seconds=1)
UNIT_PUSHES = 2

SETTLING = timedelta(seconds=5)
"""A span that ends now ends a little earlier, so that no row still arrives in it."""


@dataclass(frozen=True)
class OldestFirst:
    """Always the first page, of a list that starts ever later.

    The next page starts one unit of the vendor's clock before the newest row seen, so that rows
    of the same instant all come, whether the vendor counts its start or not; what comes again is
    dropped. Rows that are inserted or deleted meanwhile move no unread row, so that each page is
    a safe point.

    When a page brings only rows of one instant, the cursor can't move: pages are turned until it
    can. A vendor that turns none leaves no way to the other rows of that instant: the cursor is
    pushed on by one unit, and a warning says so.

    Attributes:
        start: the name of the parameter to start after.
        size: the name of the parameter for the size of a page.
        most: the sizes to ask for: the next one when the vendor refuses the one before.
        by: the property that the list is sorted by.
        unit: the finest step of the vendor's clock that its filter knows.
        page: the name of the parameter that turns a page.
        pages_at: where an answer says how many pages are left from its start. Without it, a page
            with fewer rows than asked for is the last one.
        end: the name of the parameter to end before, where the vendor wants one.
        longest: the longest span from start to end that the vendor allows.
        earliest: where to start when nothing says where; `None` leaves the start out.
        parameters: sent with each request.
    """

    start: str
    size: str
    most: Sequence[int]
    by: str
    unit: timedelta
    page: str
    pages_at: str = ""
    end: str = ""
    longest: timedelta | None = None
    earliest: datetime | None = None
    parameters: Mapping[str, t.Any] = field(default_factory=dict)

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of all spans."""
        reading = _Reading(self, ask)
        now = datetime.now(UTC) - SETTLING
        first = min(since, now) - self.unit if since else self.earliest
        if self.longest is None or first is None:
            yield from reading.span(first, now)
            return
        while first < now:
            last = min(first + self.longest, now)
            yield from reading.span(first, last)
            # Whether the vendor counts either end is not known: spans overlap.
            first = last if last == now else last - self.unit

    def text(self, moment: datetime) -> str:
        """Return an instant as the vendor's filter takes it."""
        finest = "milliseconds" if self.unit < timedelta(seconds=1) else "seconds"
        return moment.isoformat(timespec=finest).replace("+00:00", "Z")


class _Reading:
    """One walk under way: what it has handed on, and the size of page that the vendor takes."""

    def __init__(self, walk: OldestFirst, ask: Ask) -> None:
        self._walk = walk
        self._ask = ask
        self._sizes = list(walk.most)
        # What was handed on of the rows that may come again: those at the cursor or after it.
        self._recent: dict[Hashable, datetime | None] = {}
        self._pushes = 0
        self._pages_read = 0
        self._counts_start = False

    def span(self, cursor: datetime | None, last: datetime) -> Iterator[Page]:
        """Yield the pages between two instants."""
        walk, number = self._walk, 1
        while True:
            answer = self._page(cursor, last, number)
            fresh = [record for key, record in answer.keyed if key not in self._recent]
            newest = self._newest(answer, cursor)
            is_last, brings_new = self._is_last(answer, number), bool(fresh)
            left = self._pages(answer)
            yield Page(fresh, is_safe_point=True, of_pages=left and self._pages_read + left)
            self._pages_read += 1
            del answer, fresh  # large pages: the next one takes their room
            if is_last:
                return
            if brings_new:
                self._pushes = 0
            following = newest - walk.unit * (not self._counts_start) if newest else cursor
            if following and (cursor is None or following > cursor):
                cursor, number = following, 1
                self._forget_before(cursor)
            elif brings_new or number == 1:
                number += 1
            else:
                cursor, number = self._pushed_on(cursor, newest), 1

    def _page(self, cursor: datetime | None, last: datetime, number: int) -> Answer:
        walk = self._walk
        asked = {**walk.parameters, walk.start: walk.text(cursor) if cursor else None}
        if walk.end:
            asked[walk.end] = walk.text(last)
        if number > 1:
            asked[walk.page] = number
        while True:
            try:
                return self._ask({**asked, walk.size: self._sizes[0]})
            except RefusedError as error:
                if error.status != BAD_REQUEST or len(self._sizes) == 1:
                    raise
                del self._sizes[0]

    def _newest(self, answer: Answer, cursor: datetime | None) -> datetime | None:
        """Note when the rows of a page are from; return the newest instant."""
        moments = {key: instant_or_none(record.get(self._walk.by)) for key, record in answer.keyed}
        known = [moment for moment in moments.values() if moment]
        if any(later < earlier for earlier, later in pairwise(known)):
            raise StreamError(
                "the rows do not come oldest first any more, so that some could be missed; nothing "
                "more is marked as read"
            )
        self._recent.update(moments)
        # A row of the very instant asked for: a step back would bring nothing new any more.
        self._counts_start |= cursor in known
        return known[-1] if known else None

    def _forget_before(self, cursor: datetime) -> None:
        recent = self._recent.items()
        self._recent = {key: moment for key, moment in recent if not moment or moment >= cursor}

    def _pages(self, answer: Answer) -> int | None:
        pages = at(answer.body, self._walk.pages_at) if self._walk.pages_at else None
        return pages if isinstance(pages, int) else None

    def _is_last(self, answer: Answer, number: int) -> bool:
        pages = self._pages(answer)
        if not answer.keyed:
            return True
        return len(answer.keyed) < self._sizes[0] if pages is None else number >= pages

    def _pushed_on(self, cursor: datetime | None, newest: datetime | None) -> datetime:
        if newest is None:
            raise StreamError(f"no row has a readable {self._walk.by}, so the walk can't go on")
        if not self._pushes:
            logging.getLogger(__name__).warning(
                "more rows of the instant %s than fit a page, and the vendor turns no pages: "
                "those beyond the first %d can't be read",
                self._walk.text(newest),
                self._sizes[0],
            )
        self._pushes += 1
        # First to the instant itself, then behind it; the vendor's clock may be coarser than it
        # says, so then by whole seconds.
        step = self._walk.unit if self._pushes <= UNIT_PUSHES else max(self._walk.unit, A_SECOND)
        return max(newest, (cursor or newest) + step)
