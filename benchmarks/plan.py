"""What is run, and how often."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from benchmarks import loads
from benchmarks.contestants import BARE, EXTRACT, OURS, Contestant
from benchmarks.kinds import NARROW, WIDE, Kind

if t.TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Cell:
    """The same work for several contestants, in rounds.

    Attributes:
        suite: `read` or `load`.
        kind: what is read.
        rows: how many records.
        latency: of each answer, in milliseconds.
        rounds: how often each contestant does it.
        contestants: in the order of the first round.
    """

    suite: str
    kind: Kind
    rows: int
    latency: int
    rounds: int
    contestants: Sequence[Contestant] = EXTRACT

    def order(self, number: int) -> list[Contestant]:
        """Return who runs in a round, each time with another one first."""
        able = [
            each
            for each in self.contestants
            if self.rows <= each.most_rows.get(self.kind.name, self.rows)
        ]
        first = number % len(able)
        return able[first:] + able[:first]


def plan(repeats: int, *, is_quick: bool) -> list[Cell]:
    """Return the cells: the standard size often, what takes minutes less often.

    Args:
        repeats: rounds of the standard size.
        is_quick: every row of every table, with sizes and rounds that prove nothing.
    """
    if is_quick:
        few, standard, large, repeats = 500, 1_000, 2_500, 1
    else:
        few, standard, large = 10_000, 100_000, 1_000_000
    some = max(1, repeats // 2)
    cells = [
        Cell("read", kind, rows, 0, repeats, (OURS,))
        for kind in (NARROW, WIDE)
        for rows in (few // 10, few)
    ]
    for kind in (NARROW, WIDE):
        cells += [
            Cell("read", kind, standard, 0, repeats),
            # The others take minutes each, and cost the more the more there is.
            Cell("read", kind, large, 0, some + 1, (BARE, OURS)),
        ]
    # As many requests as take seconds: 100 records a page here, 2,500 there.
    cells += [
        Cell("read", NARROW, few, 50, some),
        Cell("read", NARROW, few // 2, 200, some),
        Cell("read", WIDE, standard // 2, 50, some),
        Cell("read", WIDE, standard // 2, 200, 1),
        Cell("load", NARROW, standard, 0, some, loads.LOAD),
        Cell("load", WIDE, few, 0, 1, loads.LOAD),
        Cell("load", WIDE, standard, 0, 1, loads.LOAD),
    ]
    return cells
