"""Prospector: credentials, limits, campaigns, prospects and the account."""

from __future__ import annotations

import time

import pytest


def utc(date):
    """Read a date as the vendor's PHP writes it, one way or the other."""
    if isinstance(date, dict):
        assert (date["timezone_type"], date["timezone"]) == (3, "UTC")
        assert date["date"].endswith(".000000")
        date = date["date"]
    return date and f"{date[:10]}T{date[11:19]}Z"


def without_nul(row):
    return {
        name: value.replace("\0", "") if isinstance(value, str) else value
        for name, value in row.items()
    }


def by_key(rows, *names):
    return sorted(rows, key=lambda row: [str(row[name]) for name in names])


def test_a_token_is_given_for_form_and_json_and_not_for_a_wrong_secret(prospector):
    assert prospector.new_token().json().keys() == {"access_token", "token_type", "expires_in"}
    given = {"client_id": "sandbox-prospector-id", "client_secret": "sandbox-prospector-secret"}
    answer = prospector.ask(
        "POST", "/v1/oauth/access_token", json={"grant_type": "client_credentials", **given}
    )
    assert answer.json()["expires_in"] == 3600
    assert prospector.new_token("wrong").status_code == 401
    refused = prospector.ask("POST", "/v1/oauth/access_token", json=given)
    assert refused.status_code == 400
    log = str(prospector.client.control("GET", "/requests"))
    assert "sandbox-prospector" not in log


def test_a_wrong_an_expired_and_a_deleted_token_are_refused(prospector):
    first = prospector.token
    prospector.token = "wrong"
    assert prospector.ask("GET", "/v1/get-balance").status_code == 401
    prospector.set(token_seconds=1)
    prospector.token = prospector.new_token().json()["access_token"]
    assert prospector.ask("GET", "/v1/get-balance").status_code == 200
    time.sleep(1.1)
    assert prospector.ask("GET", "/v1/get-balance").status_code == 401
    prospector.token = first
    assert prospector.ask("GET", "/v1/get-balance").status_code == 200
    prospector.client.control("DELETE", f"/prospector/tokens/{first}")
    assert prospector.ask("GET", "/v1/get-balance").status_code == 401


def test_a_token_may_come_in_the_query_and_is_marked_in_the_log(prospector):
    url = f"{prospector.address}/v1/get-balance"
    session = prospector.client.session
    assert session.get(url, params={"access_token": prospector.token}, timeout=30).ok
    assert (
        session.get(url, headers={"authorization": prospector.token}, timeout=30).status_code == 401
    )
    log = prospector.client.control("GET", "/requests")
    assert log[-2]["secrets_in_query"] == ["access_token"]
    assert prospector.token not in str(log)


def test_sixty_requests_a_minute_tokens_counted_then_a_block(prospector):
    prospector.set(limits=True, block_seconds=1)
    tokens = [prospector.new_token().status_code for _ in range(5)]
    reads = [prospector.ask("GET", "/v2/pipelines").status_code for _ in range(55)]
    assert set(tokens + reads) == {200}
    refused = prospector.ask("GET", "/v2/pipelines")
    assert refused.status_code == 429
    assert "rate is limited" in refused.json()
    assert not {"retry-after", "x-ratelimit-limit"} & {name.lower() for name in refused.headers}
    assert prospector.new_token().status_code == 429
    time.sleep(1.1)
    assert prospector.ask("GET", "/v2/pipelines").status_code == 200


def test_unknown_paths_wrong_methods_and_the_free_plan(prospector):
    answer = prospector.ask("GET", "/v1/nothing")
    assert answer.status_code == 404
    error = {"code": 404, "title": "Sorry, but url or entity not found", "source": ""}
    assert answer.json() == {"errors": error}
    assert prospector.ask("GET", "/v1/get-prospects-by-email").status_code == 403
    prospector.set(free_plan=True)
    assert prospector.ask("GET", "/v1/get-balance").json()["errors"]["type"] == "FreePlan"


def test_slashes_are_escaped(prospector):
    assert b"https:\\/\\/hooks.example.com\\/1" in prospector.ask("GET", "/v2/webhooks").content


