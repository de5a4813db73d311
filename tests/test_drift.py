"""A vendor that changes its rows unannounced: all of them arrive, and no column changes for it."""

from __future__ import annotations

import re

import pytest
from in_process import run_in_process
from jsonschema import Draft202012Validator
from pipeline import discover
from vendors import VENDORS

# Where the rows of each tap's main stream are found.
MAIN = {
    "prospector": ("opens", "/v1/get-emails-opened", ""),
    "whatconverts": ("leads", "/leads", "leads"),
    "wisedata": ("contacts", "/contacts", "data"),
    "wisepops": ("contacts", "/contacts", ""),
    "wolfeo": ("orders", "/orders", "data"),
}

# Made by a tap of what the vendor sends.
MADE = {"custom_fields"}

# What each type becomes. A number for a text is the one that a column takes: as text.
DRIFTS = {
    "integer": ["many", 5.5, 2**63, {"a": 1}, [1], True, None],
    "number": ["many", {"a": 1}, [1], True, 2**53 + 1, None],
    "boolean": ["yes", 1, {"a": 1}, [1], None],
    "string": [5, {"a": 1}, ["x"], True, 7.25, 2**70, None],
    "date-time": ["soon", "0000-00-00 00:00:00", {"a": 1}, True, "2024-02-30T00:00:00Z", None],
    "object": ["x", 5, [1], True, None],
    "array": ["x", {"a": 1}, 5, True, None],
}
NEW = {"colour": "red", "shade": {"deep": [1]}, 'Größe "x"/\n;--': 5, "_unmapped": "x", "_sdc_x": 1}

ROWS = ("whatconverts.leads=60", "wisepops.contacts=60", "wisedata.contacts=60", "opens=60")


def drifting(entry):
    """The properties of a stream that drift: not its keys, nor what it is read along."""
    fixed = {*entry["key_properties"], entry.get("replication_key"), "_unmapped", *MADE}
    for name, schema in entry["schema"]["properties"].items():
        types = [each for each in schema["type"] if each != "null"]
        if name not in fixed and len(types) == 1:
            yield name, schema.get("format", types[0])


def variants(entry):
    """Rows as they come after the drift; each kind of it, on each property."""
    kinds = dict(drifting(entry))
    for number in range(max(map(len, DRIFTS.values()))):
        values = {name: DRIFTS[kind][number % len(DRIFTS[kind])] for name, kind in kinds.items()}
        # One whose name differs from a column's by case only.
        twin = next(iter(kinds)).swapcase()
        yield {**values, **NEW, twin: "twin", "variant": number}


def fault(name, value, **more):
    _, path, member = MAIN[name]
    return {"kind": "drift", "vendor": name, "path": path, "member": member, "value": value, **more}


@pytest.mark.parametrize("name", VENDORS)
def test_each_value_arrives_in_its_column_or_beside_it_and_the_run_says_so(
    sandbox, tmp_path, figures, name
):
    vendor, (stream, *_) = VENDORS[name], MAIN[name]
    (entry,) = [each for each in discover(vendor.tap)["streams"] if each["tap_stream_id"] == stream]
    sent = [*variants(entry)]
    sandbox.post("faults", fault(name, sent, times=None))
    run = run_in_process(vendor.tap, tmp_path, vendor.config(sandbox))
    assert (run.code, run.errors) == (0, [])
    records = run.records[stream]
    assert len(records) >= len(vendor.expected(sandbox, stream)) > len(sent)

    validator = Draft202012Validator(entry["schema"])
    moved = set()
    for record in records:
        assert [error.message for error in validator.iter_errors(record)] == []
        beside = record["_unmapped"]
        drifted = sent[beside["variant"]]
        assert beside.items() >= {name: drifted[name] for name in NEW}.items()
        for column, _ in drifting(entry):
            value = drifted[column]
            if column in beside:
                assert (record[column], beside[column]) == (None, value)
                moved.add(column)
            elif value is not None:
                assert str(record[column]) == str(value), column
    assert {record["_unmapped"]["variant"] for record in records} == {*range(len(sent))}
    told = re.findall(rf"{stream}: the vendor sends (.+) in another type than", run.log)
    assert sorted(", ".join(told).split(", ")) == sorted(moved)
    assert moved == {column for column, _ in drifting(entry)}
    told = f"{len(moved)} columns, each with values of all other types; named once, kept beside"
    figures.add("values of another type", vendor.tap, len(records), 0, told)


