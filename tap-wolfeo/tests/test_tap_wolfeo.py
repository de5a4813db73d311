"""The tap as a process, against the sandbox over HTTP."""

from __future__ import annotations

import math

import pytest
from vendors import VENDORS, with_payments_as_text, with_unmapped

ROWS = ("wolfeo.contacts=700",)

# Each stream: where the sandbox keeps the same rows, and the key.
STREAMS = {name: at for name, at in VENDORS["wolfeo"].every_stream.items() if all(at)}


def expected(sandbox, table):
    return with_payments_as_text(sandbox.get(f"wolfeo/{table}"))


def by_key(rows, key):
    return {tuple(row[name] for name in key): row for row in rows}


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_arrives_once_and_as_the_vendor_holds_it(sandbox, read, stream):
    run = read(stream)
    table, key = STREAMS[stream]
    records = [with_unmapped(record) for record in run.records.get(stream, [])]
    assert run.code == 0
    assert by_key(records, key) == by_key(expected(sandbox, table), key)
    assert len(records) == len(expected(sandbox, table)) > 0


@pytest.mark.parametrize("spelling", ["old", "new"])
def test_old_and_new_spellings_come_out_as_one(sandbox, read, spelling):
    sandbox.options("wolfeo", spelling=spelling)
    streams = ["contacts", "contact_details", "funnels", "sequences", "webhooks"]
    run = read(*streams)
    for stream in streams:
        table, key = STREAMS[stream]
        records = [with_unmapped(record) for record in run.records[stream]]
        assert by_key(records, key) == by_key(expected(sandbox, table), key)


def test_all_counts_of_contacts_come(sandbox, read):
    run = read("contact_counts")
    counts = {record["period"]: record["count"] for record in run.records["contact_counts"]}
    assert counts["all"] == 700
    assert set(counts) == {"all", "today", "yesterday", "last7days", "last30days"}


def test_a_read_costs_one_request_a_page(sandbox, read):
    run = read()
    assert run.code == 0
    spent = {}
    for entry in sandbox.requests_to("wolfeo"):
        path = entry["path"].rsplit("/", 1)[1]
        spent[path] = spent.get(path, 0) + 1
    sizes = {table: len(sandbox.get(f"wolfeo/{table}")) for table in ("orders", "transactions")}
    members = {}
    for row in sandbox.get("wolfeo/tag_contacts"):
        members[row["tag_id"]] = members.get(row["tag_id"], 0) + 1
    tags = [row["id"] for row in sandbox.get("wolfeo/tags")]
    assert spent["contacts"] == 7
    assert spent["contact-count"] == 5
    assert spent["tags"] == 1  # the stream and its children share one reading
    assert spent["tags-contacts"] == sum(
        max(1, math.ceil(members.get(tag, 0) / 100)) for tag in tags
    )
    assert spent["orders"] == math.ceil(sizes["orders"] / 100)
    assert spent["transactions"] == math.ceil(sizes["transactions"] / 100)
    assert spent["custom-fields"] == 1


def test_opt_in_streams_are_not_asked_for(sandbox, read):
    run = read()
    assert not {"contact_details", "contact_stats", "webhooks"} & set(run.records)
    paths = {entry["path"] for entry in sandbox.requests_to("wolfeo")}
    assert not {"/v1/contact", "/v1/contact-stats", "/v1/webhooks"} & paths


@pytest.mark.parametrize("stream", ["orders", "transactions", "contacts"])
def test_an_incremental_run_reads_the_lookback_and_what_is_new(sandbox, read, stream):
    first = read(stream, method="INCREMENTAL")
    rows = sandbox.get(f"wolfeo/{stream}")
    newest = max(row["created_at"] for row in rows)
    bookmark = first.state["bookmarks"][stream]
    assert bookmark == {"replication_key": "created_at", "replication_key_value": newest}

    (new,) = sandbox.post(f"wolfeo/{stream}", {"created_at": "2026-01-05T00:00:00.000000Z"})
    second = read(stream, method="INCREMENTAL", state=first.state, lookback_days=3)
    keys = [record["id"] for record in second.records[stream]]
    assert new["id"] in keys
    assert len(keys) == len(set(keys)) < 100
    assert len(sandbox.requests_to("wolfeo")) == 1
    moved = second.state["bookmarks"][stream]["replication_key_value"]
    assert moved == "2026-01-05T00:00:00.000000Z"


