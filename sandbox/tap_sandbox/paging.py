"""Cutting rows into pages, in the two common dialects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sandbox.tables import Row


@dataclass(frozen=True)
class Page:
    """One page of rows.

    Attributes:
        rows: What is on it; empty beyond the last page.
        number: Its number, from 1.
        size: How many rows a full page has.
        total: How many rows all pages have.
    """

    rows: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 when there are no rows at all."""
        return max(1, -(-self.total // self.size))


def numbered_page(rows: Sequence[Row], number: int, size: int) -> Page:
    """Cut out a page by its number, from 1."""
    first = (number - 1) * size
    return Page(rows[first : first + size], number, size, len(rows))


def offset_page(rows: Sequence[Row], offset: int, size: int) -> Page:
    """Cut out a page by the number of rows before it."""
    return Page(rows[offset : offset + size], offset // size + 1, size, len(rows))
