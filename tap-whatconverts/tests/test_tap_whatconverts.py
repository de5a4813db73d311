"""The tap as a process, against the sandbox over HTTP."""

from __future__ import annotations

import hashlib
import math
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pipeline import Sandbox, discover, run_tap
from tap_shared.errors import SettingsError
from tap_whatconverts.storage import storage_at

# Each stream: its key, and where the sandbox keeps the same rows for either kind of key.
OF_A_PROFILE = {
    "leads": ("lead_id", "profile_leads"),
    "tracking_numbers": ("phone_number_id", "profile_tracking_numbers"),
    "tracking_forms": ("form_id", "profile_tracking_forms"),
}
OF_AN_AGENCY = {
    "leads": ("lead_id", "agency_leads"),
    "tracking_numbers": ("phone_number_id", "tracking_numbers"),
    "tracking_forms": ("form_id", "tracking_forms"),
    "accounts": ("account_id", "listed_accounts"),
    "profiles": ("profile_id", "profiles"),
    "users": ("user_id", "listed_users"),
    "roles": ("role_id", "listed_roles"),
}
AGENCY = {
    "api_token": "sandbox-whatconverts-agency-token",
    "api_secret": "sandbox-whatconverts-agency-secret",
}
NOW = datetime.now(UTC)
YESTERDAY = f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def shared_sandbox():
    with Sandbox("--unlimited") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    shared_sandbox.post("reset")
    return shared_sandbox


@pytest.fixture
def read(sandbox, tmp_path):
    config = {
        "api_token": "sandbox-whatconverts-token",
        "api_secret": "sandbox-whatconverts-secret",
        "api_url": f"{sandbox.url}/whatconverts/api/v1",
        "requests_per_minute": 1_000_000,
        "start_date": "2024-01-01T00:00:00Z",
    }

    def read(*streams, state=None, **settings):
        sandbox.delete("requests")
        config_now = {**config, **settings}
        return run_tap("tap-whatconverts", tmp_path, config_now, streams=streams, state=state)

    return read


def paths(sandbox):
    requests = sandbox.requests_to("whatconverts")
    return Counter(entry["path"].removeprefix("/api/v1/") for entry in requests)


def spans(start="2024-01-01T00:00:00+00:00"):
    """How many spans of 399 days, each sharing a second with the next, there are until now."""
    return math.ceil((NOW - datetime.fromisoformat(start)) / timedelta(days=399, seconds=-1))


def sorted_by(key, rows):
    return sorted(rows, key=lambda row: row[key])


def assert_complete(sandbox, run, stream, key, view):
    rows = sorted_by(key, sandbox.get(f"whatconverts/{view}"))
    records = sorted_by(key, run.records[stream])
    assert [dict.fromkeys(rows[0]) | record for record in records] == rows


def once(records):
    return list({record["lead_id"]: record for record in records}.values())


@pytest.mark.parametrize(
    ("settings", "streams"), [({}, OF_A_PROFILE), (AGENCY, OF_AN_AGENCY)], ids=["profile", "agency"]
)
def test_every_row_arrives_once_as_the_vendor_holds_it(sandbox, read, settings, streams):
    run = read(*streams, **settings)
    assert run.code == 0
    schemas = {each["stream"]: each["schema"] for each in run.messages if each["type"] == "SCHEMA"}
    for stream, (key, view) in streams.items():
        assert_complete(sandbox, run, stream, key, view)
        for record in run.records[stream]:
            Draft202012Validator(schemas[stream]).validate(record)
            assert "_unmapped" not in record


def test_a_read_and_a_quiet_one_after_it_cost_the_fewest_requests(sandbox, read):
    # With a lead of yesterday, so that the second read does not depend on today's date.
    sandbox.post("whatconverts/leads", {"date_created": YESTERDAY, "profile_id": 70_001})
    first = read()
    assert set(first.records) == set(OF_A_PROFILE)
    assert paths(sandbox) == {"leads": spans(), "tracking/numbers": 2, "tracking/forms": 1}
    bookmark = first.state["bookmarks"]["leads"]
    assert bookmark == {"replication_key": "date_created", "replication_key_value": YESTERDAY}
    second = read(state=first.state)
    assert paths(sandbox) == {"leads": 1, "tracking/numbers": 2, "tracking/forms": 1}
    assert len(second.records["leads"]) == 1
    assert second.state == first.state


