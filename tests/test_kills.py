"""Killed at any moment, loader and all: the next run makes the warehouse equal to the source."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from dataclasses import dataclass

import pytest
from figures import IS_LONG
from piped import Runner
from pipeline import finished, processes_of, run_tap, tap_command, wait_until
from vendors import VENDORS

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
    assert run_tap(vendor.tap, tmp_path, vendor.config(sandbox)).code == 0
    quiet = len(sandbox.requests_to(name))
    for attempt in range(KILLS_THROUGH_MELTANO):
        folder = tmp_path / f"{attempt}"
        start_date = {"TAP_WHATCONVERTS_START_DATE": "2024-01-01T00:00:00Z"}
        meltano = make_meltano(sandbox, folder, **start_date)
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
        assert meltano.differences_from(vendor, sandbox, folder) == []
    cost = (
        f"requests repeated per kill: {sum(repeated) / len(repeated):.1f}; a whole run has {quiet}"
    )
    figures.add("kill of `meltano run`, and one more", vendor.tap, len(repeated), 0, cost)