# The key of a contact of Wisepops is made, of values of any type.
@pytest.mark.parametrize("name", [name for name in VENDORS if name != "wisepops"])
def test_a_key_that_changes_its_type_is_named_and_replaces_no_row(sandbox, tmp_path, name):
    vendor, (stream, *_) = VENDORS[name], MAIN[name]
    sandbox.post("faults", fault(name, [{vendor.streams[stream][1][-1]: {"a": 1}}]))
    run = run_in_process(vendor.tap, tmp_path, vendor.config(sandbox))
    assert run.code == 1
    held = {vendor.key(stream, row) for row in vendor.expected(sandbox, stream)}
    assert {vendor.key(stream, record) for record in run.records.get(stream, [])} < held
    assert any(f"{stream}: " in line and "no value of the key" in line for line in run.errors)
    assert "Traceback" not in run.log


@pytest.mark.parametrize(
    ("name", "along"),
    [
        ("prospector", "visitedAt"),
        ("whatconverts", "date_created"),
        ("wisepops", "collected_at"),
        ("wolfeo", "created_at"),
    ],
)
def test_dates_that_a_stream_is_read_along_may_be_unreadable_here_and_there(
    sandbox, tmp_path, name, along
):
    vendor, (stream, *_) = VENDORS[name], MAIN[name]
    unreadable = [{along: value} for value in ("soon", {"a": 1}, 5.5, "0001-01-01T00:00:00+14:00")]
    sandbox.post("faults", fault(name, [{}, {}, *unreadable, {}]))
    run = run_in_process(vendor.tap, tmp_path, vendor.config(sandbox))
    assert (run.code, run.errors) == (0, [])
    assert len(run.records[stream]) >= len(vendor.expected(sandbox, stream))


@pytest.mark.parametrize("name", ["wolfeo", "whatconverts"])
def test_the_warehouse_stays_usable_and_is_whole_again_afterwards(
    sandbox, make_meltano, tmp_path, name
):
    vendor, (stream, *_) = VENDORS[name], MAIN[name]
    job, table = f"{name}-to-warehouse", f"{name}.{stream}"
    # All rows lie in the lookback.
    prefix = f"TAP_{name.upper()}"
    days = {f"{prefix}_LOOKBACK_DAYS": "3650", f"{prefix}_START_DATE": "2024-01-01T00:00:00Z"}
    meltano = make_meltano(sandbox, **days)
    (entry,) = [each for each in discover(vendor.tap)["streams"] if each["tap_stream_id"] == stream]
    sent = [*variants(entry)]

    assert meltano.run(job) == 0, meltano.log
    columns = meltano.query(f"DESCRIBE {table}")
    count = meltano.query(f"SELECT count(*) FROM {table}")

    sandbox.post("faults", fault(name, sent, times=None))
    assert meltano.run(job) == 0, meltano.log
    assert any("in another type than the schema says" in str(each["event"]) for each in meltano.log)
    assert meltano.query(f"DESCRIBE {table}") == columns
    assert meltano.query(f"SELECT count(*) FROM {table}") == count
    found = meltano.query(f"SELECT DISTINCT CAST(_unmapped->>'variant' AS INTEGER) FROM {table}")
    assert sorted(found) == [(number,) for number in range(len(sent))]

    sandbox.delete("faults")
    assert meltano.run(job) == 0, meltano.log
    assert meltano.differences_from(vendor, sandbox, tmp_path) == []