def test_the_agency_s_lists_take_one_pass_a_kind_and_profiles_none(sandbox, read):
    read(*OF_AN_AGENCY.keys() - OF_A_PROFILE.keys(), **AGENCY)
    assert paths(sandbox) == {"accounts": 1, "users": 2, "roles": 2}
    read("profiles", **AGENCY)
    assert paths(sandbox) == {"accounts": 1}


def test_without_a_start_date_each_empty_span_costs_one_request_once(sandbox, read):
    run = read("leads", start_date=None)
    assert paths(sandbox) == {"leads": spans("2010-01-01T00:00:00+00:00")}
    assert_complete(sandbox, run, "leads", *OF_A_PROFILE["leads"])


@pytest.mark.parametrize(
    ("options", "largest"),
    [
        ({"leads_per_page_highest": 250}, 250),
        ({"leads_per_page_highest": 250, "page_size_excess": "refuse"}, 250),
        ({"leads_per_page_highest": 2000, "reported_size": "requested"}, 2000),
        ({"page_beyond_last": "refuse"}, 2500),
        ({"range_start": "exclusive", "range_end": "exclusive"}, 2500),
        ({"range_start": "exclusive", "leads_per_page_highest": 250}, 250),
        ({"range_precision": "days"}, 2500),
        ({"range_precision": "days", "leads_per_page_highest": 250}, 250),
        ({"long_range": "cut", "end_day": "midnight", "default_start": "today"}, 2500),
        ({"tie_order": "unstable"}, 2500),
        ({"date_forms": "documented", "money": "text"}, 2500),
    ],
)
def test_no_lead_is_lost_whatever_the_documents_leave_open(sandbox, read, options, largest):
    sandbox.post("options", {"whatconverts": options})
    run = read("leads")
    assert run.code == 0
    run.records["leads"] = once(run.records["leads"])
    assert_complete(sandbox, run, "leads", *OF_A_PROFILE["leads"])
    if "range_precision" not in options:
        # Each page steps back by a second, so a full page may bring a few leads less.
        refused = options.get("page_size_excess") == "refuse"
        most = spans() + 1.1 * len(run.records["leads"]) / largest + refused + 1
        assert paths(sandbox)["leads"] <= most


def test_leads_of_one_second_that_overflow_a_page_all_arrive(sandbox, read):
    sandbox.post("whatconverts/leads", [{"date_created": YESTERDAY, "profile_id": 70_001}] * 2600)
    run = read("leads", start_date=YESTERDAY)
    assert len(run.records["leads"]) == 2600
    assert_complete_since(sandbox, run, YESTERDAY)


def assert_complete_since(sandbox, run, start):
    rows = sandbox.get("whatconverts/profile_leads")
    expected = {row["lead_id"] for row in rows if row["date_created"] >= start}
    assert {record["lead_id"] for record in run.records["leads"]} == expected


def test_leads_that_come_and_go_in_mid_read_move_no_other(sandbox, read):
    sandbox.post("options", {"whatconverts": {"leads_per_page_highest": 250}})
    leads = sandbox.get("whatconverts/profile_leads")
    gone = [
        {"operation": "delete", "vendor": "whatconverts", "table": "leads", "id": row["lead_id"]}
        for row in leads[:40]
    ]
    late = {"operation": "insert", "vendor": "whatconverts", "table": "leads"}
    late["row"] = {"date_created": "2024-01-01T00:00:00Z", "profile_id": 70_001}
    sandbox.post("plans", {"at": 3, "path": "/leads", "operations": [*gone, *[late] * 5]})
    run = read("leads")
    assert not sandbox.get("plans")["problems"]
    arrived = Counter(record["lead_id"] for record in run.records["leads"])
    assert arrived == Counter(row["lead_id"] for row in leads)


def test_dates_are_in_utc_before_they_are_compared(sandbox, read):
    sandbox.post("whatconverts/leads", {"date_created": YESTERDAY, "profile_id": 70_001})
    run = read("leads")
    assert all(record["date_created"].endswith("Z") for record in run.records["leads"])
    created = [record["date_created"] for record in run.records["leads"]]
    assert created == sorted(created)


