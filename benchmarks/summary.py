"""What the runs of a cell say together."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from statistics import median

Run = dict[str, t.Any]
CELL = ("suite", "kind", "rows", "latency")


@dataclass(frozen=True)
class Line:
    """One contestant in one cell; all figures are medians.

    Attributes:
        contestant: its name.
        rows: records of a run.
        runs: how many runs there were.
        seconds: from start to end.
        ratio: its seconds for one of ours, run for run of the same round.
        processor_seconds: of all its processes.
        peak_bytes: of all its processes, added up.
        requests: that the vendor got.
        state_bytes: the last STATE message.
    """

    contestant: str
    rows: int
    runs: int
    seconds: float
    ratio: float
    processor_seconds: float
    peak_bytes: float
    requests: float
    state_bytes: float


def cells(runs: list[Run]) -> dict[tuple[t.Any, ...], list[Run]]:
    """Return the runs of reads and loads by suite, kind, rows and latency."""
    found: dict[tuple[t.Any, ...], list[Run]] = {}
    for run in runs:
        if run["suite"] != "start":
            found.setdefault(tuple(run[name] for name in CELL), []).append(run)
    return found


def lines(runs: list[Run]) -> list[Line]:
    """Summarise the runs of one cell, in the order of its first round.

    The pack's first contestant is what the others are compared with.
    """
    by_name: dict[str, list[Run]] = {}
    for run in runs:
        by_name.setdefault(run["contestant"], []).append(run)
    ours = next(name for name in by_name if name.startswith("our tap"))
    seconds = {run["round"]: run["seconds"] for run in by_name[ours]}
    return [
        Line(
            name,
            each[0]["rows"],
            len(each),
            ratio=median(
                [run["seconds"] / seconds[run["round"]] for run in each if run["round"] in seconds]
            ),
            **{
                figure: median([run[figure] for run in each])
                for figure in (
                    *("seconds", "processor_seconds", "peak_bytes"),
                    *("requests", "state_bytes"),
                )
            },
        )
        for name, each in by_name.items()
    ]


def growth(runs: list[Run], kind: str) -> list[Line]:
    """Return what our tap alone cost by number of records, ascending, without latency."""
    found = [
        line
        for (suite, of_kind, _, latency), cell in cells(runs).items()
        if (suite, of_kind, latency) == ("read", kind, 0)
        for line in lines(cell)
        if line.contestant == "our tap"
    ]
    return sorted(found, key=lambda line: line.rows)
