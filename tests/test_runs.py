"""How a run ends: out of requests, stopped, without a loader; and what the next one finds."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import termios
from itertools import pairwise
from pathlib import Path

import pytest
from in_process import run_in_process
from pipeline import Sandbox, finished, run_tap, start_tap, tap_command, wait_until


def ids(run, stream):
    return [record["id"] for record in run.records.get(stream, [])]


def test_an_incremental_stream_goes_on_where_its_requests_ended(sandbox, tmp_path):
    config = {
        "api_key": "sandbox-wisepops-key",
        "api_url": f"{sandbox.url}/wisepops/api2",
        "requests_per_minute": 1_000_000,
        "max_requests": 2,
    }
    first = run_in_process("tap-wisepops", tmp_path, config, streams=["contacts"])
    assert first.code == 0
    assert "max_requests = 2 is spent; run again to go on" in first.log
    row = rf"\| contacts +{len(first.records['contacts'])} +2 .* stopped by request budget$"
    assert re.search(row, first.log, re.MULTILINE)
    assert '"metric":"http_requests_left","value":0' in first.log
    assert '"metric":"http_retry_count","value":0' in first.log
    assert '"metric":"http_wait_duration","value":' in first.log
    assert len(sandbox.requests_to("wisepops")) == 2
    config["lookback_days"] = 0
    then = run_in_process("tap-wisepops", tmp_path, config, streams=["contacts"], state=first.state)
    assert then.code == 0
    reached = first.state["bookmarks"]["contacts"]["replication_key_value"]
    row = rf"\| contacts .* {reached[:19]}Z .* incremental, up to date$"
    assert re.search(row, then.log, re.MULTILINE)
    found = first.records["contacts"] + then.records["contacts"]
    rows = sandbox.get("wisepops/contacts")
    assert len({record["contact_key"] for record in found}) == len(rows)


def test_a_budget_that_reaches_no_safe_point_is_an_error(sandbox, config, tmp_path):
    """Or each run would read the same rows again, and succeed."""
    config = {**config, "max_requests": 3}
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["transactions"])
    assert run.code != 0
    (line,) = run.errors
    assert "stream transactions came to no safe point" in line
    assert re.search(r"\| transactions +\d+ +3 .* failed: max_requests = 3 is spent", run.log)
    assert len(sandbox.requests_to("wolfeo")) == 3
    assert "replication_key_value" not in run.state.get("bookmarks", {}).get("transactions", {})


def test_a_full_read_that_needs_more_requests_says_how_many(sandbox, config, tmp_path):
    config = {**config, "max_requests": 3}
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["contacts"])
    assert run.code != 0
    (line,) = run.errors
    assert "stream contacts is read in full or not at all, and needs about 12 requests" in line


def test_retries_count_against_the_budget(sandbox, config, tmp_path):
    sandbox.post("faults", {"kind": "reset", "vendor": "wolfeo"})
    run = run_in_process("tap-wolfeo", tmp_path, {**config, "max_requests": 5}, streams=["tags"])
    assert run.code == 0
    assert len(sandbox.requests_to("wolfeo")) == 2
    assert "2 requests (tags 2), 1 retries" in run.log
    assert "3 of max_requests left" in run.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("request_number", [1, 6])
def test_a_stop_signal_leaves_state_of_the_last_safe_point(
    sandbox, config, tmp_path, number, request_number
):
    sandbox.post("faults", {"kind": "hang", "vendor": "wolfeo", "after": request_number - 1})
    started = start_tap("tap-wolfeo", tmp_path, config, streams=["orders", "transactions"])
    wait_until(lambda: len(sandbox.requests_to("wolfeo")) >= request_number)
    started.process.send_signal(number)
    run = started.finish()
    assert run.code == 128 + number
    assert "Traceback" not in run.log
    bookmarks = run.state.get("bookmarks", {})
    # The four pages of orders are complete before the sixth request, those of transactions not.
    assert ("replication_key_value" in bookmarks.get("orders", {})) == (request_number == 6)
    assert "replication_key_value" not in bookmarks.get("transactions", {})
    ends = re.findall(r"\| (orders|transactions) .*  (\S.*)$", run.log, re.MULTILINE)
    assert ends == (
        [("orders", "stopped by signal"), ("transactions", "not read")]
        if request_number == 1
        else [("orders", "incremental, up to date"), ("transactions", "stopped by signal")]
    )


def test_a_loader_that_dies_is_one_line(config, tmp_path):
    command = tap_command("tap-wolfeo", tmp_path, config)
    reading, writing = os.pipe()
    os.close(reading)
    done = finished(command, stdout=writing)
    os.close(writing)
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert b"the output can't be written (Broken pipe)" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_the_middle_of_a_line_waits_for_its_end(config, tmp_path, number):
    command = tap_command("tap-wolfeo", tmp_path, config, streams=["contacts"])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        # Full but for the ends of its pages: the tap waits for a loader that is in no hurry.
        wait_until(
            lambda: (
                waiting_in(process.stdout) > 0.8 * fcntl.fcntl(process.stdout, fcntl.F_GETPIPE_SZ)
            )
        )
        process.send_signal(number)
    finally:
        output, log = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert b"Traceback" not in log
    assert output.endswith(b"\n")
    kinds = [json.loads(line)["type"] for line in output.splitlines()]
    assert kinds[0] == "SCHEMA"
    assert "RECORD" in kinds
    assert re.search(rb"\| contacts .* stopped by signal\n", log)


def waiting_in(pipe):
    """The bytes in a pipe that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_a_full_disk_is_one_line(config, tmp_path):
    command = tap_command("tap-wolfeo", tmp_path, config)
    with Path("/dev/full").open("wb") as full:
        done = finished(command, stdout=full)
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert b"the output can't be written (No space left on device)" in done.stderr


