"""The tap as a process, against the sandbox over HTTP."""

from __future__ import annotations

import collections
from datetime import UTC, date, datetime, timedelta

import pytest
from inside import reader
from pipeline import Sandbox, run_tap
from tap_prospector.events import unwrapped
from vendors import VENDORS

# Each stream: where the sandbox keeps the same rows, and the key.
STREAMS = {
    "all_replies": ("all_replies", ("campaignId", "prospectId", "replyType")),
    "campaign_analytics": ("campaign_analytics", ("campaign_id",)),
    "campaign_details": ("campaign_details", ("id",)),
    "campaign_progress": ("campaign_progress", ("campaign_id",)),
    "campaign_schedules": ("schedules", ("id",)),
    "campaigns": ("campaigns", ("id",)),
    "clicks": ("clicks", ("campaignId", "id")),
    "completed_prospects": ("completed_prospects", ("campaign_id", "id")),
    "custom_fields": ("custom_fields", ("key",)),
    "do_not_email_lists": ("blacklists", ("id",)),
    "list_prospects": ("list_prospects", ("list_id", "id")),
    "lists": ("user_lists", ("id",)),
    "opens": ("opens", ("campaignId", "id")),
    "pipeline_stages": ("pipeline_stages", ("id",)),
    "pipelines": ("pipelines", ("id",)),
    "prospects": ("prospect_details", ("id",)),
    "replies": ("replies", ("campaignId", "id")),
    "sender_accounts": ("sender_accounts", ("id",)),
    "sent_emails": ("sent_emails", ("campaign_id", "id")),
    "warm_up_statistics": ("warm_up_statistics", ("warm_up_id", "date")),
    "warm_ups": ("warm_ups", ("id",)),
    "webhooks": ("webhooks", ("id",)),
}
EVENTS = {
    "clicks": "/v1/get-emails-clicked",
    "opens": "/v1/get-emails-opened",
    "replies": "/v1/get-emails-replies",
    "sent_emails": "/v1/emails-sent",
    "completed_prospects": "/v1/prospect-finished",
}
ACTIVITY = (
    "campaign_id",
    "event_time",
    "event_type",
    "recipient_email",
    "sender_email",
    "email_subject",
)
ADDED = {"campaign_id", "date_from", "date_to", "is_calculated", "prospect_id"}
BULK = ("company_domains", "email_finder", "email_verifications", "linkedin_profiles")


@pytest.fixture(scope="module")
def shared_sandbox():
    sizes = {"prospects": 320, "domain_prospects": 42, "domain_emails": 104, "generic_contacts": 12}
    rows = [
        word for name, size in sizes.items() for word in ("--rows", f"prospector.{name}={size}")
    ]
    with Sandbox("--unlimited", *rows) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    shared_sandbox.post("reset")
    shared_sandbox.post("options", {"prospector": {"polls_pending": 0}})
    return shared_sandbox


@pytest.fixture(scope="module")
def crowded_sandbox():
    with Sandbox("--unlimited", "--rows", "prospector.opens=16000") as sandbox:
        yield sandbox


def config_of(sandbox):
    return {
        "client_id": "sandbox-prospector-id",
        "client_secret": "sandbox-prospector-secret",
        "api_url": f"{sandbox.url}/prospector",
        "requests_per_minute": 1_000_000,
    }


@pytest.fixture
def config(sandbox):
    return config_of(sandbox)


def options(sandbox, **values):
    sandbox.post("options", {"prospector": values})


def fault(sandbox, path, status, body=None, **more):
    kind = {"kind": "status", "vendor": "prospector", "path": path, "status": status, "body": body}
    sandbox.post("faults", {**kind, **more})


def spent(sandbox):
    """The requests so far by path, those of single campaigns and warm-ups counted together."""
    paths = (entry["path"] for entry in sandbox.requests_to("prospector"))
    return collections.Counter(
        "/".join(word for word in path.strip("/").split("/") if not word.isdecimal())
        for path in paths
    )


