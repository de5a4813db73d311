"""Lists whose pages are turned, by number or by offset."""

from __future__ import annotations

import abc
import math
import typing as t
from dataclasses import dataclass, field

from typing_extensions import override

from tap_shared.api import at
from tap_shared.errors import StreamError
from tap_shared.keys import KeySet
from tap_shared.walks import Answer, Ask, Page, Row, with_parameters

if t.TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
    from datetime import datetime

READINGS = 4
"""A list whose pages moved is read again three times."""


@dataclass(frozen=True)
class TurnedPages(abc.ABC):
    """A list, or a window of it, whose pages are turned one after the other.

    Attributes:
        parameters: sent with each request for the whole list.
    """

    parameters: Mapping[str, t.Any] = field(default_factory=dict, kw_only=True)

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of the whole list."""
        del since  # the list has no dates to choose by
        yield from self.read(with_parameters(ask, self.parameters), KeySet())

    @abc.abstractmethod
    def read(
        self, ask: Ask, handed_on: KeySet, first: Answer | None = None
    ) -> Generator[Page, None, KeySet]:
        """Yield the pages of a list without the rows that were handed on before.

        Args:
            ask: sends one request.
            handed_on: the keys of those rows.
            first: the answer with the first page, where it was asked for already.

        Returns:
            The keys of all rows of the list.
        """

    @abc.abstractmethod
    def first_page(self, ask: Ask) -> Answer:
        """Ask for the first page."""

    def last_page(self, answer: Answer) -> int | None:
        """Return the number of pages, `None` where the vendor does not tell."""
        del answer
        return None


@dataclass(frozen=True)
class NumberedPages(TurnedPages):
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
            number of pages, a page with fewer rows than asked for is the last one, unless the
            total says that there are more (the vendor then gives smaller pages); and so is one
            with more rows: the vendor then does not page.
    """

    page: str
    size: str
    most: int
    total_at: str = ""
    last_page_at: str = ""

    @override
    def read(
        self, ask: Ask, handed_on: KeySet, first: Answer | None = None
    ) -> Generator[Page, None, KeySet]:
        earlier = [handed_on]
        for _ in range(READINGS):
            seen = KeySet()
            promised = math.inf
            for answer in self.turn(ask, first):
                total = self.total(answer)
                promised = min(promised, math.inf if total is None else total)
                fresh = _new(answer, seen)
                if answer.keyed and not fresh and total is None:
                    raise StreamError("a page repeats the one before: the vendor turns no pages")
                for keys in filter(len, earlier):
                    fresh = [pair for pair in fresh if pair[0] not in keys]
                yield Page([record for _, record in fresh], of_pages=self.last_page(answer))
            if promised == math.inf or len(seen) >= promised:
                return seen
            earlier.append(seen)
            first = None
        raise StreamError(
            f"only {len(seen)} of {promised} rows came, in {READINGS} readings: the vendor's pages "
            "keep moving or repeat; nothing is marked as read, so run again when it is quieter"
        )

    @override
    def first_page(self, ask: Ask) -> Answer:
        return self._page(ask, 1)

    @override
    def last_page(self, answer: Answer) -> int | None:
        last_page = at(answer.body, self.last_page_at) if self.last_page_at else None
        return last_page if isinstance(last_page, int) else None

    def _page(self, ask: Ask, number: int, last_page: int | None = None) -> Answer:
        following = range(number + 1, (last_page or 0) + 1)
        return ask(self._asked(number), map(self._asked, following))

    def _asked(self, number: int) -> Mapping[str, t.Any]:
        return {self.page: number, self.size: self.most}

    def total(self, answer: Answer) -> int | None:
        """Return the number of rows, `None` where the vendor does not tell."""
        total = at(answer.body, self.total_at) if self.total_at else None
        return total if isinstance(total, int) else None

    def turn(self, ask: Ask, first: Answer | None = None) -> Iterator[Answer]:
        """Yield the answers from the first page to the last, stepping back when rows slide.

        Args:
            ask: sends one request.
            first: the answer with page 1, where it was asked for already.
        """
        number, before, longest, asked, last_page = 1, None, 1, 0, None
        while True:
            answer = first or self._page(ask, number, last_page)
            first = None
            yield answer
            asked += 1
            total, last_page = self.total(answer), self.last_page(answer)
            rows = (number - 1) * longest + len(answer.keyed)
            is_short = len(answer.keyed) != self.most
            longest = max(longest, len(answer.keyed))
            if asked > 3 * max(number, last_page or 0) + READINGS:
                raise StreamError(f"page {number} moved away again and again; run again later")
            if before is not None and total is not None and total < before:
                number = max(1, number - math.ceil((before - total) / longest))
            elif not answer.keyed or (
                is_short and (total is None or rows >= total)
                if last_page is None
                else number >= last_page
            ):
                return
            else:
                number += 1
            before = total


@dataclass(frozen=True)
class OffsetPages(TurnedPages):
    """Pages turned by the number of rows to leave out, of a list that gets new rows in front.

    A row that slides over the edge of a page comes twice, and is handed on once.

    Attributes:
        offset: the name of the parameter.
        most: the rows of a full page; a page with fewer is the last one. `None` where that is not
            documented: an empty page is the last one then.
        more_at: where an answer says whether there are more, if it does.
    """

    offset: str
    most: int | None = None
    more_at: str = ""

    @override
    def read(
        self, ask: Ask, handed_on: KeySet, first: Answer | None = None
    ) -> Generator[Page, None, KeySet]:
        seen = KeySet()
        rows = 0
        while True:
            answer = first or ask({self.offset: rows})
            first = None
            fresh = _new(answer, seen)
            if answer.keyed and not fresh:
                raise StreamError("a page repeats the one before: the vendor turns no pages")
            yield Page([record for key, record in fresh if key not in handed_on])
            rows += len(answer.keyed)
            if self._is_last(answer):
                return seen

    @override
    def first_page(self, ask: Ask) -> Answer:
        return ask({self.offset: 0})

    def _is_last(self, answer: Answer) -> bool:
        if self.more_at:
            return not answer.keyed or at(answer.body, self.more_at) is not True
        return not answer.keyed if self.most is None else len(answer.keyed) < self.most


def _new(answer: Answer, seen: KeySet) -> Sequence[tuple[Hashable, Row]]:
    """Return the rows whose keys have not been seen before this answer, and note their keys."""
    keys = {key for key, _ in answer.keyed}
    new = {key for key in keys if seen.add(key)}
    if len(new) == len(keys):
        return answer.keyed
    return [pair for pair in answer.keyed if pair[0] in new]