def test_deletions_are_told_only_after_a_complete_read(sandbox, config, tmp_path):
    config = {**config, "emit_activate_version_messages": True}
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["contacts", "orders"])
    kinds = [
        (message["type"], message.get("stream"))
        for message in run.messages
        if message["type"] != "STATE"
    ]
    told = kinds.index(("ACTIVATE_VERSION", "contacts"))
    assert ("RECORD", "contacts") not in kinds[told:]
    assert kinds.count(("ACTIVATE_VERSION", "contacts")) == 1
    assert ("ACTIVATE_VERSION", "orders") not in kinds
    (version,) = {
        m["version"] for m in run.messages if m.get("stream") == "contacts" and "version" in m
    }

    sandbox.post("faults", {"kind": "missing", "vendor": "wolfeo", "path": "/contacts", "after": 2})
    failed = run_in_process("tap-wolfeo", tmp_path, config, streams=["contacts"])
    assert failed.code != 0
    assert failed.records["contacts"]
    assert all(message["type"] != "ACTIVATE_VERSION" for message in failed.messages)
    assert version


def test_no_deletion_is_told_of_children_whose_parents_are_not_all_read(config, tmp_path):
    """A loader would remove the rows of all parents that this run did not read again."""
    config = {**config, "emit_activate_version_messages": True}
    command = tap_command("tap-wolfeo", tmp_path, config, streams=["contacts", "contact_stats"])
    catalog = json.loads((tmp_path / "catalog.json").read_text())
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] == "contacts":
            (root,) = [each for each in entry["metadata"] if not each["breadcrumb"]]
            root["metadata"]["replication-method"] = "INCREMENTAL"
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    done = finished(command)
    assert done.returncode == 0
    assert b'"stream":"contact_stats"' in done.stdout
    assert b"ACTIVATE_VERSION" not in done.stdout


