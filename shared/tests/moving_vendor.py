"""Models of vendors whose rows come and go between any two requests."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from tap_shared.walks import Answer

TODAY = datetime.now(UTC).date()


class Moving:
    """Rows, oldest first, that change before each answer.

    `changes` holds, for each request in turn, what happens before it is answered: `None` inserts
    a row, a number deletes the row at that place (counted modulo the rows there are).
    """

    changes: list[list[int | None]]
    requests: list[dict]

    def begin(self, rows):
        """Hold these rows, each under a key of its own."""
        self.rows = list(enumerate(rows))
        self.next_key = len(self.rows)
        self.always_there = {key for key, _ in self.rows}

    def arrive(self, asked):
        """Let happen what happens before this request is answered."""
        if len(self.requests) < len(self.changes):
            for change in self.changes[len(self.requests)]:
                self._change(change)
        self.requests.append(dict(asked))

    def _change(self, place):
        if place is None:
            self.rows.append((self.next_key, self.newest()))
            self.next_key += 1
        elif self.rows:
            key, _ = self.rows.pop(place % len(self.rows))
            self.always_there.discard(key)

    def newest(self):
        """Return the moment of a row that is inserted."""
        raise NotImplementedError


@dataclass
class Vendor(Moving):
    """A list that comes newest first, by day."""

    days: list[date]
    changes: list[list[int | None]] = field(default_factory=list)
    largest_page: int = 100
    counts_last_day: bool = True
    is_counted: bool = True
    requests: list[dict] = field(default_factory=list)

    def __post_init__(self):
        self.begin(sorted(self.days))

    def newest(self):
        """Return today: what is new comes first."""
        return TODAY

    def ask(self, asked, then=()):
        """Answer one request."""
        self.arrive(asked)
        rows = [row for row in reversed(self.rows) if self._is_asked_for(row[1], asked)]
        size = min(asked["size"], self.largest_page)
        start = (asked["page"] - 1) * size
        keyed = [(key, {"key": key, "day": day}) for key, day in rows[start : start + size]]
        body = {"total": len(rows), "last_page": max(1, math.ceil(len(rows) / size))}
        return Answer(keyed, body if self.is_counted else {})

    def _is_asked_for(self, day: date, asked: dict) -> bool:
        if "first" not in asked:
            return True
        last = asked["last"] if self.counts_last_day else asked["last"] - timedelta(days=1)
        return asked["first"] <= day <= last


class Dated(Vendor):
    """The same list, its rows dated as a stream's records are."""

    def ask(self, asked, then=()):
        """Answer one request."""
        answer = super().ask(asked)
        keyed = [(key, {**row, "at": f"{row['day']}T00:00:00Z"}) for key, row in answer.keyed]
        return Answer(keyed, answer.body)


def fetched_ahead(ask, most, *, is_reversed):
    """Answer what is foretold before it is asked for, in either order, as several threads would."""
    kept = []

    def asking(asked, then=()):
        if kept and kept[0][0] != asked:
            kept.clear()
        foretold = [asked, *itertools.islice(then, most - 1)]
        new = foretold[len(kept) :]
        answers = [ask(each) for each in (reversed(new) if is_reversed else new)]
        kept.extend(zip(new, reversed(answers) if is_reversed else answers, strict=True))
        return kept.pop(0)[1]

    return asking


def keys(pages):
    """Return the keys of what was handed on."""
    return [record["key"] for page in pages for record in page.records]


def days_ago(*numbers):
    """Return the days that were so many days ago."""
    return [TODAY - timedelta(days=number) for number in numbers]


def midnight(age):
    """Return the first instant of a day so many days ago."""
    start = datetime.combine(TODAY - timedelta(days=age), datetime.min.time())
    return start.replace(tzinfo=UTC)


ages = st.lists(st.integers(0, 400).map(lambda n: TODAY - timedelta(days=n)), max_size=25)
# Few enough deletions and insertions at once that a list of three rows a page can be followed.
changes = st.lists(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=2), max_size=25)