def canonical(value):
    """A record as the sandbox spells it: instants in whole seconds."""
    if isinstance(value, dict):
        return {name: canonical(each) for name, each in value.items()}
    if isinstance(value, list):
        return [canonical(each) for each in value]
    return value.replace(".000000Z", "Z") if isinstance(value, str) else value


def expected(sandbox, stream):
    rows = sandbox.get(f"prospector/{STREAMS[stream][0]}")
    if stream == "list_prospects":
        deleted = {row["id"] for row in sandbox.get("prospector/lists") if row["isDeleted"]}
        return [row for row in rows if row["list_id"] not in deleted]
    if stream == "prospects":
        # Only what lists hold can be found.
        held = expected(sandbox, "list_prospects")
        listed = {row["id"] for row in held}
        ids = {
            row["detail_id"] for row in sandbox.get("prospector/prospects") if row["id"] in listed
        }
        return [row for row in rows if row["id"] in ids]
    return rows


def assert_equal(records, rows, key):
    """Each row once, field by field; what the vendor leaves out is null in canonical form."""
    found = {tuple(record[name] for name in key): canonical(record) for record in records}
    assert len(found) == len(records) == len(rows) > 0
    for row in rows:
        record = found[tuple(row[name] for name in key)]
        assert {name: record.get(name) for name in row} == row
        assert record.keys() - row.keys() <= ADDED


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_arrives_once_and_as_the_vendor_holds_it(sandbox, config, tmp_path, stream):
    run = run_tap("tap-prospector", tmp_path, config, streams=[stream])
    assert run.code == 0, run.log
    assert_equal(run.records[stream], expected(sandbox, stream), STREAMS[stream][1])
    assert "schema does not name" not in run.log