def test_campaigns_have_unix_times_and_drafts_never_started(prospector):
    read = prospector.get("/v1/get-user-campaigns")
    rows = prospector.rows("campaigns")
    for row in read:
        for name in ("created_at", "updated_at", "started_at"):
            if row[name] is not None:
                row[name] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row[name]))
    assert read == rows
    drafts = [row for row in rows if row["started_at"] is None]
    assert {row["status"] for row in drafts} == {"Draft"}
    assert {row["status"] for row in rows} == {"Draft", "Paused", "Active"}
    assert all("2024-01-01" <= row["created_at"] <= row["updated_at"] < "2026" for row in rows)


def test_details_of_campaigns_and_their_contents(prospector):
    details = prospector.rows("campaign_details")
    for row in details:
        assert prospector.get(f"/v2/campaigns/{row['id']}") == {"success": True, "data": row}
    assert {row["status"] for row in details} == {"new", "paused", "active"}
    assert {"deals" in row for row in details} == {True, False}
    for row in prospector.rows("step_contents")[:6]:
        path = f"/v2/campaigns/{row['campaign_id']}/steps/{row['step_id']}/content/{row['id']}"
        read = prospector.get(path)["data"]
        assert {"campaign_id": row["campaign_id"], "step_id": row["step_id"], **read} == row
        assert row["id"] > 2**32
    assert prospector.ask("GET", "/v2/campaigns/1").status_code == 404


def test_recipients_are_asked_for_by_address(prospector):
    rows = [row for row in prospector.rows("recipient_statuses") if row["campaign_id"] == 700001]
    emails = [row["email"] for row in rows[:99]]
    read = prospector.get(
        "/v2/campaigns/700001/recipient", **{"emails[]": [*emails, "no@x.example"]}
    )
    assert [{"campaign_id": 700001, **row} for row in read["data"][:-1]] == rows[:99]
    assert read["data"][-1] == {"email": "no@x.example", "exist": False, "status": None}
    for bad in ([], ["a@x.example"] * 2, ["a" * 101], [str(one) for one in range(101)]):
        answer = prospector.ask("GET", "/v2/campaigns/700001/recipient", params={"emails[]": bad})
        assert answer.status_code == 400


def test_progress_is_flat_and_422_for_a_deleted_campaign(prospector):
    for row in prospector.rows("campaign_progress"):
        read = prospector.get(f"/v2/campaigns/{row['campaign_id']}/progress")
        assert {"campaign_id": row["campaign_id"], **read} == row
        assert row["progress"].endswith("%")
    prospector.client.control("DELETE", "/prospector/campaigns/700003")
    answer = prospector.ask("GET", "/v2/campaigns/700003/progress")
    assert answer.status_code == 422
    assert "not found" in answer.json()["data"]["message"]


def test_lists_hold_deleted_ones_with_their_contacts(prospector):
    read = prospector.get("/v1/get-user-lists")
    for row in read:
        row.update({name: utc(row[name]) for name in ("creationDate", "deletionDate")})
    assert by_key(read, "id") == prospector.rows("user_lists")
    deleted = [row for row in read if row["isDeleted"]]
    assert all(row["contacts"] > 0 and row["deletionDate"] for row in deleted)
    assert len(deleted) == 2
    assert read[0]["contacts"] == 0


def pages(prospector, list_id, size):
    rows = []
    for page in range(1, 100):
        body = prospector.post("/v1/prospect-list", listId=list_id, page=page, perPage=size)
        rows += body["prospects"]
        if len(body["prospects"]) < size:
            return body["list"], rows
    raise AssertionError


def test_prospects_of_a_list_come_newest_first_by_pages(prospector):
    expected = [row for row in prospector.rows("list_prospects") if row["list_id"] == 100001]
    head, rows = pages(prospector, 100001, 100)
    assert len(expected) == head["contacts"] > 300
    assert [{"list_id": 100001, **without_nul(row)} for row in rows][::-1] == expected
    assert any("\0" in (row["name"] or "") for row in rows)
    assert any(row["emails"] == [] for row in pages(prospector, 100004, 50)[1])
    new = prospector.client.control("POST", "/prospector/prospects", {"lists": [100001]})[0]
    assert pages(prospector, 100001, 5000)[1][0]["id"] == new["id"]
    assert pages(prospector, 100008, 100)[1] == []


def test_the_largest_page_of_a_list_is_5000_or_100(prospector):
    assert len(pages(prospector, 100001, 5000)[1]) > 300
    prospector.set(prospects_page=100)
    assert len(pages(prospector, 100001, 5000)[1]) == 100


