"""Bad input given to processes: one line that names it, exit code 1, and nothing for a loader."""

from __future__ import annotations

import copy
import json
import subprocess

import pytest
from isolation import BIN
from leaks import assert_none_in
from pipeline import Run

BROKEN = [b"null", b"5", b'"x"', b"[1]", b'{"streams": [{"tap', b"\xff{}", b"", b"[" * 100_000]


SCALE = "tiny"


def run_with(tap, folder, **files):
    """Run a tap with files of these contents, which may be broken."""
    command = [BIN / tap]
    for option, content in files.items():
        path = folder / f"{option}.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        command += [f"--{option}", path]
    done = subprocess.run(command, capture_output=True, check=False)
    assert_none_in(done.stdout + done.stderr, "the run")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return Run(done.returncode, messages, done.stderr.decode())


def assert_refused(run, pattern):
    assert run.code == 1
    assert run.messages == []
    assert "Traceback" not in run.log
    (line,) = run.errors
    assert pattern in line
    assert "unexpected" not in line


@pytest.mark.parametrize("option", ["config", "catalog", "state"])
def test_a_file_that_is_no_json_object_is_named(good, tmp_path, option):
    # The files of all options and taps are read alike: one of each shows that they are.
    in_full = good.vendor.name == "wolfeo" and option == "config"
    for content in BROKEN if in_full else BROKEN[:1]:
        run = run_with(good.vendor.tap, tmp_path, **{"config": good.config, option: content})
        assert_refused(run, f"--{option} {tmp_path}/{option}.json ")


def test_input_of_all_kinds_that_does_not_fit_is_one_line_of_a_process(good, tmp_path, figures):
    stream, config, catalog = good.stream, good.config, good.catalog
    secret = next(iter(good.vendor.settings))
    other, twice, unselected, moved = (copy.deepcopy(catalog) for _ in range(4))
    (entry,) = [each for each in other["streams"] if each["tap_stream_id"] == stream]
    entry["key_properties"] = ["email"]
    (entry,) = [each for each in moved["streams"] if each["tap_stream_id"] == stream]
    entry["replication_key"] = "email"
    twice["streams"] *= 2
    unselected["streams"] = [{**catalog["streams"][0], "tap_stream_id": "nothing"}]
    future = json.dumps(good.state).replace('_value": "20', '_value": "29')
    key = {"replication_key": "some_other_key", "replication_key_value": "2024-01-01T00:00:00Z"}
    cases = [
        ({"config": {**config, "api_url": "http://[::1"}}, "setting `api_url`"),
        ({"config": {**config, secret: f"{config[secret]}\n"}}, f"setting `{secret}`"),
        ({"config": {**config, "request_timeout_seconds": 10**30}}, "`request_timeout_seconds`"),
        ({"catalog": other}, f"catalog: stream {stream} can't have the key email"),
        ({"catalog": twice}, "is there twice"),
        ({"catalog": moved}, f"catalog: stream {stream} can't be replicated by `email`"),
        ({"catalog": unselected}, "catalog: no stream of it is selected"),
        ({"state": json.loads(future)}, f"state of stream {stream}: replication_key_value '29"),
        ({"state": {"bookmarks": {stream: key}}}, f"state of stream {stream}: its bookmark is"),
        ({"state": {"type": "STATE", "value": good.state}}, "what its `value` alone looks like"),
    ]
    if good.vendor.name not in {"wisedata", "wolfeo"}:
        cases = cases[::2]  # in this process the others are tried on all taps
    for files, pattern in cases:
        given_files = {"config": config, "catalog": catalog, **files}
        assert_refused(run_with(good.vendor.tap, tmp_path, **given_files), pattern)
    told = "one line each, exit code 1, no request"
    figures.add("input that does not fit, processes", good.vendor.tap, len(cases), 0, told)


def test_settings_in_what_is_no_file_are_named(tmp_path):
    done = subprocess.run(
        [BIN / "tap-wolfeo", "--config", tmp_path], capture_output=True, check=False
    )
    assert_refused(Run(done.returncode, [], done.stderr.decode()), f"Is a directory: '{tmp_path}'")


def test_settings_may_come_through_a_pipe_which_can_be_read_only_once():
    command = [BIN / "tap-wolfeo", "--config", "/dev/stdin", "--discover"]
    settings = {"api_key": "sandbox-wolfeo-key", "lookback_days": 3}
    done = subprocess.run(
        command, input=json.dumps(settings).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["streams"]