def test_the_default_selection_costs_as_few_requests_as_there_can_be(sandbox, config, tmp_path):
    first = run_tap("tap-prospector", tmp_path, config)
    started = [row for row in sandbox.get("prospector/campaigns") if row["started_at"]]
    members = collections.Counter(row["list_id"] for row in expected(sandbox, "list_prospects"))
    lists = [row["id"] for row in sandbox.get("prospector/lists") if not row["isDeleted"]]
    needed = {
        "v1/oauth/access_token": 1,
        "v1/get-user-campaigns": 1,  # the stream and its children share one answer
        "v2/statistics/campaign-analytics": 12,
        "v2/campaigns/progress": 12,
        **{path[1:]: len(started) for path in EVENTS.values()},
        "v1/get-user-lists": 1,
        "v1/prospect-list": sum(members[each] // 100 + 1 for each in lists),
        "v1/prospect-custom-fields": 1,
        "v1/get-balance": 1,
        "v2/webhooks": 1,
    }
    assert first.code == 0
    assert spent(sandbox) == needed

    sandbox.delete("requests")
    second = run_tap("tap-prospector", tmp_path, config, state=first.state)
    assert spent(sandbox) == needed  # the vendor filters by no date
    assert second.state == first.state
    for stream in ("clicks", "opens", "replies", "sent_emails"):
        assert len(second.records[stream]) < len(first.records[stream]) / 5


def test_drafts_cost_no_request_for_events(sandbox, config, tmp_path):
    streams = [*EVENTS, "recipients_activity", "all_replies"]
    run_tap("tap-prospector", tmp_path, config, streams=streams)
    drafts = {
        str(row["id"]) for row in sandbox.get("prospector/campaigns") if not row["started_at"]
    }
    for entry in sandbox.requests_to("prospector"):
        assert str(entry["query"].get("campaignId")) not in drafts
        assert not drafts & set(entry["path"].split("/"))


@pytest.mark.parametrize("form", ["object", "text", "mixed"])
def test_dates_as_php_objects_and_as_texts_are_the_same_instants(sandbox, config, tmp_path, form):
    options(sandbox, event_dates=form)
    run = run_tap("tap-prospector", tmp_path, config, streams=["replies", "sent_emails"])
    for stream in ("replies", "sent_emails"):
        assert_equal(run.records[stream], expected(sandbox, stream), STREAMS[stream][1])


@pytest.mark.parametrize("order", ["newest_first", "newest_block_ascending", "oldest_first"])
def test_more_events_than_one_answer_holds_all_come(crowded_sandbox, tmp_path, order):
    crowded_sandbox.post("reset")
    options(crowded_sandbox, event_order=order)
    run = run_tap("tap-prospector", tmp_path, config_of(crowded_sandbox), streams=["opens"])
    assert_equal(run.records["opens"], expected(crowded_sandbox, "opens"), STREAMS["opens"][1])
    assert spent(crowded_sandbox)["v1/get-emails-opened"] == 11  # ten campaigns, one of two pages


def test_events_that_come_while_the_tap_reads_push_none_out(crowded_sandbox, tmp_path):
    crowded_sandbox.post("reset")
    new = {"operation": "insert", "vendor": "prospector", "table": "opens"}
    plan = {"at": 2, "vendor": "prospector", "path": "/v1/get-emails-opened"}
    before = {row["id"] for row in crowded_sandbox.get("prospector/opens")}
    rows = [{**new, "row": {"campaignId": 700001}}] * 5
    crowded_sandbox.post("plans", {**plan, "operations": rows})
    run = run_tap("tap-prospector", tmp_path, config_of(crowded_sandbox), streams=["opens"])
    found = [record["id"] for record in run.records["opens"]]
    assert before <= set(found)
    assert len(found) == len(set(found))


def test_an_incremental_run_hands_on_the_lookback_and_what_is_new(sandbox, config, tmp_path):
    first = run_tap("tap-prospector", tmp_path, config, streams=["opens"])
    (new,) = sandbox.post(
        "prospector/opens", {"campaignId": 700002, "visitedAt": "2026-01-09T00:00:00Z"}
    )
    second = run_tap("tap-prospector", tmp_path, config, streams=["opens"], state=first.state)
    bookmarks = {
        each["context"]["campaign_id"]: each.get("replication_key_value", "")
        for each in second.state["bookmarks"]["opens"]["partitions"]
    }
    assert new["id"] in {record["id"] for record in second.records["opens"]}
    assert bookmarks[700002] == "2026-01-09T00:00:00.000000Z"
    newest = max(
        row["visitedAt"] for row in expected(sandbox, "opens") if row["campaignId"] == 700001
    )
    assert canonical(bookmarks[700001]) == newest


def test_quotes_of_a_second_encoding_are_taken_off_where_they_are_whole():
    assert unwrapped('"A \\"b\\"\\nc"') == 'A "b"\nc'
    assert unwrapped('"two\nlines"') == "two\nlines"
    for text in (None, "plain", '"', '"<\\p>"', '"one" and "two"'):
        assert unwrapped(text) == text


@pytest.mark.parametrize("largest", [100, 5000])
@pytest.mark.parametrize("size", [20, 100, 150, 5000])
def test_pages_smaller_than_asked_for_lose_no_prospect(sandbox, config, tmp_path, largest, size):
    options(sandbox, prospects_page=largest)
    config = {**config, "prospects_per_page": size}
    run = run_tap("tap-prospector", tmp_path, config, streams=["list_prospects"])
    assert run.code == 0, run.log
    assert_equal(
        run.records["list_prospects"], expected(sandbox, "list_prospects"), ("list_id", "id")
    )


def test_a_prospect_deleted_while_the_tap_reads_pulls_no_other_out(sandbox, config, tmp_path):
    first_list = [row for row in expected(sandbox, "list_prospects") if row["list_id"] == 100001]
    gone = first_list[-1]["id"]  # the newest comes first
    delete = {"operation": "delete", "vendor": "prospector", "table": "prospects", "id": gone}
    plan = {"at": 2, "vendor": "prospector", "path": "/v1/prospect-list", "operations": [delete]}
    # The list of the most prospects is the last but one to be read.
    sandbox.post("plans", {**plan, "at": spent_before(sandbox, 100001) + 2})
    run = run_tap("tap-prospector", tmp_path, config, streams=["list_prospects"])
    assert sandbox.get("plans") == {"pending": [], "problems": []}
    found = {
        record["id"] for record in run.records["list_prospects"] if record["list_id"] == 100001
    }
    assert {row["id"] for row in first_list} - {gone} <= found


def spent_before(sandbox, list_id):
    """How many requests for prospects the lists before one take: they come newest first."""
    members = collections.Counter(row["list_id"] for row in expected(sandbox, "list_prospects"))
    lists = [row["id"] for row in sandbox.get("prospector/lists") if not row["isDeleted"]]
    return sum(members[each] // 100 + 1 for each in lists if each > list_id)


def test_deleted_lists_are_read_only_when_asked_for(sandbox, config, tmp_path):
    options(sandbox, deleted_lists_readable=True)
    config = {**config, "include_deleted_lists": True}
    run = run_tap("tap-prospector", tmp_path, config, streams=["list_prospects"])
    assert_equal(
        run.records["list_prospects"], sandbox.get("prospector/list_prospects"), ("list_id", "id")
    )


def test_a_prospect_of_several_lists_is_asked_for_once(sandbox, config, tmp_path):
    run = run_tap("tap-prospector", tmp_path, config, streams=["list_prospects", "prospects"])
    asked = spent(sandbox)["v1/get-prospect-by-id"]
    assert asked == len({record["id"] for record in run.records["list_prospects"]})
    assert asked < len(run.records["list_prospects"])


def test_no_nul_reaches_a_loader(sandbox, config, tmp_path):
    run = run_tap("tap-prospector", tmp_path, config, streams=["list_prospects"])
    assert "\0" not in str(run.records)
    assert any(str(record["id"])[0] in "01" for record in run.records["list_prospects"])


def test_the_balance_has_one_row_a_day(sandbox, config, tmp_path):
    run = run_tap("tap-prospector", tmp_path, config, streams=["balance"])
    (row,) = sandbox.get("prospector/balance")
    today = f"{datetime.now(UTC).date()}"
    assert run.records["balance"] == [{**row, "balance": 25000.0, "read_on": today}]


def test_rows_of_earlier_runs_are_not_told_as_deleted(sandbox, config, tmp_path):
    config = {**config, "emit_activate_version_messages": True}
    streams = ["balance", "campaign_analytics", "lists"]
    run = run_tap("tap-prospector", tmp_path, config, streams=streams)
    told = [each["stream"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"]
    assert told == ["lists"]


def test_statistics_come_with_both_dates_and_in_total(sandbox, config, tmp_path):
    options(sandbox, analytics_dates_required=True)
    run = run_tap("tap-prospector", tmp_path, config, streams=["campaign_analytics"])
    rows = expected(sandbox, "campaign_analytics")
    assert_equal(run.records["campaign_analytics"], rows, ("campaign_id",))
    assert run.records["campaign_analytics"][0]["first_emails_rate"].endswith("%")


def test_daily_statistics_have_a_row_a_day_and_go_on_where_they_ended(sandbox, config, tmp_path):
    today = datetime.now(UTC).date()
    config = {
        **config,
        "analytics_daily": True,
        "start_date": f"{today - timedelta(days=9)}T00:00:00Z",
    }
    run = run_tap("tap-prospector", tmp_path, config, streams=["campaign_analytics"])
    records = run.records["campaign_analytics"]
    days = {date.fromisoformat(record["date_from"]) for record in records}
    assert days == {today - timedelta(days=number) for number in range(11)}
    assert all(record["date_from"] == record["date_to"] for record in records)
    assert len(records) == 110  # drafts have no days
    again = run_tap(
        "tap-prospector", tmp_path, config, streams=["campaign_analytics"], state=run.state
    )
    assert len(again.records["campaign_analytics"]) == 40  # two days, the one before, and today


def test_a_campaign_deleted_meanwhile_is_skipped_with_a_warning(sandbox, config, tmp_path):
    delete = {"operation": "delete", "vendor": "prospector", "table": "campaigns", "id": 700005}
    plan = {"at": 2, "vendor": "prospector", "path": "/progress", "operations": [delete]}
    sandbox.post("plans", plan)
    run = run_tap("tap-prospector", tmp_path, config, streams=["campaign_progress"])
    assert run.code == 0, run.log
    assert "campaign_id 700005" in run.log
    assert "was deleted meanwhile" in run.log
    assert len(run.records["campaign_progress"]) == 11


def test_another_422_of_progress_passes(sandbox, config, tmp_path):
    fault(sandbox, "/progress", 422, {"message": "Not ready"})
    run = run_tap("tap-prospector", tmp_path, config, streams=["campaign_progress"])
    assert run.code == 0
    assert "answered HTTP 422 (Not ready); again in" in run.log
    assert len(run.records["campaign_progress"]) == 12


def test_a_422_of_progress_that_lasts_is_a_failure_of_that_campaign_alone(sandbox, caplog):
    vendor = VENDORS["prospector"]
    fault(sandbox, "/campaigns/700005/progress", 422, {"message": "Not ready"}, times=None)
    run = reader(sandbox, caplog)(vendor, streams=["campaign_progress"])
    (line,) = run.errors
    assert "HTTP 422 (Not ready), 5 times" in line
    assert len(run.records["campaign_progress"]) == 11


def test_activity_all_comes_though_nothing_tells_twins_of_one_second_apart(
    sandbox, config, tmp_path
):
    run = run_tap("tap-prospector", tmp_path, config, streams=["recipients_activity"])

    def by_key(rows):
        return {tuple(row[name] for name in ACTIVITY): row for row in rows}

    records, rows = (
        run.records["recipients_activity"],
        sandbox.get("prospector/recipients_activity"),
    )
    assert by_key(records) == by_key(rows)
    assert len(by_key(rows)) < len(records) == len(rows)


def test_windows_of_activity_are_never_longer_than_the_vendor_allows(sandbox, config, tmp_path):
    chosen = {"streams": ["recipients_activity"]}
    first = run_tap("tap-prospector", tmp_path, config, **chosen)
    queries = [entry["query"] for entry in sandbox.requests_to("prospector")]
    spans = [
        date.fromisoformat(query["dateTo"]) - date.fromisoformat(query["dateFrom"])
        for query in queries
        if "dateTo" in query
    ]
    assert max(spans) == timedelta(days=30)
    full = len(spans)
    sandbox.delete("requests")
    second = run_tap("tap-prospector", tmp_path, config, state=first.state, **chosen)
    assert second.code == 0
    assert spent(sandbox)["v2/campaigns/recipients-activity"] < full
    assert (
        len(second.records["recipients_activity"]) < len(first.records["recipients_activity"]) / 5
    )


@pytest.mark.parametrize("size", [1000, 7])
def test_replies_all_come_whatever_the_size_of_a_page(sandbox, config, tmp_path, size):
    options(sandbox, all_replies_page=size)
    run = run_tap("tap-prospector", tmp_path, config, streams=["all_replies"])
    key = STREAMS["all_replies"][1]
    assert_equal(run.records["all_replies"], expected(sandbox, "all_replies"), key)


def test_warm_ups_are_asked_for_by_the_largest_page(sandbox, config, tmp_path):
    first = run_tap("tap-prospector", tmp_path, config, streams=["warm_ups", "warm_up_statistics"])
    assert spent(sandbox)["v2/warm-up"] == 1
    assert spent(sandbox)["v2/warm-up/statistics"] == 45
    again = run_tap(
        "tap-prospector", tmp_path, config, streams=["warm_up_statistics"], state=first.state
    )
    assert len(again.records["warm_up_statistics"]) < 45 * 4


# Errors


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"code": 400, "title": "What is wrong", "source": ""}},
        {"errors": {"type": "FreePlan", "message": "What is wrong"}},
        {"success": False, "errors": "What is wrong"},
        {"success": False, "message": "What is wrong"},
        {"success": False, "result": "What is wrong"},
        {"success": False, "data": {"message": "What is wrong"}},
        {"success": False, "errors": ["What is wrong"]},
        {"errors": [{"user_id": "What is wrong"}]},
    ],
)
def test_of_an_error_only_the_vendors_message_is_shown(sandbox, config, tmp_path, body):
    fault(sandbox, "/v1/get-balance", 400, {**body, "more": "of the body"})
    run = run_tap("tap-prospector", tmp_path, config, streams=["balance"])
    assert run.code == 1
    assert "(What is wrong)" in run.log
    assert "of the body" not in run.log