def sent(sandbox, **fields):
    """Let the next answer hold one lead with these fields."""
    lead = {"lead_id": 7, "date_created": "2024-05-06T07:08:09Z", **fields}
    sandbox.post("faults", {"kind": "shape", "path": "/leads", "member": "leads", "value": [lead]})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"quote_value": "1,234.50"}, {"quote_value": 1234.5}),
        ({"sales_value": "", "last_updated": "", "spam": ""}, {"sales_value": None, "spam": None}),
        ({"notes": ""}, {"notes": ""}),
        ({"lead_analysis": [], "custom_fields": []}, {"lead_analysis": {}, "custom_fields": {}}),
        ({"mapped_fields": {"a.b": 1}}, {"mapped_fields": {"a.b": 1}}),
        ({"salesforce_user_id": 15}, {"salesforce_user_id": "15"}),
        ({"facebook_visitor_id": "a"}, {"facebook_visitor_id": "a"}),
        ({"facebook_click_id": "b"}, {"facebook_click_id": "b"}),
        ({"city": "Paris", "caller_city": "Lyon"}, {"city": "Paris", "caller_city": "Lyon"}),
        ({"new_name": 1}, {"_unmapped": {"new_name": 1}}),
        ({"additional_fields": {"a b": "", "": []}}, {"additional_fields": {"a b": "", "": []}}),
        ({"additional_fields": []}, {"additional_fields": {}}),
        ({"additional_fields": ["x", "y"]}, {"additional_fields": ["x", "y"]}),
    ],
)
def test_what_is_sent_in_many_ways_arrives_in_one(sandbox, read, fields, expected):
    sent(sandbox, **fields)
    record = read("leads").records["leads"][0]
    assert expected.items() <= record.items()


@pytest.mark.parametrize(
    ("names", "expected"), [("ab", {"a": "1", "b": "2"}), ("aa", None), ("a", {"a": "1"})]
)
def test_pairs_of_a_form_become_an_object_unless_a_name_would_be_lost(
    sandbox, read, names, expected
):
    pairs = [
        {"field_name": name, "field_value": value} for name, value in zip(names, "12", strict=False)
    ]
    sent(sandbox, additional_fields=pairs)
    record = read("leads").records["leads"][0]
    assert record["additional_fields"] == (expected or pairs)


def test_the_customer_journey_comes_when_asked_for(sandbox, read):
    assert not any("customer_journey" in record for record in read("leads").records["leads"])
    run = read("leads", customer_journey=True, **AGENCY)
    found = [
        {name: record[name] for name in ("lead_id", "customer_journey")}
        for record in run.records["leads"]
    ]
    rows = sandbox.get("whatconverts/customer_journeys")
    assert sorted_by("lead_id", found) == sorted_by("lead_id", rows)


def test_one_profile_of_an_agency_brings_its_own_fields(sandbox, read):
    run = read(*OF_A_PROFILE, profile_id=70_002, **AGENCY)
    for stream, (key, _) in OF_A_PROFILE.items():
        rows = [row for row in sandbox.get(f"whatconverts/{stream}") if row["profile_id"] == 70_002]
        found = [dict.fromkeys(rows[0]) | record for record in run.records[stream]]
        assert sorted_by(key, found) == sorted_by(key, rows)
    assert all("custom_fields" in record for record in run.records["leads"])


def test_one_account_of_an_agency_can_be_chosen(sandbox, read):
    run = read("tracking_forms", account_id=5_002, **AGENCY)
    rows = sandbox.get("whatconverts/tracking_forms")
    assert run.records["tracking_forms"] == [row for row in rows if row["account_id"] == 5_002]


def test_accounts_are_asked_for_again_from_far_back_when_none_come(sandbox, read):
    sandbox.post("options", {"whatconverts": {"default_start": "today"}})
    run = read("accounts", "profiles", "users", **AGENCY)
    assert paths(sandbox) == {"accounts": 2, "users": 4}
    for stream in ("accounts", "profiles", "users"):
        assert_complete(sandbox, run, stream, *OF_AN_AGENCY[stream])


@pytest.mark.parametrize("status", [401, 403])
def test_a_profile_s_key_leaves_out_the_agency_s_lists_alone(sandbox, read, status):
    sandbox.post("options", {"whatconverts": {"agency_only_status": status}})
    run = read(*OF_AN_AGENCY)
    assert run.code != 0
    assert set(run.records) == set(OF_A_PROFILE)
    for stream, (key, view) in OF_A_PROFILE.items():
        assert_complete(sandbox, run, stream, key, view)
    for stream in ("accounts", "users", "roles"):
        lines = [line for line in run.errors if line.startswith(f"{stream}: /{stream} answered")]
        assert lines
        assert all("an agency (master account) key" in line for line in lines)


def test_refused_credentials_end_the_run_after_one_request(sandbox, read):
    run = read(api_secret="mistyped")
    assert run.code != 0
    assert paths(sandbox).total() == 1
    assert "Authentication failed." in run.log
    assert "check `api_token` and `api_secret`" in run.log
    assert "mistyped" not in run.log


