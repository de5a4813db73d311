"""Events of campaigns and the activity of their recipients."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from prospector_checks import PROSPECTOR, assert_complete, spent
from tap_prospector.events import unwrapped
from vendors import in_whole_seconds

ROWS = ("prospector.prospects=320",)
EVENTS = ("clicks", "completed_prospects", "opens", "replies", "sent_emails")


def test_drafts_cost_no_request_for_events(sandbox, read):
    read(*EVENTS, "recipients_activity", "all_replies")
    drafts = {
        str(row["id"]) for row in sandbox.get("prospector/campaigns") if not row["started_at"]
    }
    for entry in sandbox.requests_to("prospector"):
        assert str(entry["query"].get("campaignId")) not in drafts
        assert not drafts & set(entry["path"].split("/"))


@pytest.mark.parametrize("form", ["object", "text", "mixed"])
def test_dates_as_php_objects_and_as_texts_are_the_same_instants(sandbox, read, form):
    sandbox.options("prospector", event_dates=form)
    run = read("replies", "sent_emails")
    for stream in ("replies", "sent_emails"):
        assert_complete(sandbox, run, stream)


def test_an_incremental_run_hands_on_the_lookback_and_what_is_new(sandbox, read):
    first = read("opens")
    (new,) = sandbox.post(
        "prospector/opens", {"campaignId": 700002, "visitedAt": "2026-01-09T00:00:00Z"}
    )
    second = read("opens", state=first.state)
    bookmarks = {
        each["context"]["campaign_id"]: each.get("replication_key_value", "")
        for each in second.state["bookmarks"]["opens"]["partitions"]
    }
    assert new["id"] in {record["id"] for record in second.records["opens"]}
    assert bookmarks[700002] == "2026-01-09T00:00:00.000000Z"
    newest = max(
        row["visitedAt"]
        for row in PROSPECTOR.expected(sandbox, "opens")
        if row["campaignId"] == 700001
    )
    assert in_whole_seconds(bookmarks[700001]) == newest


def test_quotes_of_a_second_encoding_are_taken_off_where_they_are_whole():
    assert unwrapped('"A \\"b\\"\\nc"') == 'A "b"\nc'
    assert unwrapped('"two\nlines"') == "two\nlines"
    for text in (None, "plain", '"', '"<\\p>"', '"one" and "two"'):
        assert unwrapped(text) == text


def test_activity_all_comes_though_nothing_tells_twins_of_one_second_apart(sandbox, read):
    run = read("recipients_activity")

    (key,) = [each["key_properties"] for each in run.messages if each["type"] == "SCHEMA"]

    def by_key(rows):
        return {tuple(row[name] for name in key): row for row in rows}

    records = run.records["recipients_activity"]
    rows = sandbox.get("prospector/recipients_activity")
    assert by_key(records) == by_key(rows)
    assert len(by_key(rows)) < len(records) == len(rows)


def test_windows_of_activity_are_never_longer_than_the_vendor_allows(sandbox, read):
    first = read("recipients_activity")
    queries = [entry["query"] for entry in sandbox.requests_to("prospector")]
    spans = [
        date.fromisoformat(query["dateTo"]) - date.fromisoformat(query["dateFrom"])
        for query in queries
        if "dateTo" in query
    ]
    assert max(spans) == timedelta(days=30)
    full = len(spans)
    second = read("recipients_activity", state=first.state)
    assert second.code == 0
    assert spent(sandbox)["v2/campaigns/recipients-activity"] < full
    assert (
        len(second.records["recipients_activity"]) < len(first.records["recipients_activity"]) / 5
    )
