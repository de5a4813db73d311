"""Walks: how the rows of a list are read page by page without losing one.

A walk asks for pages through a function that sends one request, and yields what is new. It knows
neither HTTP nor streams, so that it can be tried against a model of a vendor.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial

from tap_shared.api import at
from tap_shared.errors import StreamError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

Record = dict[str, t.Any]

READINGS = 4
"""A list whose pages moved is read again three times."""

EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True)
class Answer:
    """One answer of the vendor.

    Attributes:
        keyed: the records, each with its key, in the vendor's order.
        body: the decoded body around them.
    """

    keyed: list[tuple[Hashable, Record]]
    body: t.Any


@dataclass(frozen=True)
class Page:
    """What a walk hands on.

    Attributes:
        records: records not handed on before.
        is_safe_point: every row up to the newest one handed on has been read, so that the
            bookmark may move.
        of_pages: how many pages the walk will have, where that is known.
    """

    records: list[Record] = field(default_factory=list)
    is_safe_point: bool = False
    of_pages: int | None = None


Ask = t.Callable[["Mapping[str, t.Any]"], Answer]
"""Sends one request with these parameters. Raises what the transport raises."""


class Walk(t.Protocol):
    """How a stream's rows are read."""

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of all rows, or of those since a point in time.

        The end of the walk is a safe point without being marked as one.

        Raises:
            StreamError: if it can't be made sure that every row was read.
        """
        ...


@dataclass(frozen=True)
class OneAnswer:
    """A list that comes whole in one answer."""

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the one page."""
        del since  # there is nothing to leave out
        yield Page([record for _, record in ask({}).keyed], of_pages=1)


@dataclass(frozen=True)
class NumberedPages:
    """Pages turned by number, guarded against rows that move meanwhile.

    A row deleted from a page already read pulls an unread one back over the page's edge. The
    total tells: when it falls by n, the walk steps back as many pages as n rows fill. This finds
    every row as long as new rows come in front of the unread ones, or not at all. At the end at
    least as many rows must have come as the smallest total promised, or else the list is read
    again: rows that the vendor sorts at random within a tie are found out this way.

    Attributes:
        page, size: the names of the parameters.
        most: the largest page that the vendor gives.
        total_at, last_page_at: where an answer holds the number of rows and of pages. Without a
            number of pages, a page with fewer rows than asked for is the last one, and so is one
            with more: the vendor then does not page.
        parameters: sent with each request.
    """

    page: str
    size: str
    most: int
    total_at: str = ""
    last_page_at: str = ""
    parameters: Mapping[str, t.Any] = field(default_factory=dict)

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of the whole list."""
        del since  # the list has no dates to choose by
        yield from self.read(partial(_ask_with, ask, self.parameters), set())

    def read(
        self, ask: Ask, handed_on: AbstractSet[Hashable], first: Answer | None = None
    ) -> Generator[Page, None, set[Hashable]]:
        """Yield the pages of a list without the rows that were handed on before.

        Args:
            ask: sends one request.
            handed_on: the keys of those rows.
            first: the answer with page 1, where it was asked for already.

        Returns:
            The keys of all rows of the list.
        """
        for _ in range(READINGS):
            seen: set[Hashable] = set()
            promised = math.inf
            for answer in self._turn(ask, first):
                total = self._total(answer)
                promised = min(promised, math.inf if total is None else total)
                fresh = [pair for pair in answer.keyed if pair[0] not in seen]
                if answer.keyed and not fresh and total is None:
                    raise StreamError("a page repeats the one before: the vendor turns no pages")
                seen.update(key for key, _ in fresh)
                records = [record for key, record in fresh if key not in handed_on]
                yield Page(records, of_pages=self.last_page(answer))
            if promised == math.inf or len(seen) >= promised:
                return seen
            handed_on, first = handed_on | seen, None
        raise StreamError(
            f"only {len(seen)} of {promised} rows came, in {READINGS} readings: the vendor's pages "
            "keep moving or repeat; nothing is marked as read, so run again when it is quieter"
        )

    def ask_page(self, ask: Ask, number: int) -> Answer:
        """Ask for one page, counted from 1."""
        return ask({self.page: number, self.size: self.most})

    def last_page(self, answer: Answer) -> int | None:
        """Return the number of pages, `None` where the vendor does not tell."""
        last_page = at(answer.body, self.last_page_at) if self.last_page_at else None
        return last_page if isinstance(last_page, int) else None

    def _total(self, answer: Answer) -> int | None:
        total = at(answer.body, self.total_at) if self.total_at else None
        return total if isinstance(total, int) else None

    def _turn(self, ask: Ask, first: Answer | None) -> Iterator[Answer]:
        number, before, longest, asked = 1, None, 1, 0
        while True:
            answer = first or self.ask_page(ask, number)
            first = None
            yield answer
            asked += 1
            total, last_page = self._total(answer), self.last_page(answer)
            longest = max(longest, len(answer.keyed))
            if asked > 3 * max(number, last_page or 0) + READINGS:
                raise StreamError(f"page {number} moved away again and again; run again later")
            if before is not None and total is not None and total < before:
                number = max(1, number - math.ceil((before - total) / longest))
            elif not answer.keyed or (
                len(answer.keyed) != self.most if last_page is None else number >= last_page
            ):
                return
            else:
                number += 1
            before = total


@dataclass(frozen=True)
class DateWindows:
    """Numbered pages of a list that can be asked for by date of creation.

    The whole span from the start to tomorrow is asked for at once: one request when little is
    new. A span of too many pages is halved, and read oldest half first, so that a safe point
    comes every few minutes. Windows share their edge day and reach beyond both ends by a day and
    more, because the vendor's time zone, and whether it counts the last day, may be unknown.

    Attributes:
        turning: how the pages of one window are turned.
        between: makes the parameters for a first and a last day.
        pages_per_window: above it, a window is halved.
    """

    turning: NumberedPages
    between: Callable[[date, date], Mapping[str, t.Any]]
    pages_per_window: int = 500

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of all windows, with a safe point after each."""
        today = datetime.now(timezone.utc).date()
        first_day = min(since.date(), today) - timedelta(days=1) if since else EARLIEST
        windows = [(first_day, today + timedelta(days=2))]
        whole = self.turning.parameters if since is None else None
        edge: set[Hashable] = set()
        while windows:
            first, last = windows.pop()
            parameters = self.between(first, last) if whole is None else whole
            whole = None
            asking = partial(_ask_with, ask, parameters)
            answer = self.turning.ask_page(asking, 1)
            middle = first + (last - first) / 2
            is_long = (self.turning.last_page(answer) or 1) > self.pages_per_window
            if is_long and first < middle < last:
                windows += [(middle, last), (first, middle)]
                continue
            edge = yield from self.turning.read(asking, edge, answer)
            yield Page(is_safe_point=True)


def _ask_with(ask: Ask, parameters: Mapping[str, t.Any], asked: Mapping[str, t.Any]) -> Answer:
    return ask({**parameters, **asked})