def test_a_refusal_with_status_200_is_an_error(sandbox, config, tmp_path):
    fault(sandbox, "/v1/prospect-list", 200, {"success": False, "message": "Not today"})
    run = run_tap("tap-prospector", tmp_path, config, streams=["list_prospects", "lists"])
    assert run.code == 1
    assert "Not today" in run.log
    assert len(run.records["lists"]) == 8


def test_a_token_that_ends_early_is_renewed_once(sandbox, config, tmp_path):
    fault(sandbox, "/v1/get-balance", 401)
    run = run_tap("tap-prospector", tmp_path, config, streams=["balance"])
    assert run.code == 0
    assert spent(sandbox)["v1/oauth/access_token"] == 2


def test_wrong_credentials_end_the_run_with_advice(sandbox, config, tmp_path):
    config = {**config, "client_secret": "wrong"}
    run = run_tap("tap-prospector", tmp_path, config, streams=["balance", "campaigns"])
    assert run.code == 1
    assert "check `client_id` and `client_secret`" in run.log
    assert len(sandbox.requests_to("prospector")) == 1


def test_the_free_plan_is_told_in_the_vendors_words(sandbox, config, tmp_path):
    options(sandbox, free_plan=True)
    run = run_tap("tap-prospector", tmp_path, config, streams=["balance"])
    assert run.code == 1
    assert "The API is not part of the free plan." in run.log


