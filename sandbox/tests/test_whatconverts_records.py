from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import UTC, datetime

MONEY = ("quote_value", "sales_value", "transaction_tax", "transaction_shipping")


def utc(text):
    moment = datetime.fromisoformat(text)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(row, blank):
    shown = {**blank, **row}
    for name in MONEY:
        value = shown[name]
        value = value.replace(",", "") if isinstance(value, str) else value
        shown[name] = None if value in ("", None) else float(value)
    for name in ("lead_analysis", "field_mappings", "custom_fields", "additional_fields"):
        if shown.get(name) == []:
            shown[name] = {}
    for name in ("date_created", "last_updated"):
        shown[name] = utc(shown[name])
    free = shown["additional_fields"]
    if isinstance(free, list):
        shown["additional_fields"] = {one["field_name"]: one["field_value"] for one in free}
    return shown


def same_leads(read, expected):
    assert len(read) == len(expected)
    blank = dict.fromkeys(expected[0])
    expected = {row["lead_id"]: row for row in expected}
    for wire in read:
        assert canonical(wire, blank) == expected.pop(wire["lead_id"])
    assert not expected


def test_every_lead_comes_once_and_matches_the_canonical_rows(whatconverts):
    read = whatconverts.all_pages("/leads", "leads", size=2500)
    same_leads(read, whatconverts.table("agency_leads"))
    read = whatconverts.all_pages(
        "/leads", "leads", key=whatconverts.profile, size=700, order="asc"
    )
    same_leads(read, whatconverts.table("profile_leads"))


def leads(whatconverts):
    return whatconverts.get("/leads", leads_per_page=2500, profile_id=70_001).json()["leads"]


def test_null_empty_and_missing_fields_all_occur(whatconverts):
    read = leads(whatconverts)
    for name in ("notes", "lead_keyword", "contact_name"):
        seen = [row.get(name, "missing") for row in read]
        assert {None, "", "missing"} <= set(seen)


def test_each_type_of_lead_has_fields_of_its_own(whatconverts):
    own = {
        "Phone Call": "call_duration_seconds",
        "Web Form": "form_name",
        "Text Message": "message",
        "Chat": "chat_status",
        "Email": "email_subject",
        "Event": "event_action",
        "Transaction": "transaction_id",
    }
    read = leads(whatconverts)
    assert {row["lead_type"] for row in read} == {*own, "Appointment", "Other"}
    for kind, name in own.items():
        assert {row["lead_type"] for row in read if name in row} == {kind}


def test_both_families_of_places_occur_alone_and_together(whatconverts):
    families = Counter(
        (row.get("zip") is not None, row.get("caller_zip") is not None)
        for row in leads(whatconverts)
    )
    assert families.keys() == set(itertools.product((True, False), repeat=2))


def test_maps_are_objects_or_empty_lists_and_free_fields_are_pairs_too(whatconverts):
    read = leads(whatconverts)
    for name in ("lead_analysis", "field_mappings", "custom_fields"):
        shapes = {json.dumps(row[name])[:2] for row in read if row.get(name) is not None}
        assert shapes == {"[]", '{"'}
    shapes = {json.dumps(row["additional_fields"])[:2] for row in read}
    assert shapes == {"[]", '{"', "[{"}
    names = {
        name for row in read for name in canonical(row, dict.fromkeys(MONEY))["additional_fields"]
    }
    assert {"e.mail", "City / ZIP", "city / zip", "Your message"} <= names
    for form, shapes in (
        ("object", {"[]", '{"'}),
        ("pairs", {"[]", "[{"}),
        ("texts", {"[]", '["'}),
    ):
        whatconverts.set(additional_fields=form)
        assert {json.dumps(row["additional_fields"])[:2] for row in leads(whatconverts)} == shapes


def test_money_is_a_number_a_text_with_commas_or_nothing(whatconverts):
    values = [row.get("quote_value", "missing") for row in leads(whatconverts)]
    assert {"1,234.50", 1234.5, 120, "120.00", "", None, "missing", 0} <= set(values)
    whatconverts.set(money="number")
    values = {type(row.get("quote_value")) for row in leads(whatconverts)}
    assert values == {int, float, type(None)}


def test_dates_come_in_three_forms(whatconverts):
    forms = {row["date_created"][10] + row["date_created"][19:] for row in leads(whatconverts)}
    assert forms == {"TZ", " ", "T-05:00"}
    whatconverts.set(date_forms="documented")
    assert all(row["last_updated"].endswith("Z") for row in leads(whatconverts))


def test_some_salesforce_ids_are_digits_with_leading_zeros(whatconverts):
    ids = {
        row["salesforce_user_id"] for row in leads(whatconverts) if row.get("salesforce_user_id")
    }
    assert {"005000000000017", "0051a00000AbCdE", "0051a00000AbCdEFGH"} == ids


def test_older_and_newer_names_and_misspellings_occur(whatconverts):
    read = leads(whatconverts)
    for name in ("facebook_visitor_id", "facebook_click_id"):
        assert any(row.get(name) for row in read)
    assert {row["lead_state"] for row in read} == {"Completed", "In Progress", "In Progess"}


def test_the_journey_comes_only_when_asked_for(whatconverts):
    expected = {
        row["lead_id"]: row["customer_journey"] for row in whatconverts.table("customer_journeys")
    }
    assert not any("customer_journey" in row for row in leads(whatconverts))
    read = whatconverts.get("/leads", leads_per_page=250, customer_journey="true").json()["leads"]
    assert all(row["customer_journey"] == expected[row["lead_id"]] for row in read)
    assert {len(row["customer_journey"]) for row in read} == {0, 2}


def test_one_lead_comes_in_the_envelope_of_a_list(whatconverts):
    other = next(row for row in whatconverts.table("leads") if row["profile_id"] != 70_001)[
        "lead_id"
    ]
    body = whatconverts.get(f"/leads/{other}").json()
    assert (body["total_leads"], body["leads"][0]["lead_id"]) == (1, other)
    for lead, key in (
        (7, whatconverts.agency),
        ("x", whatconverts.agency),
        (other, whatconverts.profile),
    ):
        answer = whatconverts.get(f"/leads/{lead}", key=key)
        assert answer.status_code == 400
        assert answer.json() == {"error_message": "Invalid lead ID."}


def test_a_recording_is_mp3_and_not_every_call_has_one(whatconverts):
    calls = [row for row in whatconverts.table("profile_leads") if row["lead_type"] == "Phone Call"]
    recorded = next(row for row in calls if row["recording"])
    answer = whatconverts.get("/recording", key=whatconverts.profile, lead_id=recorded["lead_id"])
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.content.startswith(b"\xff\xfb")
    silent = next(row for row in calls if not row["recording"])
    answer = whatconverts.get("/recording", lead_id=silent["lead_id"])
    assert (answer.status_code, answer.json().keys()) == (400, {"error_message"})
    assert whatconverts.get("/recording").status_code == 400
