"""What each stream brings, and what it costs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from prospector_checks import PROSPECTOR, assert_complete, fault, spent

ROWS = ("prospector.prospects=320",)

# Read for each campaign.
EVENTS = (
    "v1/emails-sent",
    "v1/get-emails-clicked",
    "v1/get-emails-opened",
    "v1/get-emails-replies",
    "v1/prospect-finished",
)


@pytest.mark.parametrize("stream", sorted(PROSPECTOR.every_stream.keys() - {"balance"}))
def test_every_row_arrives_once_and_as_the_vendor_holds_it(sandbox, read, stream):
    run = read(stream)
    assert_complete(sandbox, run, stream)
    assert "schema does not name" not in run.log


def test_the_default_selection_costs_as_few_requests_as_there_can_be(sandbox, read):
    first = read()
    started = [row for row in sandbox.get("prospector/campaigns") if row["started_at"]]
    members = Counter(row["list_id"] for row in PROSPECTOR.expected(sandbox, "list_prospects"))
    lists = [row["id"] for row in sandbox.get("prospector/lists") if not row["isDeleted"]]
    needed = {
        "v1/oauth/access_token": 1,
        "v1/get-user-campaigns": 1,  # the stream and its children share one answer
        "v2/statistics/campaign-analytics": 12,
        "v2/campaigns/progress": 12,
        **dict.fromkeys(EVENTS, len(started)),
        "v1/get-user-lists": 1,
        "v1/prospect-list": sum(members[each] // 100 + 1 for each in lists),
        "v1/prospect-custom-fields": 1,
        "v1/get-balance": 1,
    }
    assert first.code == 0
    assert spent(sandbox) == needed

    second = read(state=first.state)
    assert spent(sandbox) == needed  # the vendor filters by no date
    assert second.state == first.state
    for stream in ("clicks", "opens", "replies", "sent_emails"):
        assert len(second.records[stream]) < len(first.records[stream]) / 5


def test_children_share_one_reading_of_a_parent_that_is_not_selected(sandbox, read):
    streams = ["opens", "clicks", "campaign_progress", "prospects"]
    run = read(*streams)
    assert set(run.records) == set(streams)
    assert spent(sandbox)["v1/get-user-campaigns"] == 1
    assert spent(sandbox)["v1/get-user-lists"] == 1


def test_the_balance_has_one_row_a_day(sandbox, read):
    run = read("balance")
    (row,) = sandbox.get("prospector/balance")
    today = f"{datetime.now(UTC).date()}"
    assert run.records["balance"] == [{**row, "balance": 25000.0, "read_on": today}]


def test_rows_of_earlier_runs_are_not_told_as_deleted(sandbox, read):
    versions = {"emit_activate_version_messages": True}
    run = read("balance", "campaign_analytics", "lists", **versions)
    told = [each["stream"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"]
    assert told == ["lists"]


def test_statistics_come_with_both_dates_and_in_total(sandbox, read):
    sandbox.options("prospector", analytics_dates_required=True)
    run = read("campaign_analytics")
    assert_complete(sandbox, run, "campaign_analytics")
    assert run.records["campaign_analytics"][0]["first_emails_rate"].endswith("%")


def test_daily_statistics_have_a_row_a_day_and_go_on_where_they_ended(sandbox, read):
    today = datetime.now(UTC).date()
    daily = {
        "analytics_daily": True,
        "start_date": f"{today - timedelta(days=9)}T00:00:00Z",
    }
    run = read("campaign_analytics", **daily)
    records = run.records["campaign_analytics"]
    days = {date.fromisoformat(record["date_from"]) for record in records}
    assert days == {today - timedelta(days=number) for number in range(11)}
    assert all(record["date_from"] == record["date_to"] for record in records)
    assert len(records) == 110  # drafts have no days
    again = read("campaign_analytics", state=run.state, **daily)
    assert len(again.records["campaign_analytics"]) == 40  # two days, the one before, and today


@pytest.mark.parametrize("size", [1000, 7])
def test_replies_all_come_whatever_the_size_of_a_page(sandbox, read, size):
    sandbox.options("prospector", all_replies_page=size)
    run = read("all_replies")
    assert_complete(sandbox, run, "all_replies")


def test_warm_ups_are_asked_for_by_the_largest_page(sandbox, read):
    first = read("warm_ups", "warm_up_statistics")
    assert spent(sandbox)["v2/warm-up"] == 1
    assert spent(sandbox)["v2/warm-up/statistics"] == 45
    again = read("warm_up_statistics", state=first.state)
    assert len(again.records["warm_up_statistics"]) < 45 * 4


def test_a_campaign_deleted_meanwhile_is_skipped_with_a_warning(sandbox, read):
    delete = {"operation": "delete", "vendor": "prospector", "table": "campaigns", "id": 700005}
    plan = {"at": 2, "vendor": "prospector", "path": "/progress", "operations": [delete]}
    sandbox.post("plans", plan)
    run = read("campaign_progress")
    assert run.code == 0, run.log
    assert "campaign_id 700005" in run.log
    assert "was deleted meanwhile" in run.log
    assert len(run.records["campaign_progress"]) == 11


def test_another_422_of_progress_passes(sandbox, read):
    fault(sandbox, "/progress", 422, {"message": "Not ready"})
    run = read("campaign_progress")
    assert run.code == 0
    assert "answered HTTP 422 (Not ready); again in" in run.log
    assert len(run.records["campaign_progress"]) == 12


def test_a_422_of_progress_that_lasts_is_a_failure_of_that_campaign_alone(sandbox, read):
    fault(sandbox, "/campaigns/700005/progress", 422, {"message": "Not ready"}, times=None)
    run = read("campaign_progress")
    line, _ = run.errors
    assert "HTTP 422 (Not ready), 5 times" in line
    assert len(run.records["campaign_progress"]) == 11