# Searches


def search(sandbox, tmp_path, *streams, **settings):
    config = {**config_of(sandbox), "max_credits": 1000, **settings}
    return run_tap("tap-prospector", tmp_path, config, streams=list(streams))


@pytest.mark.parametrize("word", ["in progress", "in_progress"])
@pytest.mark.parametrize(
    ("stream", "table", "key"),
    [
        ("domain_companies", "domain_companies", ("domain",)),
        ("domain_prospects", "listed_domain_prospects", ("prospect_hash",)),
        ("domain_emails", "domain_emails", ("email",)),
        ("domain_generic_contacts", "generic_contacts", ("email",)),
        ("domain_email_counts", "domain_email_counts", ("domain",)),
    ],
)
def test_searches_by_domain_read_every_page(sandbox, tmp_path, stream, table, key, word):
    options(sandbox, polls_pending=1, pending_word=word)
    run = search(sandbox, tmp_path, stream, domains=["company1.example", "company1.example"])
    rows = [
        row for row in sandbox.get(f"prospector/{table}") if row["domain"] == "company1.example"
    ]
    for record in run.records[stream]:
        for name in {"search_emails_start", "prospects_count", "emails_count"} & record.keys():
            del record[name]
        record.pop("generic_contacts_count", None)
    assert run.code == 0, run.log
    assert_equal(run.records[stream], rows, key)


