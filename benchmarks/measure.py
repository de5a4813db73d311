"""Running processes, and what they cost.

The harness keeps its own memory small and its imports few: Linux counts what a process had before
it became another program.
"""

from __future__ import annotations

import os
import subprocess
import time
import typing as t
from dataclasses import dataclass

from benchmarks.kinds import ROOT

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Command = t.Sequence[str]

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
"""What processes are given: variables of Python's could slow the one more than the other."""


class RunError(Exception):
    """A process failed; the last lines of its log are the message."""


@dataclass(frozen=True)
class Cost:
    """What a run cost.

    Attributes:
        seconds: from the start of the first process to the end of the last.
        processor_seconds: user and system time of all its processes.
        peak_bytes: the most memory that each process held, added up.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int


def run(stages: Sequence[Command], folder: Path) -> Cost:
    """Run a pipeline of processes to its end; the last one's output goes to `folder/output`.

    Raises:
        RunError: one of them failed.
    """
    logs = [folder / f"log-{number}" for number in range(len(stages))]
    running: list[subprocess.Popen[bytes]] = []
    begin = time.perf_counter()
    with (folder / "output").open("wb") as output:
        for command, log in zip(stages, logs, strict=True):
            source = running[-1].stdout if running else subprocess.DEVNULL
            is_last = len(running) == len(stages) - 1
            with log.open("wb") as errors:
                process = subprocess.Popen(
                    command,
                    stdin=source,
                    stdout=output if is_last else subprocess.PIPE,
                    stderr=errors,
                    env=ENVIRONMENT,
                    cwd=ROOT,
                )
            if running and running[-1].stdout:
                # So that a stage whose reader is gone is told.
                running[-1].stdout.close()
            running.append(process)
        ends = [os.wait4(process.pid, 0) for process in running]
    seconds = time.perf_counter() - begin
    for process, log, command, (_, status, _) in zip(running, logs, stages, ends, strict=True):
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise RunError(f"{command[0]} ended with {process.returncode}:\n{tail}")
    used = [usage for _, _, usage in ends]
    return Cost(
        seconds=round(seconds, 4),
        processor_seconds=round(sum(each.ru_utime + each.ru_stime for each in used), 4),
        peak_bytes=sum(each.ru_maxrss for each in used) * 1024,
    )
