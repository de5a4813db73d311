"""Prospector: what happened in campaigns, and what is counted from it."""

from __future__ import annotations

import json
import time

import pytest

EVENTS = {
    "opens": "/v1/get-emails-opened",
    "clicks": "/v1/get-emails-clicked",
    "replies": "/v1/get-emails-replies",
}
CAMPAIGN = 700001


def utc(date):
    """Read a date as the vendor writes it, as a PHP object or as text."""
    text = date["date"].removesuffix(".000000") if isinstance(date, dict) else date
    return text.replace(" ", "T") + "Z"


def canonical(row):
    """Return an event as the table holds it."""
    fields = {name for name in row if name.startswith("customField_")}
    made = {name: value for name, value in row.items() if name not in fields}
    made["visitedAt"] = utc(row["visitedAt"])
    made["emailSubject"] = json.loads(row["emailSubject"])
    made["emailBody"] = json.loads(row["emailBody"])
    made["custom_fields"] = {name.removeprefix("customField_"): row[name] for name in fields}
    return made


def by_id(rows):
    return sorted(rows, key=lambda row: row["id"])


def blocks(prospector, path, size, campaign=CAMPAIGN):
    rows = []
    while True:
        block = prospector.get(path, campaignId=campaign, offset=len(rows))
        rows += block
        if len(block) < size:
            return rows


@pytest.mark.parametrize("table", EVENTS)
def test_blocks_together_hold_every_event_once(prospector, table):
    prospector.set(event_block=50)
    read = [
        row
        for campaign in prospector.rows("campaigns")
        for row in blocks(prospector, EVENTS[table], 50, campaign["id"])
    ]
    assert by_id(map(canonical, read)) == by_id(prospector.rows(table))


def test_without_the_option_a_block_has_ten_thousand_rows_and_a_draft_has_none(prospector):
    rows = [row for row in prospector.rows("opens") if row["campaignId"] == CAMPAIGN]
    assert len(prospector.get(EVENTS["opens"], campaignId=CAMPAIGN)) == len(rows) > 500
    assert prospector.get(EVENTS["opens"], campaignId=CAMPAIGN, offset=len(rows)) == []
    assert prospector.get(EVENTS["opens"], campaignId=700004) == []


def test_sent_mails_lack_their_campaigns_id(prospector):
    expected = [row for row in prospector.rows("sent_emails") if row["campaign_id"] == CAMPAIGN]
    read = prospector.get("/v1/emails-sent", campaignId=CAMPAIGN)
    made = [{**row, "campaign_id": CAMPAIGN, "sentDate": utc(row["sentDate"])} for row in read]
    assert "campaign_id" not in read[0]
    assert by_id(made) == by_id(expected)


def test_events_are_newest_first_or_in_another_order(prospector):
    newest = [
        row["visitedAt"]["date"] for row in prospector.get(EVENTS["opens"], campaignId=CAMPAIGN)
    ]
    assert newest == sorted(newest, reverse=True)
    prospector.set(event_block=100, event_order="newest_block_ascending")
    block = prospector.get(EVENTS["opens"], campaignId=CAMPAIGN, offset=100)
    assert [row["visitedAt"]["date"] for row in block] == newest[100:200][::-1]
    prospector.set(event_order="oldest_first")
    block = prospector.get(EVENTS["opens"], campaignId=CAMPAIGN, offset=100)
    assert [row["visitedAt"]["date"] for row in block] == newest[::-1][100:200]


def test_an_event_that_arrives_in_mid_read_repeats_a_row(prospector):
    prospector.set(event_block=100)
    first = prospector.get(EVENTS["opens"], campaignId=CAMPAIGN)
    new = prospector.client.control("POST", "/prospector/opens", {"campaignId": CAMPAIGN})[0]
    second = prospector.get(EVENTS["opens"], campaignId=CAMPAIGN, offset=100)
    assert second[0] == first[-1]
    assert prospector.get(EVENTS["opens"], campaignId=CAMPAIGN)[0]["id"] == new["id"]


@pytest.mark.parametrize(
    ("form", "types"), [("object", {dict}), ("text", {str}), ("mixed", {dict, str})]
)
@pytest.mark.parametrize("path", [*EVENTS.values(), "/v1/emails-sent"])
def test_times_are_php_objects_or_plain_texts(prospector, path, form, types):
    prospector.set(event_dates=form)
    rows = prospector.get(path, campaignId=CAMPAIGN)
    assert {type(row.get("visitedAt", row.get("sentDate"))) for row in rows} == types


