"""The figures of docs/reliability.md: what was tried, how often, what was lost, what it cost."""

from __future__ import annotations

import os

from isolation import PROJECT

IS_LONG = os.environ.get("RELIABILITY") == "long"
"""Whether attacks take their long form, and the page is written: `make reliability`."""

HEAD = """# Reliability

What was tried on the taps, how often, what was lost and what it cost. `make reliability` tries it
all again, in its long form, and writes this page; a short form of it is part of `make test`. Pages
that move while they are read are tried on models of the vendors, in `test_pages.py`,
`test_windows.py` and `test_cursors.py` of `shared/tests`: rows inserted and deleted between any two
requests, ties, small pages, cursors that count their start and that don't, pages fetched ahead in
either order.

| attack | tap | times | lost | cost |
|---|---|---|---|---|
"""


class Figures:
    """Rows of the page, in the order in which attacks report them."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []

    def add(self, attack: str, tap: str, times: int, lost: int, cost: str) -> None:
        """Add a row.

        Args:
            attack: what was tried.
            tap: on which tap, or `all`.
            times: how often.
            lost: rows missing or doubled at the end.
            cost: what it cost, in words: requests repeated, seconds waited.
        """
        self._rows.append((attack, tap, times, lost, cost))

    def write(self) -> None:
        """Write the page, if this was the long form of all attacks."""
        if IS_LONG and self._rows:
            lines = [f"| {' | '.join(map(str, row))} |\n" for row in self._rows]
            page = PROJECT / "docs" / "reliability.md"
            page.parent.mkdir(exist_ok=True)
            page.write_text(HEAD + "".join(lines))
