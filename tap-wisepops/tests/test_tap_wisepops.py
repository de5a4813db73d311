"""The tap as a process, against the sandbox over HTTP."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pipeline import discover, start_tap, wait_until
from tap_wisepops.tap import TapWisepops
from vendors import VENDORS

# Each stream: where the sandbox keeps the same rows, and the names that tell rows apart.
STREAMS = VENDORS["wisepops"].every_stream
EVERYTHING = [*STREAMS, "wisepop_stats"]
INSTANT = "2026-02-03T04:05:06.789Z"
LATER = "2026-02-03T04:05:09.000Z"


def paths(sandbox):
    return [entry["path"].removeprefix("/api2/") for entry in sandbox.requests_to("wisepops")]


def as_sent(record, row):
    """The record without the tap's own key, and with nulls where the vendor leaves a name out."""
    return dict.fromkeys(row) | {name: record[name] for name in record if name != "contact_key"}


def assert_complete(sandbox, run, stream):
    view, _ = STREAMS[stream]
    rows, records = sandbox.get(f"wisepops/{view}"), run.records[stream]
    assert run.code == 0
    assert [as_sent(record, rows[0]) for record in records] == rows


def key_of(row):
    values = [row[name] for name in ("collected_at", "wisepop_id", "form_session", "fields")]
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def bookmark(moment):
    value = {"replication_key": "collected_at", "replication_key_value": moment}
    return {"bookmarks": {"contacts": value}}


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_arrives_once_in_order_and_as_the_vendor_holds_it(sandbox, read, stream):
    assert_complete(sandbox, read(stream), stream)


def test_a_read_and_a_quiet_one_after_it_cost_the_fewest_requests(sandbox, read):
    first = read(*EVERYTHING)
    assert paths(sandbox) == ["hooks", "wisepops", "contacts", "contacts", "contacts"]
    for entry in sandbox.requests_to("wisepops")[2:]:
        assert entry["query"].keys() - {"collected_after"} == {"page_size"}
        assert entry["query"]["page_size"] == "1000"
    newest = sandbox.get("wisepops/collected_contacts")[-1]["collected_at"]
    assert first.state["bookmarks"]["contacts"] == bookmark(newest)["bookmarks"]["contacts"]
    second = read(*EVERYTHING, state=first.state)
    assert paths(sandbox) == ["hooks", "wisepops", "contacts"]
    assert second.state == first.state


def test_opt_in_streams_are_not_asked_for(sandbox, read):
    run = read()
    assert set(run.records) == {"contacts", "wisepops"}
    assert "hooks" not in paths(sandbox)


@pytest.mark.parametrize("streams", [["wisepop_stats"], ["wisepop_stats", "wisepops"]])
def test_daily_counters_share_the_request_of_the_pop_ups(sandbox, read, streams):
    days = {f"{datetime.now(UTC).date()}"}
    run = read(*streams)
    days.add(f"{datetime.now(UTC).date()}")
    names = ("id", "display_count", "click_count", "email_count")
    found = [{name: row[name] for name in names} for row in run.records["wisepop_stats"]]
    rows = sandbox.get("wisepops/wisepops")
    assert found == [{name: row[name] for name in names} for row in rows]
    assert {row["date"] for row in run.records["wisepop_stats"]} <= days
    assert paths(sandbox) == ["wisepops"]


def test_the_key_is_the_hash_of_what_a_contact_is_and_unique(sandbox, read):
    rows, records = sandbox.get("wisepops/collected_contacts"), read("contacts").records["contacts"]
    assert [record["contact_key"] for record in records] == [key_of(row) for row in rows]
    assert len({record["contact_key"] for record in records}) == len(rows)
    # Nothing less would do: there are two blocks of one form in one millisecond.
    names = ("collected_at", "wisepop_id", "form_session")
    assert len({tuple(row[name] for name in names) for row in rows}) < len(rows)


