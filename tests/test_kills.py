"""Killed at any moment, loader and all: the next run makes the warehouse equal to the source."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import time
import typing as t
from dataclasses import dataclass

import duckdb
import pytest
from figures import IS_LONG
from leaks import assert_none_in
from pipeline import (
    BIN,
    Sandbox,
    finished,
    processes_of,
    run_tap,
    tap_command,
    wait_until,
)
from vendors import VENDORS
from warehouse import Meltano

if t.TYPE_CHECKING:
    from pathlib import Path

    from vendors import Vendor

KILLS = 40 if IS_LONG else 3
KILLS_THROUGH_MELTANO = 5 if IS_LONG else 1

MOMENTS = ("at a request", "at a byte", "at a time")
VICTIMS = ("tap", "loader", "both")
SIGNALS = (signal.SIGKILL, signal.SIGTERM)

# All by SIGKILL, as a machine does that goes down; Meltano by SIGTERM, as a scheduler does; the
# loader by SIGKILL, as a machine does that is short of memory.
UNDER_MELTANO = ("all", "Meltano", "loader")

# The loader then commits in mid-run too.
BATCHES = (150, 2_000, 100_000)

# Few, and yet pages enough for each tap to be killed between.
ROWS = (
    *(f"prospector.{name}=150" for name in ("opens", "clicks", "sent_emails", "prospects")),
    "whatconverts.leads=600",
    "wisedata.contacts=700",
    "wolfeo.contacts=350",
)


@pytest.fixture(scope="module")
def shared_sandbox():
    with Sandbox("--unlimited", *(word for rows in ROWS for word in ("--rows", rows))) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    shared_sandbox.post("reset")
    return shared_sandbox


@dataclass
class Pipeline:
    """A tap and a loader under way, joined by a pipe or by hand."""

    tap: subprocess.Popen[bytes]
    loader: subprocess.Popen[bytes]

    def send(self, number: int, victim: str) -> None:
        """Send a signal to one or both."""
        for name, process in (("tap", self.tap), ("loader", self.loader)):
            if victim in {name, "both"}:
                process.send_signal(number)

    def hand_over(self, count: int) -> None:
        """Pass on so many bytes, so that the end can come in the middle of a line."""
        self.loader.stdin.write(self.tap.stdout.read(count))
        self.loader.stdin.flush()

    def wait(self) -> tuple[int, int]:
        """Wait for both to end; return their exit codes."""
        for end in (self.tap.stdout, self.loader.stdin):
            if end:
                end.close()
        return self.tap.wait(60), self.loader.wait(60)


class Runner:
    """What any Singer runner does: `tap | loader`, whose last state is the next run's first."""

    def __init__(self, vendor: Vendor, sandbox: Sandbox, folder: Path, batch: int) -> None:
        folder.mkdir(exist_ok=True)
        self.vendor = vendor
        self.sandbox = sandbox
        self.folder = folder
        self.state: dict[str, t.Any] | None = None
        self._batch = batch
        # It is not run here: it knows how to ask the warehouse.
        self._meltano = Meltano(folder, sandbox.url)

    def start(self, *, joined: bool = True, room: int | str = "unlimited") -> Pipeline:
        """Start the tap, and the loader with so many blocks of 512 bytes of room for each file."""
        self.sandbox.delete("requests")
        config = self.vendor.config(self.sandbox)
        command = tap_command(self.vendor.tap, self.folder, config, state=self.state)
        settings = {
            "path": str(self._meltano.warehouse),
            "default_target_schema": self.vendor.name,
            "batch_size_rows": self._batch,
        }
        (self.folder / "loader.json").write_text(json.dumps(settings))
        loading = [BIN / "target-duckdb", "--config", self.folder / "loader.json"]
        # What a killed loader leaves behind goes with the test's folder.
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        with (self.folder / "states").open("wb") as states, (self.folder / "log").open("ab") as log:
            tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
            loader = subprocess.Popen(
                ["sh", "-c", f'ulimit -f {room}; exec "$@"', "sh", *loading],
                stdin=tap.stdout if joined else subprocess.PIPE,
                stdout=states,
                stderr=log,
                env=environment,
            )
        if joined:
            # A loader that dies is noticed only if nobody else holds the other end.
            tap.stdout.close()
            tap.stdout = None
        return Pipeline(tap, loader)

    def finish(self, pipeline: Pipeline) -> tuple[int, int]:
        """Wait for the end, and keep the last state; one that was cut off is none."""
        codes = pipeline.wait()
        lines = (self.folder / "states").read_bytes().split(b"\n")[:-1]
        self.state = json.loads(lines[-1]) if lines else self.state
        return codes

    def spent(self) -> int:
        """Return the requests of the last run."""
        return len(self.sandbox.requests_to(self.vendor.name))

    def log(self) -> str:
        """Return what both have said, in all runs, after a look for secrets."""
        printed = (self.folder / "log").read_bytes()
        assert_none_in(printed, "the log")
        return printed.decode()

    def differences(self) -> list[t.Any]:
        """Compare each table with the vendor's rows."""
        return differences(self._meltano, self.vendor, self.sandbox, self.folder)


