"""Remembering which rows have come, in few bytes for each."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from pyroaring import BitMap64

if t.TYPE_CHECKING:
    from collections.abc import Hashable

BEYOND_BITMAPS = 1 << 64


class KeySet:
    """A set of the keys of rows: whole numbers, most of them, or tuples with one at the end.

    A list may have millions of rows, and a Python set takes more than 100 bytes for the key of
    each. So numbers are kept in bitmaps, one for all keys that begin alike, which take a byte or
    less for each number where numbers lie close together; other keys are a Python set.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, BitMap64] = defaultdict(BitMap64)
        self._others: set[Hashable] = set()

    def __contains__(self, key: Hashable) -> bool:
        """Return whether a key is there."""
        members, member = self._place(key)
        return member in members

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._others) + sum(map(len, self._numbers.values()))

    def add(self, key: Hashable) -> bool:
        """Add a key; return whether it was not there."""
        members, member = self._place(key)
        if member in members:
            return False
        members.add(member)
        return True

    def _place(self, key: Hashable) -> tuple[t.Any, Hashable]:
        """Return where a key is kept, and as what."""
        beginning, number = (key[:-1], key[-1]) if key and isinstance(key, tuple) else (None, key)
        if type(number) is int and 0 <= number < BEYOND_BITMAPS:
            return self._numbers[beginning], number
        return self._others, key