def test_the_key_outlives_an_address_made_anonymous(sandbox, read):
    (row,) = sandbox.post(
        "wisepops/contacts", {"collected_at": INSTANT, "ip": "192.0.2.1", "country_code": "FR"}
    )
    before = read("contacts")
    changed = {"ip": "", "country_code": None}
    sandbox.patch(f"wisepops/contacts/{row['number']}", changed)
    after = read("contacts", state=before.state).records["contacts"]
    assert after[-1] == before.records["contacts"][-1] | changed


def test_the_key_is_made_of_values_as_sent():
    config = {"api_key": "a-key", "api_url": "http://127.0.0.1"}
    contacts = TapWisepops(config=config).streams["contacts"]
    fields = {"b": Decimal("1.50"), "a": "é"}
    record = contacts.post_process({"collected_at": INSTANT, "wisepop_id": 7, "fields": fields})
    text = f'["{INSTANT}",7,null,{{"a":"é","b":1.50}}]'
    assert record["contact_key"] == hashlib.sha256(text.encode()).hexdigest()
    empty = contacts.post_process({"collected_at": INSTANT, "wisepop_id": 7, "fields": []})
    text = f'["{INSTANT}",7,null,[]]'
    assert empty["contact_key"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("collected_after", ["exclusive", "inclusive"])
@pytest.mark.parametrize("filter_precision", ["milliseconds", "seconds"])
def test_a_page_that_ends_in_mid_instant_loses_and_repeats_nothing(
    sandbox, read, collected_after, filter_precision
):
    options = {"collected_after": collected_after, "filter_precision": filter_precision}
    sandbox.post("options", {"wisepops": options})
    sandbox.post("wisepops/contacts", [{"collected_at": INSTANT}] * 900)
    run = read("contacts")
    assert_complete(sandbox, run, "contacts")
    assert len(paths(sandbox)) == 4
    again = read("contacts", state=run.state, lookback_days=0)
    assert again.records["contacts"] == run.records["contacts"][-900:]
    assert len(paths(sandbox)) == 1


def test_contacts_without_form_sessions_arrive_too(sandbox, read):
    sandbox.post("options", {"wisepops": {"form_session": "absent"}})
    records = read("contacts").records["contacts"]
    rows = sandbox.get("wisepops/collected_contacts")
    expected = [row | {"form_session": None} for row in rows]
    assert [as_sent(record, rows[0]) for record in records] == expected
    assert [record["contact_key"] for record in records] == [key_of(row) for row in expected]


@pytest.mark.parametrize(
    ("page", "collected_after", "read_of_1500", "needed"),
    [
        ("honoured", "exclusive", 1500, 3),
        ("honoured", "inclusive", 1500, 3),
        # Page 1 again, then the start pushed to the instant and, where that counts, behind it.
        ("ignored", "exclusive", 1000, 4),
        ("ignored", "inclusive", 1000, 6),
    ],
)
def test_more_contacts_of_one_millisecond_than_a_page_holds(
    sandbox, read, page, collected_after, read_of_1500, needed
):
    sandbox.post("options", {"wisepops": {"page": page, "collected_after": collected_after}})
    sandbox.post("wisepops/contacts", [{"collected_at": INSTANT}] * 1500)
    sandbox.post("wisepops/contacts", [{"collected_at": LATER}] * 3)
    run = read("contacts", state=bookmark("2026-02-03T00:00:00.000Z"), lookback_days=0)
    rows = [
        row for row in sandbox.get("wisepops/collected_contacts") if row["collected_at"] > "2026-02"
    ]
    expected = [key_of(row) for row in rows[:read_of_1500] + rows[1500:]]
    assert [record["contact_key"] for record in run.records["contacts"]] == expected
    assert run.code == 0
    assert run.state["bookmarks"] == bookmark(LATER)["bookmarks"]
    warned = f"more rows of the instant {INSTANT} than fit a page" in run.log
    assert warned == (page == "ignored")
    assert len(paths(sandbox)) == needed


def test_the_lookback_brings_contacts_that_arrive_late(sandbox, read):
    first = read("contacts")
    newest = first.records["contacts"][-1]["collected_at"]
    late = sandbox.post("wisepops/contacts", {"collected_at": f"{newest[:10]}T00:00:00.001Z"})
    keys = {
        record["contact_key"] for record in read("contacts", state=first.state).records["contacts"]
    }
    assert key_of(late[0]) in keys


def test_what_a_visitor_filled_in_is_one_object_whatever_its_labels(sandbox, read):
    fields = {"first.name": "a", "First Name": 1, "first name": [], "": True, "é\n": {"x": 1.25}}
    sandbox.post("wisepops/contacts", {"collected_at": INSTANT, "fields": fields})
    assert read("contacts").records["contacts"][-1]["fields"] == fields
    (schema,) = [
        entry["schema"]
        for entry in discover("tap-wisepops")["streams"]
        if entry["stream"] == "contacts"
    ]
    assert "properties" not in schema["properties"]["fields"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "shape", "value": {"data": []}},
        {"kind": "shape", "value": {"message": "Expired"}},
        {"kind": "shape", "value": [{"message": "Expired"}]},
        {"kind": "shape", "value": {"id": 1, "collected_at": INSTANT}},
        {"kind": "shape", "value": None},
    ],
)
def test_a_body_that_is_no_list_of_records_is_no_empty_list(sandbox, read, fault):
    # The first page of contacts passes.
    for stream, after in {"contacts": 1, "wisepops": 0, "hooks": 0}.items():
        where = {"path": f"/{stream}", "member": "", "after": after, "times": None}
        sandbox.post("faults", where | fault)
    run = read(*STREAMS)
    assert run.code != 0
    assert len(run.errors) >= len(STREAMS)
    assert {stream: len(rows) for stream, rows in run.records.items()} == {"contacts": 1000}
    newest = run.records["contacts"][-1]["collected_at"]
    assert run.state["bookmarks"]["contacts"] == bookmark(newest)["bookmarks"]["contacts"]


