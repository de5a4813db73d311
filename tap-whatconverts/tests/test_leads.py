"""Leads: none lost whatever the documents leave open, and each field in one form."""

from __future__ import annotations

from collections import Counter

import pytest
from whatconverts_checks import AGENCY, YESTERDAY, assert_complete, paths, sorted_by, spans


def once(records):
    return list({record["lead_id"]: record for record in records}.values())


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
    sandbox.options("whatconverts", **options)
    run = read("leads")
    assert run.code == 0
    run.records["leads"] = once(run.records["leads"])
    assert_complete(sandbox, run, "leads")
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
    sandbox.options("whatconverts", leads_per_page_highest=250)
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
    assert sorted_by(["lead_id"], found) == sorted_by(["lead_id"], rows)


def test_the_lookback_brings_what_changed_after_creation(sandbox, read):
    sandbox.post("whatconverts/leads", {"date_created": YESTERDAY, "profile_id": 70_001})
    first = read("leads")
    (row,) = [row for row in sandbox.get("whatconverts/leads") if row["date_created"] == YESTERDAY]
    sandbox.patch(f"whatconverts/leads/{row['lead_id']}", {"sales_value": 99.5})
    (record,) = read("leads", state=first.state).records["leads"]
    assert (record["lead_id"], record["sales_value"]) == (row["lead_id"], 99.5)
