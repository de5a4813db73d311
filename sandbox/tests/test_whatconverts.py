from __future__ import annotations

from collections import Counter

import pytest


def by(field, rows):
    return sorted(rows, key=lambda row: row[field])


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "Authentication not provided."),
        (("sandbox-whatconverts-token", "wrong"), "Authentication failed."),
        (
            ("sandbox-whatconverts-token", "sandbox-whatconverts-agency-secret"),
            "Authentication failed.",
        ),
        (("", ""), "Authentication failed."),
    ],
)
def test_a_missing_and_a_wrong_key_are_told_apart(whatconverts, key, message):
    answer = whatconverts.get("/leads", key=key)
    assert answer.status_code == 401
    assert answer.json() == {"error_message": message}


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic /w==", "Bearer x"])
def test_a_header_that_is_no_basic_is_refused(whatconverts, header):
    address = f"{whatconverts.client.address}/whatconverts/api/v1/leads"
    headers = {"authorization": header}
    assert whatconverts.client.session.get(address, headers=headers, timeout=30).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/accounts", "/accounts/5001", "/accounts/5001/profiles", "/users", "/users/9001", "/roles"],
)
def test_a_profile_key_is_refused_where_only_the_agency_may_read(whatconverts, path):
    assert whatconverts.get(path).status_code == 200
    assert whatconverts.get(path, key=whatconverts.profile).status_code == 401
    whatconverts.set(agency_only_status=403)
    assert whatconverts.get(path, key=whatconverts.profile).status_code == 403


def test_a_profile_key_sees_its_own_profile_whatever_it_asks(whatconverts):
    own = whatconverts.get("/leads", key=whatconverts.profile).json()
    asked = whatconverts.get(
        "/leads", key=whatconverts.profile, profile_id=70_002, account_id="x"
    ).json()
    assert asked == own
    assert 0 < own["total_leads"] < whatconverts.get("/leads").json()["total_leads"]
    assert {row["profile_id"] for row in own["leads"]} == {70_001}
    assert all("custom_fields" in row and "account" not in row for row in own["leads"])


def test_a_master_key_filters_by_account_and_profile(whatconverts):
    everything = whatconverts.table("leads")
    account = whatconverts.get("/leads", account_id=5_002).json()
    count = sum(row["account_id"] == 5_002 for row in everything)
    assert account["total_leads"] == count > 0
    assert all("account" in row and "custom_fields" not in row for row in account["leads"])
    profile = whatconverts.get("/leads", profile_id=70_002).json()
    assert {row["profile_id"] for row in profile["leads"]} == {70_002}
    assert all("field_mappings" in row for row in profile["leads"])
    assert whatconverts.get("/leads", account_id=5_001, profile_id=70_002).json()["leads"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [("/leads", {"account_id": "abc"}), ("/tracking/forms", {"account_id": ""})],
)
def test_an_account_id_that_is_no_number_gets_410(whatconverts, path, query):
    answer = whatconverts.get(path, **query)
    assert answer.status_code == 410
    assert answer.json() == {
        "error_message": "Invalid account_id parameter, please use a numeric value"
    }
    assert whatconverts.get("/accounts/abc").status_code == 410
    assert whatconverts.get("/accounts/1").status_code == 400


def test_accounts_embed_their_profiles(whatconverts):
    expected = whatconverts.table("listed_accounts")
    assert by("account_id", whatconverts.all_pages("/accounts", "accounts")) == expected
    assert len(whatconverts.get("/accounts").json()["accounts"]) == 25
    profiles = []
    for account in expected:
        path = f"/accounts/{account['account_id']}"
        assert whatconverts.get(path).json()["accounts"] == [account]
        read = whatconverts.all_pages(f"{path}/profiles", "profiles", size=1, order="asc")
        assert read == account["profiles"]
        profiles += [{**row, "account_id": account["account_id"]} for row in read]
    assert by("profile_id", profiles) == whatconverts.table("profiles")


def test_one_profile_is_found_in_its_own_account_only(whatconverts):
    body = whatconverts.get("/accounts/5001/profiles/70001").json()
    assert body["profiles"][0].keys() == {"profile_id", "profile_name", "date_created"}
    assert whatconverts.get("/accounts/5002/profiles/70001").status_code == 400