def differences(meltano, vendor, sandbox, folder):
    """Return where the tables differ from the vendor's rows, of all streams."""
    found = []
    # While one connection is open, others to the same file cost next to nothing.
    with duckdb.connect(str(meltano.warehouse), read_only=True):
        for stream in vendor.streams:
            rows = vendor.expected(sandbox, stream)
            table = f"{vendor.name}.{stream}"
            columns = meltano.query(f"SELECT column_name FROM (DESCRIBE {table})")
            beyond = {name for (name,) in columns} - set(rows[0]) - {"_unmapped"}
            found += [(stream, row) for row in meltano.differences(table, rows, folder, beyond)]
    return found


@dataclass
class Undisturbed:
    """What a run costs that nothing happens to."""

    requests: int
    seconds: float
    bytes: int


def undisturbed(vendor, sandbox, folder) -> Undisturbed:
    runner = Runner(vendor, sandbox, folder / "undisturbed", 100_000)
    started = time.monotonic()
    assert runner.finish(runner.start()) == (0, 0), runner.log()
    seconds, requests = time.monotonic() - started, runner.spent()
    assert runner.differences() == []
    command = tap_command(vendor.tap, folder, vendor.config(sandbox))
    return Undisturbed(requests, seconds, len(finished(command).stdout))


def kill(runner, quiet, draw, moment, victim, number):
    """Start a run, and kill it; return the pipeline."""
    pipeline = None
    if moment == "at a request":
        at = draw.randint(1, quiet.requests)
        # A tap that outlives its loader must get its answer.
        stop = {"kind": "slow", "seconds": 0.5} if victim == "loader" else {"kind": "hang"}
        runner.sandbox.post("faults", {**stop, "vendor": runner.vendor.name, "after": at - 1})
        pipeline = runner.start()
        wait_until(lambda: runner.spent() >= at)
    elif moment == "at a byte":
        pipeline = runner.start(joined=False)
        pipeline.hand_over(draw.randint(1, quiet.bytes))
    else:
        pipeline = runner.start()
        time.sleep(draw.uniform(0, quiet.seconds))
    pipeline.send(number, victim)
    return pipeline