def test_the_addresses_of_people_are_asked_for_once_each(sandbox, tmp_path):
    streams = ("domain_prospects", "domain_prospect_emails")
    run = search(sandbox, tmp_path, *streams, domains=["company2.example"])
    asked = {record["prospect_hash"] for record in run.records["domain_prospects"]}
    rows = sandbox.get("prospector/domain_prospect_emails")
    wanted = [row for row in rows if row["prospect_hash"] in asked]
    for record in run.records["domain_prospect_emails"]:
        assert record.pop("domain") == "company2.example"
    assert_equal(run.records["domain_prospect_emails"], wanted, ("prospect_hash",))
    paid = [row["path"] for row in sandbox.get("prospector/paid_requests")]
    assert len(paid) == len(set(paid)) == 1 + len(asked)


def test_bulk_searches_answer_each_input_found_or_not(sandbox, tmp_path):
    people = [
        {name: row[name] for name in ("first_name", "last_name", "domain")}
        for row in sandbox.get("prospector/domain_prospects")
        if row["domain"] == "company2.example"
    ]
    given = {
        "company_names": [f"Company {number} & Co" for number in range(1, 14)],
        "emails": [f"person{number}@example.com" for number in range(12)] * 2,
        "linkedin_urls": ["https://www.linkedin.com/in/person-2", "https://www.linkedin.com/in/no"],
        "people": people,
    }
    run = search(sandbox, tmp_path, *BULK, **given)
    assert run.code == 0, run.log
    found = {record["name"]: record["result"] for record in run.records["company_domains"]}
    assert found["Company 1 & Co"] == {"domain": "company1.example"}
    assert found["Company 13 & Co"] == {}
    assert len(run.records["company_domains"]) == len(found) == 13
    assert {record["email"] for record in run.records["email_verifications"]} == set(
        given["emails"]
    )
    assert {record["url"] for record in run.records["linkedin_profiles"]} == set(
        given["linkedin_urls"]
    )
    rows = {row["people"]: row for row in sandbox.get("prospector/email_finder")}
    for record in run.records["email_finder"]:
        assert record["result"] == rows[record["people"]]["result"]
        assert record["domain"] == "company2.example"
    starts = [path for path in spent(sandbox).elements() if path.endswith("/start")]
    assert len(starts) == 2 + 2 + 1 + 1