@pytest.mark.parametrize(
    ("fault", "requests", "said"),
    [
        # A 400 may also be about the size of the page.
        ({"status": 400, "body": {"error_message": "Bad."}}, 2, "HTTP 400 (Bad.)"),
        ({"status": 403, "body": {"error_message": "No."}}, 1, "HTTP 403 (No.)"),
        ({"status": 410, "body": {"error_message": "Invalid."}}, 1, "HTTP 410 (Invalid.)"),
        ({"kind": "html", "status": 404}, 1, "HTTP 404"),
        ({"status": 200, "body": {"error_message": "Odd\nthing"}}, 1, "refused (Odd thing)"),
        ({"status": 200, "body": {"total_pages": 1}}, 1, "no list of records in `leads`"),
        ({"status": 200, "body": {"leads": None}}, 1, "no list of records in `leads`"),
    ],
)
def test_a_refusal_is_not_repeated_and_touches_its_stream_alone(
    sandbox, read, fault, requests, said
):
    sandbox.post("faults", {"kind": "status", "path": "/leads", "times": None, **fault})
    run = read()
    assert run.code != 0
    assert set(run.records) == {"tracking_numbers", "tracking_forms"}
    assert paths(sandbox)["leads"] == requests
    assert any(said in line for line in run.errors)
    assert "<html" not in run.log


@pytest.mark.parametrize("status", [429, 403])
def test_a_spent_daily_quota_keeps_what_was_read_and_the_next_run_goes_on(sandbox, read, status):
    sandbox.post("options", {"whatconverts": {"leads_per_page_highest": 250}})
    limit = {"kind": "status", "status": status, "body": {"error_message": "API limit exceeded."}}
    limit |= {"headers": {"Retry-After": "1"}, "path": "/leads", "after": 4, "times": None}
    sandbox.post("faults", limit)
    run = read("leads")
    assert run.code != 0
    assert paths(sandbox)["leads"] == 4 + (5 if status == 429 else 1)
    assert "API limit exceeded." in run.log
    sandbox.delete("faults")
    rest = read("leads", state=run.state, lookback_days=0)
    together = {record["lead_id"] for each in (run, rest) for record in each.records["leads"]}
    assert together == {row["lead_id"] for row in sandbox.get("whatconverts/profile_leads")}
    assert len(run.records["leads"]) + len(rest.records["leads"]) < len(together) + 20


def test_the_lookback_brings_what_changed_after_creation(sandbox, read):
    sandbox.post("whatconverts/leads", {"date_created": YESTERDAY, "profile_id": 70_001})
    first = read("leads")
    (row,) = [row for row in sandbox.get("whatconverts/leads") if row["date_created"] == YESTERDAY]
    sandbox._ask("PATCH", f"whatconverts/leads/{row['lead_id']}", {"sales_value": 99.5})
    (record,) = read("leads", state=first.state).records["leads"]
    assert (record["lead_id"], record["sales_value"]) == (row["lead_id"], 99.5)


# Recordings


@pytest.fixture
def recorded(sandbox):
    """The leads with a recording."""
    return [row for row in sandbox.get("whatconverts/profile_leads") if row["recording"]]


def assert_saved(run, folder, leads):
    by_lead = {record["lead_id"]: record for record in run.records["recordings"]}
    assert by_lead.keys() == {row["lead_id"] for row in leads}
    assert {path.name for path in folder.iterdir()} == {f"{lead}.mp3" for lead in by_lead}
    for lead, record in by_lead.items():
        audio = (folder / f"{lead}.mp3").read_bytes()
        assert audio.startswith(b"\xff\xfb")
        assert record == {
            "lead_id": lead,
            "address": record["address"],
            "size": len(audio),
            "sha256": hashlib.sha256(audio).hexdigest(),
            "content_type": "audio/mpeg",
        }
        assert Path(record["address"].removeprefix("file://")) == folder / f"{lead}.mp3"


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_each_recording_is_saved_and_fetched_once(sandbox, read, recorded, tmp_path, scheme):
    folder = tmp_path / "audio"
    path = {"recordings_path": f"{scheme}{folder}"}
    first = read("leads", "recordings", **path)
    assert first.code == 0
    assert_saved(first, folder, recorded)
    assert paths(sandbox)["recording"] == len(recorded)
    assert all(not entry["secrets_in_query"] for entry in sandbox.requests_to("whatconverts"))
    # Of the leads of this run only, and not again what is there.
    second = read("leads", "recordings", state=first.state, **path)
    newest = {record["lead_id"] for record in second.records["leads"]}
    expected = [record for record in first.records["recordings"] if record["lead_id"] in newest]
    assert second.records["recordings"] == expected != []
    assert "recording" not in paths(sandbox)
    # Without leads, all of them: what an earlier run has missed comes this way.
    lost = folder / f"{recorded[0]['lead_id']}.mp3"
    lost.rename(lost.with_suffix(".mp3.partial"))
    third = read("recordings", state=second.state, **path)
    assert len(third.records["recordings"]) == len(recorded)
    assert paths(sandbox)["recording"] == 1
    lost.with_suffix(".mp3.partial").unlink(missing_ok=True)
    assert_saved(third, folder, recorded)


