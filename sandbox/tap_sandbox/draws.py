"""Reproducible pieces of made-up data: the same seed gives the same rows on every machine.

A row is a pure function of (seed, table, index). So a table can be built when it is first
asked for, one table can quote a row of another without building it, and an inserted row gets
sensible values for the fields its author left out.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Choice = TypeVar("Choice")

START = datetime(2024, 1, 1, tzinfo=UTC)
"""No row is older."""
END = datetime(2025, 12, 31, 12, tzinfo=UTC)
"""No row of the initial data is as young; inserted rows follow, one second apart."""
_SPAN = int((END - START).total_seconds())
_MASK = 2**64 - 1


@lru_cache(maxsize=4096)
def _salt(text: str) -> int:
    return zlib.crc32(text.encode()) * 0x9E3779B97F4A7C15 & _MASK


def mixed(number: int) -> int:
    """Return a well mixed 64-bit number (the finaliser of splitmix64)."""
    number &= _MASK
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _MASK
    return number ^ number >> 31


@dataclass(frozen=True)
class Source:
    """What all rows of one vendor are drawn from.

    Attributes:
        seed: The same seed gives the same rows.
        sizes: Rows at the start, by table.
        bulks: How many rows in the middle of a table share one instant, by table.
    """

    seed: int
    sizes: Mapping[str, int]
    bulks: Mapping[str, int]


class Draw:
    """The source of one row's values.

    Attributes:
        index: The row's place in its table, oldest first, from 0.
        count: How many rows the table had at the start.
        sizes: Rows at the start of every table of the vendor.
    """

    __slots__ = ("_bits", "_source", "_start", "_table", "count", "index", "sizes")

    def __init__(self, source: Source, table: str, index: int) -> None:
        self._source = source
        self._table = table
        self._start = source.seed * 0xD1342543DE82EF95 + _salt(table)
        self._bits = self._mixed(index)
        self.index = index
        self.sizes = source.sizes
        self.count = source.sizes[table]

    def _mixed(self, index: int) -> int:
        return mixed(self._start + index * 0x9E3779B97F4A7C15)

    def bits(self, what: str) -> int:
        """Return 64 bits, fixed for this row and `what`."""
        # One multiplication a value: a large table draws millions.
        product = (self._bits ^ _salt(what)) * 0xBF58476D1CE4E5B9 & _MASK
        return product ^ product >> 32

    def number(self, what: str, below: int) -> int:
        """Return a whole number from 0 to `below` exclusive, fixed for this row and `what`."""
        return self.bits(what) % below

    def chance(self, what: str, percent: int) -> bool:
        """Return True for about `percent` of a hundred rows."""
        return self.bits(what) % 100 < percent

    def some(self, what: str, percent: int, choices: Sequence[Choice]) -> list[Choice]:
        """Return each of at most eight `choices` with a chance of `percent` of a hundred."""
        bits = self.bits(what)
        below = percent * 256 // 100
        return [one for place, one in enumerate(choices) if bits >> 8 * place & 255 < below]

    def pick(self, what: str, choices: Sequence[Choice]) -> Choice:
        """Return one of `choices`."""
        return choices[self.bits(what) % len(choices)]

    def other(self, table: str, index: int) -> Draw:
        """Return the source of another table's row, so that both tell the same story."""
        return Draw(self._source, table, index)

    @property
    def moment(self) -> datetime:
        """When the row came to be: ascending with the index, in whole seconds, UTC.

        Rows in the middle of the table share one instant, as after a bulk import, and every
        seventeenth row shares the instant of its neighbour.
        """
        if self.index >= self.count:
            return END + timedelta(seconds=self.index - self.count)
        index, middle = self.index, self.count // 2
        if middle <= index < middle + min(self._source.bulks[self._table], self.count * 3 // 8):
            index = middle
        elif index % 17 == 1:
            index -= 1
        step = max(1, _SPAN // self.count)
        jitter = self._mixed(index) % step
        return START + timedelta(seconds=index * _SPAN // self.count + jitter)


FIRST_NAMES = (
    "Ada", "Amélie", "Björn", "Carla", "Chloé", "Dmitri", "Élodie", "Fatima", "Grace", "Hugo",
    "Inès", "Jean-Luc", "Karim", "Léa", "Mehdi", "Noor", "Ørjan", "Pauline", "Quentin", "Rosa",
    "Søren", "Théo", "Uma", "Victor", "Wei", "Xavier", "Yasmine", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Bernard", "Castillo", "Dubois", "Eriksen", "Fournier", "García", "Hopper", "Ivanova",
    "Jensen", "Kowalski", "Lefèvre", "Martin", "Nguyen", "Okafor", "Petit", "Rousseau", "Silva",
    "Turing", "Ünal", "Weber", "Yamamoto", "Zimmermann",
)  # fmt: skip
ODD_NAMES = (
    'O\'Brien "Bob"',
    "two\nlines",
    "carriage\r\nreturn\tand tab",
    "👩‍💻 Ada 🇫🇷",
    "back\\slash",
    "comma, semicolon; pipe|",
    "山田",
    "مريم",
    " spaces around ",
    "NULL",
    "\\N",
    "=1+1",
    "e\u0301 apart, é together",
    "<b>bold</b> &amp; entity",
    "",
)
"""Texts that loaders are known to mangle: quotes, breaks, escapes, empty, other scripts."""


def given_name(draw: Draw) -> str | None:
    """Return a first name: mostly plain, some odd, some absent."""
    return _name(draw, "first_name", FIRST_NAMES)


def family_name(draw: Draw) -> str | None:
    """Return a last name: mostly plain, some odd, some absent."""
    return _name(draw, "last_name", LAST_NAMES)


def _name(draw: Draw, what: str, plain: Sequence[str]) -> str | None:
    kind = draw.number(what, 100)
    if kind < 8:
        return None
    return draw.pick(what + " text", ODD_NAMES if kind < 16 else plain)
