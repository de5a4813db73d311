"""The plots of the page, the same bytes for the same results."""

from __future__ import annotations

import typing as t

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

if t.TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from benchmarks.summary import Line

OURS, OTHERS = "#1b7f5c", "#9aa5b1"
MEGABYTE = 1_000_000

plt.rcParams |= {
    "svg.hashsalt": "benchmarks",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def bars(file: Path, panels: dict[str, list[Line]]) -> None:
    """Draw the seconds of each contestant, one panel a cell; ours stand out."""
    most = max(len(lines) for lines in panels.values())
    figure, axes = plt.subplots(
        1, len(panels), figsize=(9, 0.8 + 0.32 * most), layout="constrained", squeeze=False
    )
    for axis, (title, lines) in zip(axes[0], panels.items(), strict=True):
        names = [line.contestant for line in lines]
        seconds = [line.seconds for line in lines]
        colours = [OURS if name.startswith("our tap") else OTHERS for name in names]
        drawn = axis.barh(names, seconds, color=colours)
        axis.bar_label(drawn, fmt="%.1f", padding=3)
        axis.margins(x=0.15)
        axis.invert_yaxis()
        axis.set_title(title)
        axis.set_xlabel("seconds")
    _save(figure, file)


def curves(file: Path, series: dict[str, list[Line]]) -> None:
    """Draw seconds and peak memory of our taps over the number of records."""
    figure, (seconds, memory) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for name, lines in series.items():
        rows = [line.rows for line in lines]
        seconds.plot(rows, [line.seconds for line in lines], marker="o", label=name)
        memory.plot(rows, [line.peak_bytes / MEGABYTE for line in lines], marker="o", label=name)
    seconds.set(title="Time", ylabel="seconds", yscale="log")
    memory.set(title="Peak memory", ylabel="MB", ylim=(0, None))
    for axis in (seconds, memory):
        axis.set(xlabel="records", xscale="log")
        axis.legend(frameon=False)
    _save(figure, file)


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