def test_recordings_that_a_budget_ended_go_on(sandbox, read, recorded, tmp_path):
    path = {"recordings_path": str(tmp_path / "audio")}
    first = read("recordings", max_requests=5, **path)
    assert first.code != 0
    (line,) = first.errors
    assert "recordings keeps what it has saved, goes on in a run that reads the same leads" in line
    saved = len(list((tmp_path / "audio").iterdir()))
    assert saved > 0
    second = read("recordings", **path)
    assert second.code == 0
    assert_saved(second, tmp_path / "audio", recorded)
    assert paths(sandbox)["recording"] == len(recorded) - saved


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_recording_that_is_gone_is_skipped(sandbox, read, recorded, tmp_path, status):
    gone = {"kind": "status", "status": status, "path": "/recording", "after": 2}
    sandbox.post("faults", gone | {"body": {"error_message": "No recording found."}})
    run = read("leads", "recordings", recordings_path=str(tmp_path / "audio"))
    assert run.code == 0
    assert len(run.records["recordings"]) == len(recorded) - 1
    assert "(No recording found.); lead " in run.log


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_all_recordings_costs_one_request(sandbox, read, tmp_path, status):
    refusal = {"kind": "status", "status": status, "path": "/recording", "times": None}
    sandbox.post("faults", refusal | {"after": 3})
    run = read("leads", "recordings", recordings_path=str(tmp_path / "audio"))
    assert run.code != 0
    assert len(run.records["recordings"]) == 3
    assert paths(sandbox)["recording"] == 4
    assert run.state["bookmarks"]["leads"]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "body": {"error_message": "Odd."}}, {"kind": "html"}]
)
def test_what_is_no_audio_is_not_saved(sandbox, read, recorded, tmp_path, fault):
    sandbox.post("faults", {"path": "/recording", "status": 200, **fault})
    run = read("leads", "recordings", recordings_path=str(tmp_path / "audio"))
    assert run.code != 0
    assert "recordings: /recording answered no audio" in run.log
    assert_saved(run, tmp_path / "audio", recorded[1:])


@pytest.mark.parametrize(
    ("path", "said"),
    [(None, "setting `recordings_path` is missing"), ("nope://x/y", "tap-whatconverts[fsspec]")],
)
def test_a_place_that_can_not_be_used_is_said_before_anything_is_read(sandbox, read, path, said):
    run = read("leads", "recordings", recordings_path=path)
    assert run.code != 0
    assert said in run.errors[0]
    assert not paths(sandbox)


def test_what_to_install_is_said_when_fsspec_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(SettingsError, match=r"install tap-whatconverts\[fsspec\]"):
        storage_at("s3://bucket/folder")


def test_a_place_that_can_not_be_written_ends_the_run(sandbox, read, tmp_path):
    (tmp_path / "file").write_text("")
    run = read("leads", "recordings", recordings_path=str(tmp_path / "file"))
    assert run.code != 0
    assert paths(sandbox)["recording"] <= 1
    assert "can't be saved or read" in run.errors[-1]
    assert run.state["bookmarks"]["leads"]


def test_recordings_of_earlier_runs_are_not_told_as_deleted(sandbox, read, tmp_path):
    settings = {"recordings_path": str(tmp_path / "a"), "emit_activate_version_messages": True}
    run = read("tracking_forms", "leads", "recordings", **settings)
    versions = [each["stream"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"]
    assert versions == ["tracking_forms"]


def test_what_costs_a_request_each_or_needs_an_agency_is_deselected():
    roots = {
        entry["stream"]: each["metadata"]["selected-by-default"]
        for entry in discover("tap-whatconverts")["streams"]
        for each in entry["metadata"]
        if not each["breadcrumb"]
    }
    assert {stream for stream, selected in roots.items() if selected} == set(OF_A_PROFILE)
