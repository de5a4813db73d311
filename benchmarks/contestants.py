"""Who is measured: how each is started, and how it is checked."""

from __future__ import annotations

import json
import subprocess
import typing as t
from dataclasses import dataclass, field
from functools import cache, partial

from benchmarks.kinds import NARROW, ROOT, WIDE, Kind
from benchmarks.peers import manifest

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.measure import Command

BIN = ROOT / ".venv" / "bin"

UNPACED = 1_000_000
"""Requests a minute: the tap's pace is for its vendor, and not what is measured."""


def environment(name: str) -> Path:
    """Return where the programs of a peer's environment are."""
    return ROOT / "benchmarks" / ".venvs" / name / "bin"


@dataclass(frozen=True)
class Job:
    """One run to be made.

    Attributes:
        kind: what is read.
        rows: how many records there are.
        url: the base address, which holds rows and latency.
        folder: an empty folder, for configuration and output.
        database: the address of PostgreSQL.
    """

    kind: Kind
    rows: int
    url: str
    folder: Path
    database: str = ""


@dataclass(frozen=True)
class Contestant:
    """One who does the work.

    Attributes:
        name: as tables call it.
        stages: writes what a run needs, and returns the commands of its pipeline.
        check: how its output is counted, by a name of `check.CHECKS`.
        python: the environment that counts, `pack` for the pack's own.
        most_rows: by kind, where more would take many minutes.
    """

    name: str
    stages: Callable[[Job], Sequence[Command]]
    check: str = "in_files"
    python: str = "pack"
    most_rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def interpreter(self) -> Path:
        """The Python that counts what came."""
        return (BIN if self.python == "pack" else environment(self.python)) / "python"


def written(folder: Path, name: str, content: t.Any) -> str:
    """Write a JSON file, and return its path."""
    file = folder / name
    file.write_text(json.dumps(content))
    return str(file)


@cache
def catalog(tap: str, stream: str) -> dict[str, t.Any]:
    """Return a tap's catalog with the one stream selected."""
    done = subprocess.run([BIN / tap, "--discover"], capture_output=True, check=True)
    content: dict[str, t.Any] = json.loads(done.stdout)
    for entry in content["streams"]:
        (root,) = [each["metadata"] for each in entry["metadata"] if not each["breadcrumb"]]
        root["selected"] = entry["tap_stream_id"] == stream
    return content


def tap(job: Job, **settings: t.Any) -> Command:
    """Return the command of the pack's tap, with settings beside those of its kind."""
    paced = {"api_url": job.url, "requests_per_minute": UNPACED}
    config = {**job.kind.settings, **paced, **settings}
    return [
        str(BIN / job.kind.tap),
        "--config",
        written(job.folder, "config.json", config),
        "--catalog",
        written(job.folder, "catalog.json", catalog(job.kind.tap, job.kind.stream)),
    ]


def _ours(job: Job) -> Sequence[Command]:
    return [tap(job)]


def _bare(job: Job) -> Sequence[Command]:
    python = str(environment("floor") / "python")
    return [[python, "-m", "benchmarks.peers.bare", job.kind.name, job.url]]


def _singer(job: Job, module: str) -> Sequence[Command]:
    python = str(environment("singer") / "python")
    config = {"api_url": job.url, "kind": job.kind.name}
    file = written(job.folder, "config.json", config)
    return [[python, "-m", f"benchmarks.peers.{module}", "--config", file]]


def _airbyte(job: Job, *, is_tuned: bool) -> Sequence[Command]:
    program = str(environment("airbyte") / "source-declarative-manifest")
    arguments = manifest.write(job.folder, job.kind, job.url, job.rows, is_tuned=is_tuned)
    return [[program, *arguments]]


def dlt(job: Job, *switches: str) -> Sequence[Command]:
    """Return the command of dlt's pipeline, with its switches."""
    python = str(environment("dlt") / "python")
    module = "benchmarks.peers.pipeline"
    return [[python, "-m", module, job.kind.name, job.url, str(job.folder), *switches]]


BARE = Contestant("bare loop", _bare)
OURS = Contestant("our tap", _ours)

EXTRACT = (
    BARE,
    OURS,
    Contestant("singer-sdk tap", partial(_singer, module="canonical")),
    Contestant("singer-sdk tap, tuned", partial(_singer, module="tuned")),
    Contestant("airbyte-cdk", partial(_airbyte, is_tuned=False)),
    Contestant("airbyte-cdk, tuned", partial(_airbyte, is_tuned=True)),
    Contestant("dlt", dlt),
    Contestant("dlt, tuned", lambda job: dlt(job, "--tuned")),
)
"""Those that only read: their output is a file of messages, dlt's its own files."""


def start(name: str, flag: str) -> Sequence[Command]:
    """Return the command that starts a tap and does nothing else.

    Args:
        name: a tap of the pack, or a module of `peers`.
        flag: `--version` or `--discover`.
    """
    if name in {NARROW.tap, WIDE.tap}:
        return [[str(BIN / name), flag]]
    return [[str(environment("singer") / "python"), "-m", f"benchmarks.peers.{name}", flag]]