def test_the_oddities_of_events_are_in_the_data(prospector):
    answer = prospector.ask("GET", EVENTS["opens"], params={"campaignId": CAMPAIGN})
    rows = answer.json()
    labels = {name for name in rows[0] if name.startswith("customField_")}
    assert labels >= {"customField_Phone", "customField_рпа", "customField_Project name"}
    assert all(row["emailSubject"].startswith('"') and row["emailBody"][-1] == '"' for row in rows)
    assert b"\\/" in answer.content
    assert {len(row["prospectId"]) for row in rows} == {77}
    assert any(row["prospectEmail"] != row["prospectEmail"].lower() for row in rows)
    assert {row["skills"] for row in rows} == {""}
    assert {row["sourcePage"] is None for row in rows} == {True, False}
    names = {row["prospectName"] for row in rows}
    assert None in names
    assert any("\n" in name for name in names if name)


def test_a_missing_campaign_has_no_events_or_is_not_found(prospector):
    paths = [*EVENTS.values(), "/v1/emails-sent", "/v1/prospect-finished"]
    assert [prospector.get(path, campaignId=1) for path in paths] == [[]] * 5
    window = {"dateFrom": "2024-05-01", "dateTo": "2024-05-31"}
    assert prospector.get("/v2/campaigns/1/recipients-activity", **window)["data"] == []
    assert prospector.get("/v2/campaigns/1/all-replies") == {"data": []}
    prospector.set(missing_campaign_status=404)
    for path in paths:
        assert prospector.ask("GET", path, params={"campaignId": 1}).status_code == 404
    assert prospector.ask("GET", paths[0]).json()["message"] == "CampaignId parameter is required"


def test_finished_prospects(prospector):
    rows = prospector.rows("completed_prospects")
    read = [
        {"campaign_id": campaign["id"], **row}
        for campaign in prospector.rows("campaigns")
        for row in prospector.get("/v1/prospect-finished", campaignId=campaign["id"])
    ]
    assert read == rows
    assert len(rows) > 200


def test_all_replies_page_by_offset_until_nothing_comes(prospector):
    prospector.set(all_replies_page=20)
    path, rows = f"/v2/campaigns/{CAMPAIGN}/all-replies", []
    while page := prospector.get(path, offset=len(rows))["data"]:
        assert len(page) <= 20
        rows += page
    for row in rows:
        row["receivedAt"] = utc(row["receivedAt"])
        for one in row["replies"]:
            one["receivedAt"] = utc(one["receivedAt"])
    assert rows == [row for row in prospector.rows("all_replies") if row["campaignId"] == CAMPAIGN]
    kinds = {row["replyType"] for row in rows}
    assert kinds == {"email", "linkedinMessage", "linkedinInvite", "linkedinInMail"}
    assert any(len(row["replies"]) > 1 for row in rows)
    keys = {(row["prospectId"], row["replyType"]) for row in rows}
    assert len(keys) == len(rows)


WINDOWS = [("2024-01-01", "2024-01-31"), ("2024-12-01", "2024-12-31"), ("2025-06-05", "2025-06-05")]


@pytest.mark.parametrize(("first", "last"), WINDOWS)
def test_activity_by_windows_and_offset(prospector, first, last):
    path, rows, more = f"/v2/campaigns/{CAMPAIGN}/recipients-activity", [], True
    while more:
        body = prospector.get(path, dateFrom=first, dateTo=last, offset=len(rows), limit=30)
        rows += body["data"]
        more = body["pagination"]["has_more"]
        assert body["pagination"].keys() == {"total", "offset", "limit", "has_more"}
    made = [{"campaign_id": CAMPAIGN, **row, "event_time": utc(row["event_time"])} for row in rows]
    assert made == [
        row
        for row in prospector.rows("recipients_activity")
        if row["campaign_id"] == CAMPAIGN and first <= row["event_time"][:10] <= last
    ]


def test_activity_holds_all_kinds_and_no_two_alike(prospector):
    rows = prospector.rows("recipients_activity")
    kinds = {"sent", "open", "click", "reply", "bounce", "unsubscribe"}
    assert {row["event_type"] for row in rows} == kinds
    names = ("campaign_id", "event_time", "event_type", "recipient_email", "sender_email")
    keys = {(*(row[name] for name in names), row["email_subject"]) for row in rows}
    assert len(keys) == len(rows)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"dateFrom": "2024-01-01"},
        {"dateFrom": "2024-01-01", "dateTo": "2024-02-01"},
        {"dateFrom": "2024-01-02", "dateTo": "2024-01-01"},
        {"dateFrom": "2024-01-01", "dateTo": "2024-01-02", "limit": 1001},
        {"date_from": "2024-01-01", "date_to": "2024-01-02"},
    ],
)
def test_activity_of_no_window_or_of_more_than_31_days_is_refused(prospector, query):
    answer = prospector.ask("GET", f"/v2/campaigns/{CAMPAIGN}/recipients-activity", params=query)
    assert answer.status_code == 400
    assert answer.json()["success"] is False


ANALYTICS = "/v2/statistics/campaign-analytics"