def test_an_address_without_a_profile_is_no_failure(sandbox, tmp_path):
    emails = ["nobody@example.com", "person2@example.com"]
    run = search(sandbox, tmp_path, "email_profiles", emails=emails)
    (row,) = [row for row in sandbox.get("prospector/profiles") if row["email"] == emails[1]]
    assert run.code == 0, run.log
    assert_equal(run.records["email_profiles"], [row], ("email",))


@pytest.mark.parametrize("stream", ["domain_companies", "email_profiles", *BULK])
def test_nothing_is_paid_without_max_credits(sandbox, tmp_path, stream):
    given = {
        "domains": ["company1.example"],
        "emails": ["person2@example.com"],
        "people": [{"first_name": "A", "last_name": "B", "domain": "company1.example"}],
        "linkedin_urls": ["https://www.linkedin.com/in/person-2"],
        "company_names": ["Company 1 & Co"],
    }
    run = search(sandbox, tmp_path, stream, max_credits=None, **given)
    assert run.code == 1
    assert "set `max_credits`" in run.log
    assert sandbox.get("prospector/paid_requests") == []


def test_a_run_never_spends_more_than_max_credits(sandbox, tmp_path):
    domains = [f"company{number}.example" for number in range(1, 5)]
    run = search(sandbox, tmp_path, "domain_companies", domains=domains, max_credits=2)
    assert run.code == 1
    assert "max_credits = 2 is spent" in run.log
    assert len(run.records["domain_companies"]) == 2
    assert len(sandbox.get("prospector/paid_requests")) == 2
    assert "credits before 25000.00, after 24998.00" in run.log


@pytest.mark.parametrize(
    ("stream", "path"),
    [("domain_companies", "/start"), ("email_profiles", "/v1/get-profile-by-email")],
)
def test_a_paid_request_is_never_repeated(sandbox, tmp_path, stream, path):
    fault(sandbox, path, 502)
    given = {"domains": ["company1.example"], "emails": ["person2@example.com"]}
    run = search(sandbox, tmp_path, stream, **given)
    assert run.code == 1
    assert "not repeated, because it costs credits" in run.log
    asked = [entry for entry in sandbox.requests_to("prospector") if entry["path"].endswith(path)]
    assert len(asked) == 1


@pytest.mark.parametrize("told", ["job", "refuse"])
def test_an_account_without_credits_is_told_so(sandbox, tmp_path, told):
    options(sandbox, credits=0, out_of_credits=told)
    run = search(sandbox, tmp_path, "domain_companies", domains=["company1.example"])
    assert run.code == 1
    assert "credits; buy more" in run.log or "you ran out of credits" in run.log


def test_children_share_one_reading_of_a_parent_that_is_not_selected(sandbox, config, tmp_path):
    streams = ["opens", "clicks", "campaign_progress", "prospects"]
    run = run_tap("tap-prospector", tmp_path, config, streams=streams)
    assert set(run.records) == set(streams)
    assert spent(sandbox)["v1/get-user-campaigns"] == 1
    assert spent(sandbox)["v1/get-user-lists"] == 1
