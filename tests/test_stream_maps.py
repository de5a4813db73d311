"""Stream maps in a tap: all streams at once, hashed keys, and maps that don't fit."""

from __future__ import annotations

import pytest
from in_process import run_in_process


def test_a_column_for_every_stream_needs_no_key_of_those_deselected(sandbox, config, tmp_path):
    config["stream_maps"] = {"*": {"tenant": "'shop'"}}
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["orders", "tags"])
    assert run.code == 0, run.log
    assert {len(run.records["orders"]), len(sandbox.get("wolfeo/orders"))} == {400}
    records = [record for stream in run.records.values() for record in stream]
    assert {record["tenant"] for record in records} == {"shop"}
    schemas = [each["schema"] for each in run.messages if each["type"] == "SCHEMA"]
    assert all("tenant" in schema["properties"] for schema in schemas)
    assert "replication_key_value" in run.state["bookmarks"]["orders"]


def test_a_property_that_is_left_out_still_moves_the_bookmark(sandbox, config, tmp_path):
    config["stream_maps"] = {"orders": {"created_at": "__NULL__", "__key_properties__": ["email"]}}
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["orders"])
    assert run.code == 0, run.log
    assert all("created_at" not in record for record in run.records["orders"])
    (schema,) = (each for each in run.messages if each["type"] == "SCHEMA")
    assert schema["key_properties"] == ["email"]
    newest = sandbox.get("wolfeo/orders")[-1]["created_at"]
    assert run.state["bookmarks"]["orders"]["replication_key_value"] == newest


@pytest.mark.parametrize(
    ("stream_map", "what"),
    [
        ({"orders": {"id": None}}, "Removing key property 'id' is not permitted"),
        ({"orders": {"email": "sha256(email"}}, "Failed to parse expression sha256"),
        ({"orders": {"email": "sha256(mail)"}}, "mail"),
    ],
    ids=["key", "syntax", "name"],
)
def test_a_map_that_does_not_fit_is_named(sandbox, config, tmp_path, stream_map, what):
    config["stream_maps"] = stream_map
    run = run_in_process("tap-wolfeo", tmp_path, config, streams=["orders"])
    assert run.code != 0
    line = run.errors[-1]
    assert line.startswith("setting `stream_maps`")
    assert what in line
    assert "Traceback" not in run.log