def test_the_key_goes_in_the_one_header_that_is_documented(sandbox, read):
    read("wisepops")
    (entry,) = sandbox.requests_to("wisepops")
    assert (entry["credential"], entry["secrets_in_query"]) == ("api_key", [])


def test_a_refused_key_costs_one_request(sandbox, read):
    run = read(*EVERYTHING, api_key="mistyped")
    assert run.code != 0
    assert len(paths(sandbox)) == 1
    assert "check `api_key`" in run.log
    assert "mistyped" not in run.log


def test_a_spent_quota_ends_the_run_after_three_tries_and_keeps_what_was_read(sandbox, read):
    limit = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    sandbox.post("faults", limit | {"path": "/contacts", "after": 2, "times": None})
    run = read("contacts")
    assert run.code != 0
    assert len(paths(sandbox)) == 2 + 3
    assert "1,500 requests in 30 days" in run.log
    sandbox.delete("faults")
    rest = read("contacts", state=run.state, lookback_days=0)
    together = run.records["contacts"] + rest.records["contacts"]
    assert {record["contact_key"] for record in together} == {
        key_of(row) for row in sandbox.get("wisepops/collected_contacts")
    }


def test_a_limit_without_a_word_how_long_is_waited_out_for_minutes(sandbox, config, tmp_path):
    sandbox.post("faults", {"kind": "status", "status": 429, "path": "/wisepops"})
    started = start_tap("tap-wisepops", tmp_path, config, streams=["wisepops"])
    wait_until(lambda: "again in 300 s" in (tmp_path / "log").read_text())
    started.process.terminate()
    assert started.finish().code != 0
    assert len(paths(sandbox)) == 1


def test_a_capped_run_goes_on_where_it_ended(sandbox, read):
    first = read("contacts", max_requests=1)
    assert first.code == 0
    assert len(first.records["contacts"]) == 1000
    second = read("contacts", state=first.state, lookback_days=0)
    assert len(paths(sandbox)) == 2
    together = first.records["contacts"] + second.records["contacts"]
    assert {record["contact_key"] for record in together} == {
        key_of(row) for row in sandbox.get("wisepops/collected_contacts")
    }