@pytest.mark.parametrize("way", ["data", "json", "params"])
def test_parameters_come_as_form_json_or_query(prospector, way):
    given = {"listId": 100002, "page": 2, "perPage": 3}
    body = prospector.ask("POST", "/v1/prospect-list", **{way: given}).json()
    assert len(body["prospects"]) == 3
    assert body["list"].keys() == {"name", "contacts", "creationDate", "emailsCount"}


def test_the_number_of_emails_is_a_number_or_an_empty_array(prospector):
    counts = [pages(prospector, one, 5000)[0]["emailsCount"] for one in (100001, 100002)]
    assert type(counts[0]) is int
    assert counts[1] == []


def test_missing_and_deleted_lists_are_refused(prospector):
    for list_id in (1, 100003):
        answer = prospector.ask("POST", "/v1/prospect-list", data={"listId": list_id})
        assert answer.status_code == 400
        assert answer.json()["success"] is False
        assert "prospects" not in answer.json()
    prospector.set(deleted_lists_readable=True)
    assert prospector.post("/v1/prospect-list", listId=100003)["prospects"]
    prospector.set(refused_status=200)
    assert prospector.post("/v1/prospect-list")["message"] == "ListId parameter is required"


def canonical_detail(read):
    optional = ("social", "currentJob", "previousJob", "lists", "campaigns")
    row = {**dict.fromkeys(optional), **without_nul(read)}
    return {**row, "lastUpdateDate": utc(read["lastUpdateDate"])}


def test_details_of_prospects_by_either_id_and_by_email(prospector):
    raw, details = prospector.rows("prospects"), prospector.rows("prospect_details")
    assert {detail["social"] is None for detail in details[:60]} == {True, False}
    for row, detail in list(zip(raw, details, strict=True))[:40]:
        assert len(row["id"]) == 74
        assert len(detail["id"]) == 24
        by_id = prospector.post("/v1/get-prospect-by-id", id=detail["id"])["data"]
        assert canonical_detail(by_id) == detail
        assert prospector.post("/v1/get-prospect-by-id", id=row["id"])["data"] == by_id
        email = row["email"].upper()
        assert prospector.post("/v1/get-prospects-by-email", email=email)["data"] == [by_id]
    assert any(detail["campaigns"] for detail in details)
    jobs = [job for detail in details for job in detail["currentJob"] or []]
    assert {"hqPhone" in job for job in jobs} == {True, False}
    prospector.set(hex_prospect_ids=False)
    assert prospector.post("/v1/get-prospect-by-id", id=raw[0]["id"])["success"] is False


def test_a_prospect_that_is_not_there_gets_200_and_errors_as_a_text(prospector):
    assert prospector.post("/v1/get-prospects-by-email", email="no@x.example") == {
        "success": False,
        "errors": "Prospect with email 'no@x.example' not found",
    }


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/v2/campaigns/schedules", "schedules"),
        ("/v2/blacklists", "blacklists"),
        ("/v2/sender-accounts/emails", "sender_accounts"),
        ("/v2/pipelines", "pipelines"),
    ],
)
def test_plain_lists(prospector, path, table):
    assert prospector.get(path) == {"data": prospector.rows(table)}


def test_webhooks_are_nested_twice_and_custom_fields_not_at_all(prospector):
    body = prospector.get("/v2/webhooks")
    rows = prospector.rows("webhooks")
    assert [one["data"]["id"] for one in body["data"]] == [row["id"] for row in rows]
    assert {type(one["data"]["created_at"]) for one in body["data"]} == {int}
    assert body["meta"]["webhooks_count"] == len(rows)
    assert prospector.get("/v1/prospect-custom-fields") == prospector.rows("custom_fields")


def test_stages_senders_and_the_balance(prospector):
    rows = prospector.rows("pipeline_stages")
    read = [row for one in (1, 2) for row in prospector.get(f"/v2/pipelines/{one}/stages")["data"]]
    assert by_key(read, "id") == rows
    assert prospector.ask("GET", "/v2/pipelines/9/stages").status_code == 404
    for row in prospector.rows("sender_statuses"):
        path = "/v2/sender-accounts/check-sender-status"
        read = prospector.get(path, sender_account_id=row["sender_account_id"])["data"]
        assert {"sender_account_id": row["sender_account_id"], **read} == row
    balance = prospector.get("/v1/get-balance")["data"]
    assert [balance] == prospector.rows("balance")
    assert balance["balance"] == "25000.00"
