"""What each stream brings with either kind of key, and what it costs."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from pipeline import discover
from whatconverts_checks import (
    AGENCY,
    OF_A_PROFILE,
    OF_AN_AGENCY,
    YESTERDAY,
    assert_complete,
    paths,
    sorted_by,
    spans,
)


@pytest.mark.parametrize(
    ("settings", "streams"), [({}, OF_A_PROFILE), (AGENCY, OF_AN_AGENCY)], ids=["profile", "agency"]
)
def test_every_row_arrives_once_as_the_vendor_holds_it(sandbox, read, settings, streams):
    run = read(*streams, **settings)
    assert run.code == 0
    schemas = {each["stream"]: each["schema"] for each in run.messages if each["type"] == "SCHEMA"}
    for stream in streams:
        assert_complete(sandbox, run, stream, streams)
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
    assert_complete(sandbox, run, "leads")


def test_one_profile_of_an_agency_brings_its_own_fields(sandbox, read):
    run = read(*OF_A_PROFILE, profile_id=70_002, **AGENCY)
    for stream, (_, key) in OF_A_PROFILE.items():
        rows = [row for row in sandbox.get(f"whatconverts/{stream}") if row["profile_id"] == 70_002]
        found = [dict.fromkeys(rows[0]) | record for record in run.records[stream]]
        assert sorted_by(key, found) == sorted_by(key, rows)
    assert all("custom_fields" in record for record in run.records["leads"])


def test_one_account_of_an_agency_can_be_chosen(sandbox, read):
    run = read("tracking_forms", account_id=5_002, **AGENCY)
    rows = sandbox.get("whatconverts/tracking_forms")
    assert run.records["tracking_forms"] == [row for row in rows if row["account_id"] == 5_002]


def test_accounts_are_asked_for_again_from_far_back_when_none_come(sandbox, read):
    sandbox.options("whatconverts", default_start="today")
    run = read("accounts", "profiles", "users", **AGENCY)
    assert paths(sandbox) == {"accounts": 2, "users": 4}
    for stream in ("accounts", "profiles", "users"):
        assert_complete(sandbox, run, stream, OF_AN_AGENCY)


def test_what_costs_a_request_each_or_needs_an_agency_is_deselected():
    roots = {
        entry["stream"]: each["metadata"]["selected-by-default"]
        for entry in discover("tap-whatconverts")["streams"]
        for each in entry["metadata"]
        if not each["breadcrumb"]
    }
    assert {stream for stream, selected in roots.items() if selected} == set(OF_A_PROFILE)
