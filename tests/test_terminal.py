"""What a run prints: in a terminal, in a pipe, and under Meltano."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import threading

import pytest
from isolation import BIN
from leaks import assert_none_in
from pipeline import run_tap, tap_command
from tap_shared import console as tap_console
from tap_shared.masking import SECRETS
from target_duckdb import console as target_console

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \S+ \| (INFO|WARNING|ERROR) +\| \S+ +\| ")

TERMINAL = {"TERM": "xterm", "SINGER_SDK_LOG_CONFIG": None}


def screen(shown):
    """The lines of a terminal after all that was shown: as far as the taps need one."""
    lines = [""]
    at = 0
    for part in re.findall(r"\r|\n|\x1b\[K|[^\r\n\x1b]+", shown):
        if part == "\n":
            lines.append("")
        elif part == "\r":
            at = 0
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:at]
        else:
            lines[-1] = lines[-1][:at] + part + lines[-1][at + len(part) :]
            at += len(part)
    return lines


def run_in_terminal(command, stdout, **variables):
    """Run a command whose stderr is a terminal; returns exit code, stdout and what was shown."""
    master, slave = pty.openpty()
    shown = bytearray()

    def read():
        try:
            while part := os.read(master, 1 << 16):
                shown.extend(part)
        except OSError:  # so a terminal says that nobody writes any more
            pass

    reader = threading.Thread(target=read)
    reader.start()
    environment = {
        name: value for name, value in {**os.environ, **variables}.items() if value is not None
    }
    process = subprocess.Popen(
        command,
        stdout=slave if stdout == "terminal" else subprocess.PIPE,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    output, _ = process.communicate(timeout=60)
    reader.join()
    os.close(master)
    assert_none_in(bytes(shown), "the terminal")
    assert_none_in(output or b"", "the output")
    return process.returncode, output, shown.decode()


def test_a_terminal_shows_a_live_line_below_whole_log_lines(sandbox, config, tmp_path):
    slow = {"kind": "slow", "seconds": 0.15, "vendor": "wolfeo", "path": "/contacts", "times": None}
    reset = {"kind": "reset", "vendor": "wolfeo", "path": "/contacts", "after": 5}
    sandbox.post("faults", [reset, slow])
    command = tap_command("tap-wolfeo", tmp_path, config, streams=["contacts"])
    code, output, shown = run_in_terminal(command, "pipe", **TERMINAL)
    assert code == 0
    # Standard output has messages alone.
    assert {json.loads(line)["type"] for line in output.splitlines()} == {
        "SCHEMA",
        "RECORD",
        "STATE",
    }
    live = re.findall(r"\r\x1b\[K(contacts: [^\r]*)\r", shown)
    assert live[0] == "contacts: 0 records, 0 pages; 0 requests used"
    assert any(
        re.fullmatch(
            r"contacts: \d+ records, \d+ pages of 12, about \d+ s to go; \d+ requests used", line
        )
        for line in live
    )
    # The line comes again at once below a warning.
    assert re.search(r"again in \d s\r\ncontacts: \d+ records", shown)
    # What is left is log lines, each of them whole, and the warning of the retry among them.
    *lines, last = screen(shown)
    assert last == ""
    assert [line for line in lines if not LOG_LINE.match(line)] == []
    assert any("got no whole answer (ConnectionError); again in" in line for line in lines)
    assert any(re.search(r"\| contacts .* complete$", line) for line in lines)
    assert not any("METRIC" in line for line in lines)


def test_a_live_line_is_cut_to_one_line_of_the_terminal(sandbox, config, tmp_path):
    command = tap_command("tap-wolfeo", tmp_path, config, streams=["contacts"])
    narrow = ["sh", "-c", 'stty columns 20 <&2; exec "$@"', "sh", *command]
    code, _, shown = run_in_terminal(narrow, "pipe", **TERMINAL)
    assert code == 0
    assert re.findall(r"\r\x1b\[K(contacts: [^\r]*)\r", shown)[0] == "contacts: 0 records"


def test_a_live_line_shows_no_credential(monkeypatch):
    monkeypatch.setattr(SECRETS, "_spellings", set())
    monkeypatch.setattr(SECRETS, "_pattern", None)
    SECRETS.add("pass-word")
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        tap_console.LiveLine(terminal).show("list pass-word: 1 records")
        assert os.read(master, 100) == b"\r\x1b[Klist ***: 1 records\r"
    os.close(master)


@pytest.mark.parametrize(
    ("stdout", "variables"),
    [
        # Records would stand between the lines.
        ("terminal", {}),
        ("pipe", {"TERM": "dumb"}),
        # Another form of log, as Meltano asks for.
        ("pipe", {"SINGER_SDK_LOG_CONFIG": "logging.json"}),
    ],
)
def test_elsewhere_there_is_no_live_line(sandbox, config, tmp_path, stdout, variables):
    command = tap_command("tap-wolfeo", tmp_path, config, streams=["tags"])
    if "SINGER_SDK_LOG_CONFIG" in variables:
        path = tmp_path / "logging.json"
        path.write_text('{"version": 1, "disable_existing_loggers": false}')
        variables = {"SINGER_SDK_LOG_CONFIG": str(path)}
    code, _, shown = run_in_terminal(command, stdout, **{**TERMINAL, **variables})
    assert code == 0
    assert "\x1b" not in shown
    assert "records, 0 pages" not in shown


def test_a_pipe_gets_a_table_and_metrics_with_their_stream(sandbox, config, tmp_path):
    sandbox.post(
        "faults", {"kind": "status", "vendor": "wolfeo", "path": "/funnels", "status": 403}
    )
    run = run_tap("tap-wolfeo", tmp_path, config, streams=["funnels", "orders", "tags"])
    assert run.code == 1
    assert "\x1b" not in run.log
    lines = [line.rpartition(" | ")[2] for line in run.log.splitlines()]
    head = next(number for number, line in enumerate(lines) if line.startswith("stream "))
    bookmark = run.state["bookmarks"]["orders"]["replication_key_value"][:19]
    patterns = [
        r"stream +records +requests +seconds +bookmark before +bookmark after +result",
        r"funnels +0 +1 +\d\.\d +failed: /funnels answered HTTP 403.*",
        rf"tags +{len(run.records['tags'])} +1 +\d\.\d +complete",
        rf"orders +400 +4 +\d\.\d +{bookmark}Z +incremental, up to date",
    ]
    assert [
        bool(re.fullmatch(pattern, line))
        for pattern, line in zip(patterns, lines[head:], strict=False)
    ] == [True] * 4
    assert run.errors[-1] == "not everything could be read: funnels failed; see above"
    (deselected,) = [line for line in lines if "elected" in line]
    assert deselected.startswith("not selected: ")
    assert "contacts" in deselected
    points = [json.loads(line.split("METRIC: ")[1]) for line in lines if "METRIC: " in line]
    by_stream = {
        (point["metric"], point["tags"]["stream"]): point["value"]
        for point in points
        if point["tags"]
    }
    assert by_stream["http_request_count", "orders"] == 4
    assert by_stream["record_count", "orders"] == 400


def test_credentials_that_are_refused_leave_a_table_too(sandbox, config, tmp_path):
    config = {**config, "api_key": "sandbox-unknown-key"}
    run = run_tap("tap-wolfeo", tmp_path, config, streams=["orders", "tags"])
    assert run.code == 1
    assert re.search(r"\| tags +0 +1 .* failed: /tags answered HTTP 401", run.log)
    assert re.search(r"\| orders +0 +0 .* not read$", run.log, re.MULTILINE)


def test_meltano_shows_the_table_and_has_metrics_in_its_json_log(sandbox, make_meltano):
    meltano = make_meltano(sandbox)
    done = subprocess.run(
        [BIN / "meltano", "run", "wisepops-to-warehouse"],
        cwd=meltano.project,
        env=meltano.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 0
    assert_none_in(done.stderr.encode(), "the console")
    assert not any("METRIC" in line or "Skipping" in line for line in lines)
    assert any(re.search(r"contacts +\d+ +\d+ .* incremental, up to date", line) for line in lines)
    assert len(lines) <= 25

    assert meltano.run("wisepops-to-warehouse") == 0
    assert meltano.metrics("tap-wisepops", "http_request_count")["contacts"] == 1
    assert meltano.metrics("target-duckdb", "record_count").keys() == {"contacts", "wisepops"}
    results = [entry["stream_result"] for entry in meltano.log if "stream_result" in entry]
    assert [(each["stream"], each["outcome"], each["requests"]) for each in results] == [
        ("wisepops", "complete", 1),
        ("contacts", "incremental, up to date", 1),
    ]
    assert results[1]["bookmark_before"] == results[1]["bookmark_after"] != ""


@pytest.mark.parametrize(
    ("log_format", "file", "kept"),
    [
        ("colored", None, False),
        ("plain", None, False),
        ("json", None, True),
        ("key_value", None, True),
        # It may have a handler of its own for metrics.
        ("colored", "logging.yaml", True),
        ("colored", "logging.yml", True),
    ],
)
def test_metrics_stay_where_something_can_read_them(monkeypatch, tmp_path, log_format, file, kept):
    if file:
        (tmp_path / file).touch()
    monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", "of Meltano")
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("MELTANO_CLI_LOG_CONFIG", "logging.yaml")
    monkeypatch.setenv("MELTANO_CLI_LOG_FORMAT", log_format)
    assert tap_console.shows_metrics() is kept
    assert target_console.shows_metrics() is kept