def test_statistics_have_45_keys_and_follow_campaign_and_window(prospector):
    for row in prospector.rows("campaign_analytics"):
        read = prospector.get(ANALYTICS, campaign_id=row["campaign_id"])
        assert {"campaign_id": row["campaign_id"], **read} == row
        assert len(read) == 45
        assert sum(isinstance(value, str) for value in read.values()) == 17
    span = {"date_from": "2024-03-01", "date_to": "2024-03-31"}
    read = prospector.get(ANALYTICS, campaign_id=CAMPAIGN, **span)
    opens = [
        row
        for row in prospector.rows("opens")
        if row["campaignId"] == CAMPAIGN and row["visitedAt"].startswith("2024-03")
    ]
    assert 0 < read["email_opens"] == len({row["prospectEmail"] for row in opens}) < len(opens)
    assert read["first_emails"] + read["follow_ups"] == read["emails_sent"]
    assert read["delivered"] + read["bounced"] == read["emails_sent"]
    assert read["delivered_rate"] == f"{round(100 * read['delivered'] / read['emails_sent'])}%"


def test_statistics_of_no_campaign_are_those_of_all_active_ones(prospector):
    active = [row["id"] for row in prospector.rows("campaigns") if row["status"] == "Active"]
    named = prospector.get(ANALYTICS, campaign_id=",".join(map(str, active)))
    assert prospector.get(ANALYTICS) == named
    assert prospector.get(ANALYTICS, campaign_id=1)["emails_sent"] == 0
    sender = prospector.rows("campaign_details")[0]["email_accounts"][0]
    part = prospector.get(ANALYTICS, sender_email=sender)
    assert 0 < part["emails_sent"] < named["emails_sent"]
    assert prospector.get(ANALYTICS, campaign_owner="no@x.example")["delivered_rate"] == "0%"


def test_the_last_day_of_statistics_counts_unless_the_option_says_otherwise(prospector):
    day = prospector.rows("sent_emails")[40]["sentDate"][:10]
    one = {"campaign_id": CAMPAIGN, "date_from": day, "date_to": day}
    assert prospector.get(ANALYTICS, **one)["emails_sent"] > 0
    prospector.set(analytics_date_to="exclusive")
    assert prospector.get(ANALYTICS, **one)["emails_sent"] == 0
    prospector.set(analytics_dates_required=True)
    assert prospector.ask("GET", ANALYTICS).status_code == 400


def test_warm_ups_have_pages_of_20_50_or_100(prospector):
    rows = prospector.rows("warm_ups")
    body = prospector.get("/v2/warm-up")
    assert body["meta"] == {"total_items": 45, "page": 1, "per_page": 20, "total_pages": 3}
    assert [*body["data"], *prospector.get("/v2/warm-up", page=2)["data"]] == rows[:40]
    assert prospector.get("/v2/warm-up", per_page=100)["data"] == rows
    assert prospector.get("/v2/warm-up/9001") == {"data": rows[0], "success": True}
    paused = prospector.get("/v2/warm-up", status="paused")["data"]
    assert {row["status"] for row in paused} == {"paused"}
    for bad in ({"per_page": 30}, {"status": "lost"}, {"status": "pending"}):
        assert prospector.ask("GET", "/v2/warm-up", params=bad).status_code == 400


def test_warm_up_statistics_by_day_and_an_empty_map_is_an_array(prospector):
    rows = [row for row in prospector.rows("warm_up_statistics") if row["warm_up_id"] == 9001]
    span = {"date_from": "2024-01-01", "date_to": "2025-12-31"}
    data = prospector.get("/v2/warm-up/statistics/9001", **span)["data"]
    found = data["daily_statistics"].items()
    assert [{"warm_up_id": 9001, "date": date, **one} for date, one in found] == rows
    assert (
        len(
            prospector.get("/v2/warm-up/statistics/9001", period="month")["data"][
                "daily_statistics"
            ]
        )
        == 30
    )
    pending = prospector.get("/v2/warm-up/statistics/9002", **span)["data"]
    assert (pending["daily_statistics"], pending["is_calculated"]) == ([], False)
    early = {"date_from": "2023-01-01", "date_to": "2023-02-01"}
    assert prospector.ask("GET", "/v2/warm-up/statistics/9001", params=early).status_code == 400


def test_a_hundred_thousand_opens_in_large_blocks(start, prospector):
    with start("--unlimited", "--rows", "prospector.opens=100000") as (client, _):
        reader = type(prospector)(client)
        reader.get(EVENTS["opens"], campaignId=700004)
        began = time.monotonic()
        first = reader.get(EVENTS["opens"], campaignId=CAMPAIGN)
        second = reader.get(EVENTS["opens"], campaignId=CAMPAIGN, offset=10_000)
        assert len(first) == len(second) == 10_000
        assert len({row["id"] for row in first + second}) == 20_000
        assert time.monotonic() - began < 20


def test_an_event_may_lack_its_time(prospector):
    row = prospector.rows("opens")[0]
    prospector.client.control("PATCH", f"/prospector/opens/{row['id']}", {"visitedAt": None})
    read = prospector.get(EVENTS["opens"], campaignId=row["campaignId"])
    assert read[-1]["visitedAt"] is None
