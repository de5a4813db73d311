"""Bad input and bad luck: one clear line, a non-zero exit, and nothing lost."""

from __future__ import annotations

import json
import re

import pytest
from in_process import run_in_process
from isolation import BIN
from pipeline import finished, run_tap
from vendors import WOLFEO

ORDERS = {"kind": "status", "vendor": "wolfeo", "path": "/orders", "times": None}


def assert_named(run, *patterns):
    """The run failed, and said so in lines that match, without a traceback."""
    assert run.code != 0
    assert "Traceback" not in run.log
    assert len(run.errors) == len(patterns), run.errors
    for line, pattern in zip(run.errors, patterns, strict=True):
        assert re.search(pattern, line)


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        ({"api_key": "wrong"}, r"/campaigns answered HTTP 401 .*check `api_key`"),
        ({"api_key": None}, "setting `api_key` is missing: set it, or TAP_WOLFEO_API_KEY"),
        ({"start_dat": "2024-01-01"}, "setting `start_dat` is unknown: did you mean `start_date`"),
        ({"start_date": "soon"}, "setting `start_date` is no date-time"),
        ({"api_url": "http://api.example.com/v1"}, "`api_url` must start with https://"),
        ({"lookback_days": -1}, "setting `lookback_days` must have minimum 0"),
        ({"api_key": "ab"}, "setting `api_key` has fewer than 4 characters"),
        (
            {"stream_maps": {"orders": {"email": 5}}},
            "`stream_maps.orders.email` must be __NULL__ or be of type str",
        ),
        ({"api_url": "http://127.0.0.1:1/v1"}, "no whole answer .*check the network and `api_url`"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_do_not_work(config, tmp_path, change, pattern):
    run = run_in_process("tap-wolfeo", tmp_path, {**config, **change})
    assert_named(run, pattern)
    assert not run.records


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ({"status": 403}, "HTTP 403 .*may not include it"),
        ({"status": 404}, "HTTP 404"),
        ({"kind": "missing"}, "the answer has no list of records in `data`"),
        ({"kind": "shape", "value": "none"}, "the answer has no list of records in `data`"),
        ({"kind": "shape", "value": [{"status": "x"}]}, "a record lacks its key"),
        ({"kind": "shape", "value": ["row"]}, "a record that is no object"),
        ({"kind": "redirect", "location": "https://example.com/"}, "credentials are not sent"),
        (
            {"kind": "shape", "member": "", "value": {"success": False, "message": "later"}},
            "refused .later.",
        ),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_one_streams_trouble_is_that_streams(sandbox, config, tmp_path, fault, what):
    sandbox.post("faults", {**ORDERS, **fault})
    run = run_in_process("tap-wolfeo", tmp_path, config)
    assert_named(run, f"{what}.*the run goes on without it", "not everything could be read")
    assert re.search(rf"\| orders .*failed: .*{what}", run.log)
    # All others are there, those that come after it too, and no bookmark moved for it.
    assert len(run.records) == len(WOLFEO.streams) - 1
    assert len(run.records["transactions"]) == 450
    assert "replication_key_value" not in run.state["bookmarks"].get("orders", {})
    assert "replication_key_value" in run.state["bookmarks"]["transactions"]


def test_an_empty_answer_is_no_record_of_its_partition(sandbox, config, tmp_path):
    """Its key would come from the partition, and in the warehouse it would replace a good row."""
    fault = {**ORDERS, "path": "/contact-count", "query": {"period": "all"}}
    sandbox.post("faults", {**fault, "kind": "shape", "value": {}})
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["contact_counts"])
    assert_named(run, "a record has no property that the schema names", "not everything")
    assert "all" not in {record["period"] for record in run.records["contact_counts"]}


def test_one_partitions_trouble_is_that_partitions(sandbox, config, tmp_path):
    fault = {**ORDERS, "path": "/tags-contacts", "query": {"tag_id": "3"}, "status": 403}
    sandbox.post("faults", fault)
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["tags", "tag_contacts"])
    assert_named(run, "tag_contacts: .*HTTP 403", "not everything could be read")
    assert re.search(r"\| tag_contacts .* failed: 1 of \d+ partitions", run.log)
    assert re.search(r"\|   tag_id 3: .*HTTP 403", run.log)
    read = {record["tag_id"] for record in run.records["tag_contacts"]}
    assert read == {row["tag_id"] for row in sandbox.get("wolfeo/tag_contacts")} - {3}


def test_children_of_a_parent_that_failed_are_not_taken_for_read(sandbox, config, tmp_path):
    sandbox.post("faults", {**ORDERS, "path": "/tags", "status": 403})
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["tags", "tag_contacts"])
    assert_named(run, "tags: .*403", "not read, because tags could not be", "not everything")


@pytest.mark.parametrize("member", ["meta", "meta.total", "meta.last_page"])
def test_a_body_without_its_page_count_still_loses_no_row(sandbox, config, tmp_path, member):
    sandbox.post("faults", {**ORDERS, "kind": "missing", "member": member})
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["orders"])
    assert run.code == 0
    assert len(run.records["orders"]) == 400


def test_credentials_refused_in_mid_run_end_it_at_once_with_state(sandbox, config, tmp_path):
    sandbox.post("faults", {**ORDERS, "path": "/transactions", "status": 401})
    run = run_in_process("tap-wolfeo", tmp_path, config)
    assert_named(run, "transactions: .*HTTP 401 .*check `api_key`")
    assert "replication_key_value" in run.state["bookmarks"]["orders"]


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_no_secret_is_printed_at_any_level(sandbox, config, tmp_path, level):
    """`run_tap` looks for it in everything that is printed; here all there is to say is said."""
    sandbox.post("faults", [{**ORDERS, "status": 500, "times": 1}, {**ORDERS, "status": 403}])
    run = run_tap("tap-wolfeo", tmp_path, config, environment={"LOGLEVEL": level})
    assert run.code != 0
    if level == "DEBUG":
        assert "urllib3" in run.log


@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
def test_a_file_that_is_no_json_is_one_line(config, tmp_path, option):
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "cut.json").write_text('{"bookmarks": {"ord')
    arguments = ["--config", tmp_path / "config.json"] if option != "--config" else []
    done = finished([BIN / "tap-wolfeo", *arguments, option, tmp_path / "cut.json"])
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert b"no JSON" in done.stderr


@pytest.mark.parametrize(
    ("state", "pattern"),
    [
        ({"bookmarks": []}, "state: `bookmarks` must be of type object; it must look like"),
        ({"singer_state": {"bookmarks": {}}}, "which is what its `singer_state` alone looks like"),
        (
            {"bookmarks": {"orders": {"replication_key": "id", "replication_key_value": 5}}},
            "its bookmark is a 'id', but the stream goes by `created_at`",
        ),
        (
            {
                "bookmarks": {
                    "orders": {
                        "replication_key": "created_at",
                        "replication_key_value": "yesterday",
                    }
                }
            },
            "'yesterday' is no date-time",
        ),
    ],
)
def test_a_state_that_does_not_fit_reads_nothing(sandbox, config, tmp_path, state, pattern):
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["orders"], state=state)
    assert_named(run, pattern)
    assert sandbox.requests_to("wolfeo") == []


def test_a_catalog_that_asks_for_what_a_stream_has_not_is_refused(config, tmp_path):
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["tags"], method="INCREMENTAL")
    assert_named(run, "stream tags has no replication method INCREMENTAL; it has FULL_TABLE")