def test_contacts_are_read_in_full_unless_the_catalog_says_otherwise(sandbox, read):
    first = read("contacts")
    again = read("contacts", state=first.state)
    assert first.state["bookmarks"] == {"contacts": {}}
    assert len(again.records["contacts"]) == 700


def test_the_start_date_bounds_the_first_run_and_the_lookback(sandbox, read):
    start = {"start_date": "2025-07-01T00:00:00Z"}
    first = read("orders", **start)
    wanted = {row["id"] for row in sandbox.get("wolfeo/orders") if row["created_at"] >= "2025-07"}
    found = {record["id"] for record in first.records["orders"]}
    assert wanted <= found
    # A day more, because the vendor's time zone is not documented.
    assert min(record["created_at"] for record in first.records["orders"]) >= "2025-06-30"
    second = read("orders", state=first.state, lookback_days=900, **start)
    assert {record["id"] for record in second.records["orders"]} == found


@pytest.mark.parametrize("range_end", ["inclusive", "exclusive"])
@pytest.mark.parametrize("zone", [-11, 0, 13])
def test_no_row_hides_behind_the_vendors_time_zone(sandbox, read, range_end, zone):
    sandbox.options("wolfeo", range_end=range_end, day_zone_hours=zone)
    state = {
        "bookmarks": {
            "orders": {
                "replication_key": "created_at",
                "replication_key_value": "2025-06-01T00:30:00.000000Z",
            }
        }
    }
    run = read("orders", state=state, lookback_days=0)
    wanted = {
        row["id"]
        for row in sandbox.get("wolfeo/orders")
        if row["created_at"] >= "2025-06-01T00:30:00.000000Z"
    }
    assert wanted <= {record["id"] for record in run.records["orders"]}


def test_ties_in_another_order_at_each_request_lose_nothing(sandbox, read):
    sandbox.options("wolfeo", tie_order="unstable")
    run = read("contacts")
    found = {record["id"] for record in run.records.get("contacts", [])}
    everything = {row["id"] for row in sandbox.get("wolfeo/listed_contacts")}
    # Either all came, or the run says that they did not; never a silent gap.
    assert found == everything if run.code == 0 else "keep moving" in run.log


def test_rows_that_come_and_go_while_the_tap_reads(sandbox, read):
    rows = sandbox.get("wolfeo/listed_contacts")
    gone, changed = [row["id"] for row in rows[-1:-200:-20]], [row["id"] for row in rows[:200:20]]
    plans = [
        {
            "at": request,
            "vendor": "wolfeo",
            "path": "/contacts",
            "operations": [
                {"operation": "delete", "vendor": "wolfeo", "table": "contacts", "id": deleted},
                {
                    "operation": "patch",
                    "vendor": "wolfeo",
                    "table": "contacts",
                    "id": patched,
                    "row": {"last_name": "Changed"},
                },
                *[{"operation": "insert", "vendor": "wolfeo", "table": "contacts", "row": {}}]
                * (request % 2),
            ],
        }
        for request, deleted, patched in zip(range(2, 9), gone, changed, strict=False)
    ]
    sandbox.post("plans", plans)
    run = read("contacts")
    found = {record["id"] for record in run.records["contacts"]}
    assert run.code == 0
    assert sandbox.get("plans") == {"pending": [], "problems": []}
    assert {row["id"] for row in rows} & {
        row["id"] for row in sandbox.get("wolfeo/contacts")
    } <= found


def test_a_tag_deleted_meanwhile_is_skipped_with_a_warning(sandbox, read):
    sandbox.post(
        "plans",
        {
            "at": 2,
            "vendor": "wolfeo",
            "operations": [{"operation": "delete", "vendor": "wolfeo", "table": "tags", "id": 2}],
        },
    )
    run = read("tags", "tag_contacts")
    assert run.code == 0
    assert "tag_id 2 was deleted meanwhile" in run.log
    left = {(row["tag_id"], row["id"]) for row in sandbox.get("wolfeo/tag_contacts")}
    assert left <= {(row["tag_id"], row["id"]) for row in run.records["tag_contacts"]}