@pytest.mark.parametrize("name", VENDORS)
def test_killed_at_random_and_run_again_the_warehouse_equals_the_source(
    sandbox, tmp_path, figures, name
):
    vendor, repeated, lost = VENDORS[name], [], []
    quiet = undisturbed(vendor, sandbox, tmp_path)
    draw = random.Random(name)
    ways = list(itertools.product(MOMENTS, VICTIMS, SIGNALS))
    draw.shuffle(ways)
    for attempt in range(KILLS):
        way = moment, victim, number = ways[attempt % len(ways)]
        sandbox.delete("faults")
        runner = Runner(vendor, sandbox, tmp_path / f"{attempt}", draw.choice(BATCHES))
        killed = kill(runner, quiet, draw, moment, victim, number)
        runner.finish(killed)
        spent = runner.spent()
        sandbox.delete("faults")
        assert runner.finish(runner.start()) == (0, 0), (way, runner.log())
        repeated.append(spent + runner.spent() - quiet.requests)
        lost += [(way, each) for each in runner.differences()]
        assert "Traceback" not in runner.log(), (way, runner.log())
        # What was committed need not be asked for again, beyond the page at the bookmark.
        assert runner.spent() <= quiet.requests + 1, way
    assert lost == []
    mean, most = sum(repeated) / KILLS, max(repeated)
    cost = f"requests repeated per kill: {mean:.1f}, at most {most}; a whole run has "
    figures.add(
        "kill of tap, loader or both at a random request, byte or time, and one more run",
        vendor.tap,
        KILLS,
        len(lost),
        f"{cost}{quiet.requests}",
    )


@pytest.mark.parametrize("name", VENDORS)
def test_a_disk_that_is_full_for_the_loader_costs_nothing_but_the_run(sandbox, tmp_path, name):
    runner = Runner(VENDORS[name], sandbox, tmp_path, 150)
    for room in (40, 100):
        _, code = runner.finish(runner.start(room=room))
        assert code != 0
    assert "Traceback" not in runner.log()
    assert runner.finish(runner.start()) == (0, 0), runner.log()
    assert runner.differences() == []


def loader_of(process):
    """Return the id of the loader that Meltano has started."""
    (loader,) = (
        number
        for number, command in processes_of(process.pid).items()
        if b"bin/target-duckdb" in command
    )
    return loader


@pytest.mark.parametrize("name", VENDORS if IS_LONG else ["prospector"])
def test_killed_under_meltano_and_run_again_the_warehouse_equals_the_source(
    sandbox, make_meltano, tmp_path, figures, name
):
    vendor, draw, repeated = VENDORS[name], random.Random(name), []
    make_meltano(sandbox)
    assert run_tap(vendor.tap, tmp_path, vendor.config(sandbox)).code == 0
    quiet = len(sandbox.requests_to(name))
    for attempt in range(KILLS_THROUGH_MELTANO):
        folder = tmp_path / f"{attempt}"
        folder.mkdir()
        start_date = {"TAP_WHATCONVERTS_START_DATE": "2024-01-01T00:00:00Z"}
        meltano = Meltano(folder, sandbox.url, **start_date)
        at = draw.randint(1, quiet)
        victim = UNDER_MELTANO[attempt % len(UNDER_MELTANO)]
        # A tap that outlives its loader must get its answer.
        stop = {"kind": "slow", "seconds": 0.5} if victim == "loader" else {"kind": "hang"}
        sandbox.post("faults", {**stop, "vendor": name, "after": at - 1})
        sandbox.delete("requests")
        process = meltano.start(f"{name}-to-warehouse")
        wait_until(lambda at=at: len(sandbox.requests_to(name)) >= at, 60)
        if victim == "all":
            os.killpg(process.pid, signal.SIGKILL)
        elif victim == "Meltano":
            process.terminate()
        else:
            os.kill(loader_of(process), signal.SIGKILL)
        assert meltano.finish(process) != 0
        # A tap that is left alone ends as soon as it finds that nobody takes what it writes.
        wait_until(lambda session=process.pid: not processes_of(session))
        sandbox.delete("faults")
        assert meltano.run(f"{name}-to-warehouse", "--force") == 0, meltano.log
        repeated.append(len(sandbox.requests_to(name)) - quiet)
        assert differences(meltano, vendor, sandbox, folder) == []
    cost = (
        f"requests repeated per kill: {sum(repeated) / len(repeated):.1f}; a whole run has {quiet}"
    )
    figures.add("kill of `meltano run`, and one more", vendor.tap, len(repeated), 0, cost)
