"""From results to `docs/performance.md` and its plots, without measuring anew.

Usage: benchmarks/.venvs/report/bin/python -m benchmarks.report [RESULTS] [FOLDER]
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path
from statistics import median

from benchmarks import plots, summary
from benchmarks.kinds import KINDS, ROOT

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEAD = """# Performance

Made by `make bench`; the raw figures are in `benchmarks/results.json`. All of a table ran in one
session, interleaved: in each round every contestant does the same work once, and another one
begins. Figures are medians of n runs; "for one of ours" is the median of the ratios within each
round, so above 1 is slower than ours. Where runs take minutes, n is smaller; a contestant that
would take many is left out of that table.

{machine}

- **Narrow** records are contacts of Wolfeo (7 properties, 100 a request), **wide** ones are leads
  of WhatConverts (about 60 properties, 2,500 a request). All contestants ask for the same pages.
- They are served on loopback from memory, by a process of their own that finds its bodies ready.
  Our taps run without their pace, which is there for the vendor.
- After each run the records are counted and their keys compared; a run that lost or doubled one
  fails the session.
- All have their bytecode. Output goes into a file. Memory is the peak of each process, added up.
  PostgreSQL's own process is not counted.

Contestants: **bare loop**, requests and orjson, which pages and writes lines and does nothing else,
is the floor. **singer-sdk tap** is what the SDK's template makes; tuned, it writes by msgspec and
does not conform records. **airbyte-cdk** runs a declarative manifest; tuned, the list is cut by
date and read with 10 workers. **dlt** is its rest_api source; tuned, without nested tables and
compression, with larger buffers and rotated files, a normalizer on each core, and Parquet for the
load. What it reads goes to its own files, and it appends unless "upsert" is said; target-duckdb
upserts unless "append-only" is said.
"""

TABLE = ("", "seconds", "for one of ours", "records/s", "processor s", "peak MB", "n")


def main(results: Path, folder: Path) -> None:
    """Write the page and its plots into a folder."""
    content = json.loads(results.read_text())
    runs = content["runs"]
    cells = {cell: summary.lines(those) for cell, those in summary.cells(runs).items()}
    # Our tap alone, at other sizes, is for the last section.
    cells = {cell: lines for cell, lines in cells.items() if len(lines) > 1}
    growths = {f"{name} ({kind.tap})": summary.growth(runs, name) for name, kind in KINDS.items()}
    folder.mkdir(exist_ok=True)
    for suite, file in (("read", "reading.svg"), ("load", "loading.svg")):
        plots.bars(folder / file, _first_of_each_kind(cells, suite))
    plots.curves(folder / "growth.svg", growths)
    page = [
        HEAD.format(machine=_machine(content)),
        "## Reading\n\n![Seconds to read](reading.svg)\n",
        *_sections(cells, "read"),
        "## From the vendor into the warehouse\n\n![Seconds to load](loading.svg)\n",
        *_sections(cells, "load"),
        "## Starting\n\nSeconds until the tap has answered.\n",
        _starts(runs),
        "## Cost as work grows\n\nOur taps alone. ![Time and memory](growth.svg)\n",
        *(_growth(name, lines) for name, lines in growths.items()),
    ]
    (folder / "performance.md").write_text("\n".join(page))


def _machine(content: dict[str, t.Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in content["versions"].items())
    machine = content["machine"]
    return f"A machine of {machine['cores']} cores, Python {machine['python']}; {versions}."


def _first_of_each_kind(
    cells: dict[tuple[t.Any, ...], list[summary.Line]], suite: str
) -> dict[str, list[summary.Line]]:
    panels: dict[str, list[summary.Line]] = {}
    for kind in KINDS:
        cell = next(cell for cell in cells if cell[:2] == (suite, kind))
        panels[f"{cell[2]:,} {kind} records"] = cells[cell]
    return panels


def _sections(cells: dict[tuple[t.Any, ...], list[summary.Line]], suite: str) -> Iterable[str]:
    for (of_suite, kind, rows, latency), lines in cells.items():
        if of_suite == suite:
            answers = f", answers after {latency} ms" if latency else ""
            yield f"### {rows:,} {kind} records{answers}\n"
            yield _table(TABLE, [_line(line) for line in lines])


def _line(line: summary.Line) -> tuple[str, ...]:
    return (
        line.contestant,
        f"{line.seconds:.2f}",
        f"{line.ratio:.2f}",
        f"{line.rows / line.seconds:,.0f}",
        f"{line.processor_seconds:.2f}",
        f"{line.peak_bytes / plots.MEGABYTE:.0f}",
        str(line.runs),
    )


def _starts(runs: list[summary.Run]) -> str:
    found: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        if run["suite"] == "start":
            name = run["contestant"].replace("canonical", "singer-sdk tap")
            name = name.replace("tuned", "singer-sdk tap, tuned")
            found.setdefault(name, {}).setdefault(run["kind"], []).append(run["seconds"])
    flags = list(next(iter(found.values())))
    rows = [
        (name, *(f"{median(by_flag[flag]):.2f}" for flag in flags), str(len(by_flag[flags[0]])))
        for name, by_flag in found.items()
    ]
    return _table(("", *(f"`{flag}`" for flag in flags), "n"), rows)


def _growth(name: str, lines: list[summary.Line]) -> str:
    head = (name, "seconds", "requests", "peak MB", "STATE bytes", "n")
    rows = [
        (
            f"{line.rows:,}",
            f"{line.seconds:.2f}",
            f"{line.requests:,.0f}",
            f"{line.peak_bytes / plots.MEGABYTE:.0f}",
            f"{line.state_bytes:.0f}",
            str(line.runs),
        )
        for line in lines
    ]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(*(given or (ROOT / "benchmarks" / "results.json", ROOT / "docs")))