def test_what_no_schema_names_is_kept_and_told_once(sandbox, config, tmp_path):
    rows = [{"id": n, "name": "x", "colour": "red", "shade": n} for n in (1, 2)]
    body = {"success": True, "data": rows}
    fault = {"kind": "shape", "vendor": "wolfeo", "path": "/tags", "member": "", "times": 2}
    sandbox.post("faults", {**fault, "value": body})
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["tags"])
    assert [record["_unmapped"] for record in run.records["tags"]] == [
        {"colour": "red", "shade": 1},
        {"colour": "red", "shade": 2},
    ]
    assert run.log.count("the vendor sends colour, shade, which the schema does not name") == 1
    plain = run_in_process(
        "tap-wolfeo", tmp_path, {**config, "keep_unmapped": False}, streams=["tags"]
    )
    assert plain.records["tags"] == [{"id": 1, "name": "x"}, {"id": 2, "name": "x"}]


def test_the_vendors_limit_is_never_met(tmp_path):
    with Sandbox(rows=["wolfeo.contacts=3000"]) as sandbox:
        config = {"api_key": "sandbox-wolfeo-key", "api_url": f"{sandbox.url}/wolfeo/v1"}
        run = run_tap("tap-wolfeo", tmp_path, config, streams=["contacts"])
        statuses = [entry["status"] for entry in sandbox.requests_to("wolfeo")]
    assert statuses == [200] * 30
    assert len(set(ids(run, "contacts"))) == 3000


def test_the_test_option_reads_one_record_of_what_is_selected(sandbox, config, tmp_path):
    command = [*tap_command("tap-wolfeo", tmp_path, config), "--test"]
    done = finished(command)
    assert done.returncode == 0
    assert len(sandbox.requests_to("wolfeo")) <= 20
    sandbox.post("faults", {"kind": "status", "status": 403, "vendor": "wolfeo", "path": "/orders"})
    refused = finished(command)
    assert refused.returncode != 0
    assert b"Traceback" not in refused.stderr


def test_batch_files_hold_every_record_and_no_state_runs_ahead_of_them(sandbox, config, tmp_path):
    config["batch_config"] = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
    }
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["orders"])
    kinds = [message["type"] for message in run.messages]
    assert kinds.index("BATCH") < len(kinds) - 1 - kinds[::-1].index("STATE")
    files = [path for m in run.messages if m["type"] == "BATCH" for path in m["manifest"]]
    contents = [gzip.decompress(Path(path.removeprefix("file://")).read_bytes()) for path in files]
    lines = sum(content.count(b"\n") for content in contents)
    assert lines == len(sandbox.get("wolfeo/orders"))
    assert "replication_key_value" in run.state["bookmarks"]["orders"]


@pytest.mark.parametrize(
    ("stream", "path"), [("contacts", "/contacts"), ("contact_stats", "/contact-stats")]
)
def test_requests_to_a_slow_vendor_are_under_way_together(tmp_path, stream, path):
    """One by one, none could arrive before the one before it is answered."""
    slow = 0.4
    with Sandbox("--unlimited", rows=["wolfeo.contacts=1200"]) as sandbox:
        config = {
            "api_key": "sandbox-wolfeo-key",
            "api_url": f"{sandbox.url}/wolfeo/v1",
            "requests_per_minute": 1_000_000,
            # As far as the details of some contacts go: each is a request.
            **({"max_requests": 60} if stream == "contact_stats" else {}),
        }
        fault = {"kind": "slow", "seconds": slow, "vendor": "wolfeo", "path": path, "times": None}
        sandbox.post("faults", fault)
        run = run_tap("tap-wolfeo", tmp_path, config, streams=[stream])
        asked = [entry for entry in sandbox.requests_to("wolfeo") if entry["path"].endswith(path)]
        arrivals = sorted(entry["arrival"] for entry in asked)
        together = sum(later - earlier < slow for earlier, later in pairwise(arrivals))
        assert together > len(arrivals) / 2
        # None twice, none beyond the last, and all in their order.
        queries = [tuple(sorted(entry["query"].items())) for entry in asked]
        assert len(set(queries)) == len(queries)
        if stream == "contacts":
            assert len(queries) == 12
            assert ids(run, stream) == [
                row["id"] for row in reversed(sandbox.get("wolfeo/listed_contacts"))
            ]
        else:
            assert run.code != 0
            assert len(sandbox.requests_to("wolfeo")) == 60
