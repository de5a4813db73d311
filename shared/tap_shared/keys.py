"""Remembering which rows have come, in few bytes for each."""

from __future__ import annotations

import typing as t
from array import array

if t.TYPE_CHECKING:
    from collections.abc import Hashable

EMPTY = -(2**63)
LARGEST = 2**63


class KeySet:
    """A set of the keys of rows: tuples, most of them with a whole number at the end.

    A list may have millions of rows, and a Python set takes more than 100 bytes for the key of
    each. Here those that differ in a whole number at the end share a hash table of 64-bit numbers,
    which takes 12 to 24; the others are a Python set.
    """

    def __init__(self) -> None:
        self._tables: dict[Hashable, _Integers] = {}
        self._others: set[Hashable] = set()

    def __contains__(self, key: Hashable) -> bool:
        """Return whether a key is there."""
        table, number = self._place(key)
        return key in self._others if table is None else number in table

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._others) + sum(map(len, self._tables.values()))

    def add(self, key: Hashable) -> bool:
        """Add a key; return whether it was not there."""
        table, number = self._place(key)
        if table is not None:
            return table.add(number)
        is_new = key not in self._others
        self._others.add(key)
        return is_new

    def _place(self, key: Hashable) -> tuple[_Integers | None, int]:
        if isinstance(key, tuple) and key:
            number = key[-1]
            if type(number) is int and EMPTY < number < LARGEST:
                table = self._tables.get(key[:-1])
                if table is None:
                    table = self._tables[key[:-1]] = _Integers()
                return table, number
        return None, 0


class _Integers:
    """A set of 64-bit numbers, in a hash table of which at most two thirds are taken."""

    def __init__(self) -> None:
        self._slots = array("q", [EMPTY]) * 8
        self._count = 0

    def __contains__(self, number: int) -> bool:
        return self._slots[self._slot(number)] == number

    def __len__(self) -> int:
        return self._count

    def add(self, number: int) -> bool:
        slot = self._slot(number)
        if self._slots[slot] == number:
            return False
        self._slots[slot] = number
        self._count += 1
        if self._count * 3 > len(self._slots) * 2:
            self._grow()
        return True

    def _slot(self, number: int) -> int:
        """Return where a number is, or would be."""
        slots = self._slots
        last = len(slots) - 1  # one less than a power of two
        slot = hash((number,)) & last  # a number's own hash is the number, and would lump
        while slots[slot] not in (number, EMPTY):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        numbers = self._slots
        self._slots = array("q", [EMPTY]) * (len(numbers) * 2)
        for number in numbers:
            if number != EMPTY:
                self._slots[self._slot(number)] = number