@pytest.mark.parametrize(
    ("noun", "field", "absent"), [("users", "user_id", "role_id"), ("roles", "role_id", None)]
)
def test_users_and_roles_take_two_passes(whatconverts, noun, field, absent):
    parameter = f"{noun[:-1]}_type"
    first = whatconverts.all_pages(f"/{noun}", noun)
    assert whatconverts.all_pages(f"/{noun}", noun, **{parameter: "master_account"}) == first
    second = whatconverts.all_pages(f"/{noun}", noun, **{parameter: "account"})
    read = [{absent: None, **row} if absent else row for row in first + second]
    assert by(field, read) == whatconverts.table(f"listed_{noun}")
    assert len(whatconverts.get(f"/{noun}").json()[noun]) == 25
    assert not any(absent in row for row in second)
    assert whatconverts.get(f"/{noun}", **{parameter: "both"}).status_code == 400
    detail = whatconverts.get(f"/{noun}/{first[0][field]}").json()[noun][0]
    assert detail in whatconverts.table(noun)
    assert detail.keys() > first[0].keys()
    assert whatconverts.get(f"/{noun}/1").status_code == 400


def test_users_are_by_date_and_roles_by_name(whatconverts):
    dates = [row["date_created"] for row in whatconverts.all_pages("/users", "users")]
    assert dates == sorted(dates, reverse=True)
    names = [row["role_name"] for row in whatconverts.all_pages("/roles", "roles")]
    assert names == sorted(names)
    names = [row["role_name"] for row in whatconverts.all_pages("/roles", "roles", order="desc")]
    assert names == sorted(names, reverse=True)
    assert whatconverts.get("/roles", order="up").status_code == 400


@pytest.mark.parametrize(
    ("path", "noun", "name"),
    [
        ("/tracking/numbers", "numbers", "tracking_numbers"),
        ("/tracking/forms", "forms", "tracking_forms"),
    ],
)
def test_tracking_is_open_to_both_kinds_of_keys(whatconverts, path, noun, name):
    def text(rows):
        return [
            {**row, "tracking_number": str(row["tracking_number"])} if noun == "numbers" else row
            for row in rows
        ]

    assert text(whatconverts.all_pages(path, noun)) == whatconverts.table(name)
    own = text(whatconverts.all_pages(path, noun, key=whatconverts.profile))
    assert own == whatconverts.table(f"profile_{name}")
    assert text(whatconverts.all_pages(path, noun, profile_id=70_001)) == own


def test_a_tracking_number_is_a_number_or_a_text(whatconverts):
    read = whatconverts.all_pages("/tracking/numbers", "numbers", key=whatconverts.profile)
    assert {type(row["tracking_number"]) for row in read} == {int, str}
    assert None in {row["last_used"] for row in read}
    assert len(read) > 250


@pytest.mark.parametrize("path", ["/profiles", "/webhooks", "/leads/", ""])
def test_an_unknown_path_gets_a_page_for_people(whatconverts, path):
    answer = whatconverts.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_the_day_has_1000_requests_of_a_profile_and_more_of_the_agency(start_whatconverts):
    with start_whatconverts() as whatconverts:
        statuses = [
            whatconverts.get("/leads", key=whatconverts.profile, leads_per_page=1).status_code
            for _ in range(1001)
        ]
        assert Counter(statuses) == {200: 1000, 429: 1}
        answer = whatconverts.get("/leads", key=whatconverts.profile)
        assert "retry-after" not in answer.headers
        assert answer.json().keys() == {"error_message"}
        whatconverts.set(limit_status=403)
        assert whatconverts.get("/leads", key=whatconverts.profile).status_code == 403
        assert whatconverts.get("/leads").status_code == 200


def test_a_recordings_token_does_not_reach_the_log(whatconverts):
    whatconverts.get("/recording", lead_id=1_000_001, token=whatconverts.profile[0])
    (entry,) = whatconverts.client.control("GET", "/requests")
    assert entry["query"]["token"] == "***"
    assert "sandbox-whatconverts" not in str(entry)


@pytest.mark.parametrize(
    "name", ["leads", "accounts", "profiles", "users", "roles", "tracking_numbers"]
)
def test_any_table_can_be_empty(start_whatconverts, name):
    with start_whatconverts("--unlimited", "--rows", f"whatconverts.{name}=0") as whatconverts:
        for path in ("/leads", "/accounts", "/users", "/roles", "/tracking/numbers"):
            assert whatconverts.get(path).status_code == 200
