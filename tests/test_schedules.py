"""Scheduled runs: the workflow's own steps on one new machine after another, and the cron line."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess

import duckdb
import yaml
from isolation import PROJECT
from leaks import assert_none_in

WORKFLOW = yaml.safe_load((PROJECT / ".github" / "workflows" / "extract.yml").read_text())
JOB = WORKFLOW["jobs"]["extract"]
SCHEDULES = yaml.safe_load((PROJECT / "meltano.yml").read_text())["schedules"]
LEFT_BEHIND = shutil.ignore_patterns(
    *(".*cache", ".git", ".venv", ".hypothesis", "__pycache__", "*.egg-info", "output", ".sandbox"),
    *(".meltano", ".env", "accounts.meltano.yml", "plugins", "*.duckdb", "*.duckdb.wal"),
)


class Runner:
    """A new machine with the repository on it, and nothing from the run before."""

    def __init__(self, folder, **environment):
        self.project = folder / "checkout"
        shutil.copytree(PROJECT, self.project, ignore=LEFT_BEHIND, symlinks=True)
        self.summary = folder / "summary"
        self._environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(self.summary), **environment}

    def step(self, name):
        """Run a step as GitHub does, and return its exit code."""
        (step,) = (each for each in JOB["steps"] if each.get("name") == name)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.project,
            env=self._environment,
            capture_output=True,
            check=False,
        )
        assert_none_in(done.stdout + done.stderr, "the run")
        return done.returncode


def test_each_run_of_the_workflow_goes_on_where_the_one_before_ended(sandbox, tmp_path):
    environment = {
        "VENDOR": "wisepops",
        "LOADER": "target-duckdb",
        "MELTANO_ENVIRONMENT": "sandbox",
        "MELTANO_STATE_BACKEND_URI": (tmp_path / "state").as_uri(),
        "SANDBOX_URL": sandbox.url,
        "TAP_WISEPOPS_REQUESTS_PER_MINUTE": "1000000",
        "TARGET_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb"),
    }
    first = tmp_path / "first"
    runner = Runner(first, **environment)
    assert runner.step("Install Meltano") == 0
    assert runner.step("Extract") == 0
    assert "collected_after" not in sandbox.requests_to("wisepops")[-3]["query"]
    sandbox.post("wisepops/contacts", {})
    sandbox.delete("requests")

    # The next machine has the state alone; the plugins are the same, and would only cost time.
    second = Runner(tmp_path / "second", **environment)
    for part in (".venv", ".meltano"):
        (second.project / part).symlink_to(first / "checkout" / part)
    assert second.step("Extract") == 0
    asked = [entry["query"] for entry in sandbox.requests_to("wisepops")]
    assert len(asked) == 2
    assert "collected_after" in asked[-1]
    with duckdb.connect(environment["TARGET_DUCKDB_PATH"], read_only=True) as warehouse:
        found = warehouse.execute("SELECT count(*) FROM wisepops.contacts").fetchall()
    assert found == [(len(sandbox.get("wisepops/contacts")),)]

    # What fails is told, and nothing is read without a place for the state.
    sandbox.post("faults", {"kind": "status", "status": 401, "vendor": "wisepops", "times": None})
    assert second.step("Extract") != 0
    assert second.step("Say what failed") == 0
    assert "check `api_key`" in second.summary.read_text()
    sandbox.delete("requests")
    second._environment["MELTANO_STATE_BACKEND_URI"] = ""
    assert second.step("Extract") != 0
    assert sandbox.requests_to("wisepops") == []


def test_the_workflow_runs_the_schedules_of_meltano():
    # YAML takes the word `on` for true.
    crons = [each["cron"] for each in WORKFLOW[True]["schedule"]]
    assert crons == [each["interval"] for each in SCHEDULES]
    (vendors,) = re.findall(r"fromJSON\('(.*?)'\)", JOB["env"]["VENDOR"])
    assert json.loads(vendors) == {
        each["interval"]: each["job"].removesuffix("-to-warehouse") for each in SCHEDULES
    }
    (in_full,) = re.findall(r"contains\('(.*?)'", JOB["env"]["MELTANO_RUN_FULL_REFRESH"])
    assert in_full.split("|") == [each["interval"] for each in SCHEDULES if "env" in each]
    for step in JOB["steps"]:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step.get("uses", "a@" + "0" * 40))
    (version,) = re.findall(r"meltano\[s3\](==\S+)'", JOB["steps"][2]["run"])
    assert f"\nmeltano{version} " in (PROJECT / "requirements.lock").read_text()
    guard = WORKFLOW["concurrency"]
    assert guard["group"].startswith("extract-${{ inputs.vendor ||")
    assert re.findall(r"fromJSON\('(.*?)'\)", guard["group"]) == [vendors]
    assert guard["cancel-in-progress"] is False


def test_the_cron_line_runs_a_schedule_unless_it_is_under_way(make_meltano, sandbox):
    (line,) = re.findall(
        r"^    (35 .*)$", (PROJECT / "docs/schedules.md").read_text(), re.MULTILINE
    )
    meltano = make_meltano(sandbox)
    project, environment = meltano.project, meltano.environment
    interval, command = " ".join(line.split()[:5]), " ".join(line.split()[5:])
    assert {"name": "wisepops", "interval": interval}.items() <= SCHEDULES[4].items()
    command = command.replace("/srv/singer-tap-pack", shlex.quote(str(project)))

    with (project / ".meltano" / "wisepops.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = subprocess.run(["sh", "-c", command], env=environment, check=False)
    assert refused.returncode == 1
    assert sandbox.requests_to("wisepops") == []
    subprocess.run(["sh", "-c", command], env=environment, check=True, capture_output=True)
    assert len(sandbox.requests_to("wisepops")) >= 2


def test_a_weekly_schedule_reads_everything_again(make_meltano, sandbox):
    meltano = make_meltano(sandbox)
    counts = []
    for schedule in ("wolfeo", "wolfeo", "wolfeo-in-full"):
        sandbox.delete("requests")
        done = meltano.command("schedule", "run", schedule)
        assert done.returncode == 0, done.stderr
        counts.append(len(sandbox.requests_to("wolfeo")))
    assert counts[0] == counts[2] > counts[1]
