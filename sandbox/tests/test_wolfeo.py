from __future__ import annotations

import itertools

import pytest
import requests

NEW = {"GDPR": "gdpr", "funnel_id": "id", "webhook_id": "id", "sequence_id": "id"}


def canonical(row):
    return {NEW.get(name, name): value for name, value in row.items()}


def by_id(rows):
    return sorted(rows, key=lambda row: row["id"])


@pytest.mark.parametrize("key", ["", "wrong", "sandbox-wolfeo-key2", "clé"])
def test_a_wrong_key_is_refused(sandbox, key):
    answer = sandbox.wolfeo("/tags", key=key.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"


def test_the_key_in_the_query_works_and_is_marked_in_the_log_without_its_value(sandbox):
    answer = requests.get(
        f"{sandbox.address}/wolfeo/v1/tags", params={"api_key": "sandbox-wolfeo-key"}, timeout=30
    )
    assert answer.status_code == 200
    (entry,) = sandbox.control("GET", "/requests")
    assert entry["secrets_in_query"] == ["api_key"]
    assert "sandbox-wolfeo-key" not in str(entry)


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/contacts", "listed_contacts"),
        ("/tags", "tags"),
        ("/sequences", "sequences"),
        ("/orders", "orders"),
        ("/transactions", "transactions"),
        ("/invoices", "invoices"),
        ("/subscriptions", "subscriptions"),
        ("/campaigns", "campaigns"),
    ],
)
def test_all_pages_together_hold_every_row_once(sandbox, path, table):
    read = [canonical(row) for row in sandbox.all_pages(path)]
    assert by_id(read) == by_id(sandbox.control("GET", f"/wolfeo/{table}"))


@pytest.mark.parametrize(
    ("path", "table"), [("/custom-fields", "custom_fields"), ("/webhooks", "webhooks")]
)
def test_unpaged_lists_have_no_meta(sandbox, path, table):
    body = sandbox.wolfeo(path).json()
    assert body.keys() == {"success", "data"}
    assert [canonical(row) for row in body["data"]] == sandbox.control("GET", f"/wolfeo/{table}")


def test_funnels_and_steps_come_in_both_spellings(sandbox):
    funnels = sandbox.wolfeo("/funnels").json()["data"]
    assert {"id" in funnel for funnel in funnels} == {True, False}
    steps = [step for funnel in funnels for step in funnel["steps"]]
    assert {"id" in step for step in steps} == {True, False}
    assert all(("id" in step) != ("step_id" in step) for step in steps)
    sandbox.set(spelling="new", funnel_steps=False)
    assert all(
        row.keys() == {"id", "name", "type"} for row in sandbox.wolfeo("/funnels").json()["data"]
    )


def test_pages_are_fifty_long_by_default_and_tell_their_place(sandbox):
    body = sandbox.wolfeo("/contacts").json()
    assert body["meta"] == {"current_page": 1, "last_page": 24, "per_page": 50, "total": 1200}
    assert len(body["data"]) == 50


@pytest.mark.parametrize("per_page", ["0", "101", "-1", "ten", "", "1.5", "9" * 40])
def test_per_page_outside_1_to_100_is_a_validation_error(sandbox, per_page):
    answer = sandbox.wolfeo("/contacts", per_page=per_page)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert answer.json()["error"]["details"].keys() == {"per_page"}


def test_per_page_can_be_clamped_instead(sandbox):
    sandbox.set(per_page_excess="clamp")
    assert sandbox.wolfeo("/contacts", per_page=500).json()["meta"]["per_page"] == 100
    assert sandbox.wolfeo("/contacts", per_page=0).json()["meta"]["per_page"] == 1


def test_a_page_beyond_the_last_is_empty_or_refused(sandbox):
    assert sandbox.wolfeo("/tags", page=9).json()["data"] == []
    sandbox.set(page_beyond_last="refuse")
    assert sandbox.wolfeo("/tags", page=9).status_code == 404


@pytest.mark.parametrize("path", ["/contacts", "/orders", "/transactions", "/subscriptions"])
def test_lists_are_newest_first(sandbox, path):
    times = [row["created_at"] for row in sandbox.all_pages(path)]
    assert times == sorted(times, reverse=True)
    assert times[-1] >= "2024-01-01"
    assert times[0] < "2026"


def test_more_contacts_share_an_instant_than_fit_a_page(sandbox):
    times = sorted(row["created_at"] for row in sandbox.control("GET", "/wolfeo/contacts"))
    sizes = [len(list(group)) for _, group in itertools.groupby(times)]
    assert max(sizes) > 100
    assert 2 in sizes


def test_ties_can_turn_round_between_requests(sandbox):
    first, second = (sandbox.wolfeo("/contacts", page=6, per_page=100).json() for _ in range(2))
    assert first == second
    sandbox.set(tie_order="unstable")
    first, second = (sandbox.wolfeo("/contacts", page=6, per_page=100).json() for _ in range(2))
    assert first != second
    assert [row["created_at"] for row in first["data"]] == [
        row["created_at"] for row in second["data"]
    ]


def count(sandbox, **query):
    return sandbox.wolfeo("/contact-count", **query).json()["data"]["count"]


def test_a_range_filters_by_day_and_its_end_can_be_exclusive(sandbox):
    rows = sandbox.control("GET", "/wolfeo/contacts")
    days = [row["created_at"][:10] for row in rows]
    span = {"period": "between", "range": "2024-03-01to2024-03-31"}
    inclusive = [day for day in days if "2024-03-01" <= day <= "2024-03-31"]
    assert count(sandbox, **span) == len(inclusive) > 0
    assert len(sandbox.all_pages("/contacts", **span)) == len(inclusive)
    sandbox.set(range_end="exclusive")
    assert count(sandbox, **span) == len([day for day in inclusive if day < "2024-03-31"])
    one_day = {"period": "between", "range": "2024-03-05to2024-03-05"}
    assert count(sandbox, **one_day) == 0


def test_days_can_begin_in_another_zone(sandbox):
    sandbox.control("POST", "/wolfeo/contacts", {"created_at": "2026-05-01T23:30:00.000000Z"})
    day = {"period": "between", "range": "2026-05-02to2026-05-02"}
    assert count(sandbox, **day) == 0
    sandbox.set(day_zone_hours=2)
    assert count(sandbox, **day) == 1


def test_named_periods_start_from_a_fixed_day(sandbox):
    named = {name: count(sandbox, period=name) for name in ("today", "last7days", "last30days")}
    assert 0 < named["today"] < named["last7days"] < named["last30days"]
    sandbox.set(today="2020-01-01")
    assert count(sandbox, period="last30days") == 0
    assert count(sandbox, period="all") == 1200


@pytest.mark.parametrize(
    "query",
    [
        {"period": "ever"},
        {"period": "between"},
        {"period": "between", "range": "2024-01-01"},
        {"period": "between", "range": "2024-02-01to2024-01-01"},
        {"period": "between", "range": "2024-02-30to2024-03-01"},
        {"period": "between", "range": "20240201to20240301"},
        {"period": "between", "range": "2024-02-01to2024-03-01to2024-04-01"},
        {"period": "between", "range": "9999-12-31to9999-12-31"},
    ],
)
@pytest.mark.parametrize("path", ["/contacts", "/orders", "/contact-count"])
def test_a_bad_period_is_refused(sandbox, path, query):
    answer = sandbox.wolfeo(path, **query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_PERIOD"


def test_the_count_needs_a_period(sandbox):
    assert sandbox.wolfeo("/contact-count").json()["error"]["code"] == "INVALID_PERIOD"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/orders", "refunded"), ("/subscriptions", "inactive"), ("/campaigns", "sent")],
)
def test_a_status_filters_and_an_unknown_one_is_refused(sandbox, path, status):
    found = sandbox.all_pages(path, status=status)
    assert {row["status"] for row in found} == {status}
    answer = sandbox.wolfeo(path, status="lost")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_STATUS"


def test_details_come_by_id_and_by_email_and_match_the_canonical_rows(sandbox):
    details = sandbox.control("GET", "/wolfeo/contact_details")
    assert any(detail["subscriptions"] for detail in details)
    for detail in details[:40]:
        for query in ({"contact_id": detail["id"]}, {"email": detail["email"]}):
            row = canonical(sandbox.wolfeo("/contact", **query).json()["data"])
            for name in ("tags", "sequences"):
                row[name] = [int(one) for one in row[name]]
            assert row == detail


def test_stats_match_the_canonical_rows(sandbox):
    for stats in sandbox.control("GET", "/wolfeo/contact_stats")[:20]:
        read = sandbox.wolfeo("/contact-stats", contact_id=stats["contact_id"]).json()["data"]
        assert read == stats


def test_a_contact_is_named_by_id_or_email(sandbox):
    assert sandbox.wolfeo("/contact").status_code == 422
    assert sandbox.wolfeo("/contact", contact_id="x").status_code == 422
    assert sandbox.wolfeo("/contact", contact_id=1).json()["error"]["code"] == "NOT_FOUND"
    assert sandbox.wolfeo("/contact-stats", email="nobody@example.com").status_code == 404


def test_the_contacts_of_a_tag_have_pages(sandbox):
    expected = sandbox.control("GET", "/wolfeo/tag_contacts")
    assert sandbox.wolfeo("/tags-contacts", tag_id=1, per_page=100).json()["meta"]["last_page"] > 2
    for tag in sandbox.control("GET", "/wolfeo/tags"):
        read = sandbox.all_pages("/tags-contacts", tag_id=tag["id"])
        assert [{"tag_id": tag["id"], **canonical(row)} for row in read] == [
            row for row in expected if row["tag_id"] == tag["id"]
        ]
    sandbox.set(tag_contacts_consent=False)
    row = sandbox.wolfeo("/tags-contacts", tag_id=1).json()["data"][0]
    assert row.keys() == {"id", "email", "first_name", "last_name"}


def test_a_deleted_tag_is_not_found_and_leaves_its_contacts(sandbox):
    contact = next(row for row in sandbox.control("GET", "/wolfeo/contacts") if 1 in row["tags"])
    sandbox.control("DELETE", "/wolfeo/tags/1")
    assert sandbox.wolfeo("/tags-contacts", tag_id=1).json()["error"]["code"] == "NOT_FOUND"
    tags = sandbox.wolfeo("/contacts-tags", contact_id=contact["id"]).json()["data"]
    assert [tag["id"] for tag in tags] == contact["tags"][1:]


def test_single_records(sandbox):
    order = sandbox.control("GET", "/wolfeo/orders")[7]
    assert sandbox.wolfeo("/order", id_order=order["id_order"]).json()["data"] == order
    assert sandbox.wolfeo("/order", id_order="none").status_code == 404
    assert sandbox.wolfeo("/order").status_code == 422
    campaign = sandbox.wolfeo("/campaign", campaign_id=3).json()["data"]
    assert campaign == sandbox.control("GET", "/wolfeo/campaigns/3")
    subscription = sandbox.control("GET", "/wolfeo/subscriptions")[0]
    read = sandbox.wolfeo("/subscription", subscription_id=subscription["id"]).json()["data"]
    assert read == subscription


def test_sales_are_an_object_or_the_old_bare_array(sandbox):
    orders = sandbox.control("GET", "/wolfeo/orders")
    sum_of_completed = sum(row["amount"] for row in orders if row["status"] == "completed")
    body = sandbox.wolfeo("/sales-amount", period="all").json()
    assert body["data"]["amount"] == pytest.approx(sum_of_completed)
    sandbox.set(spelling="old")
    assert sandbox.wolfeo("/sales-amount").json() == [body["data"]]


def test_lists_without_documented_order_can_turn_round(sandbox):
    ascending = [row["id"] for row in sandbox.wolfeo("/tags").json()["data"]]
    sandbox.set(list_order="descending")
    assert [row["id"] for row in sandbox.wolfeo("/tags").json()["data"]] == ascending[::-1]


def test_unknown_paths_are_not_found(sandbox):
    for path in ("/contact-lists", "/contacts/1", "", "/contacts/"):
        answer = sandbox.wolfeo(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"
    posted = sandbox.session.post(
        f"{sandbox.address}/wolfeo/v1/contacts",
        headers={"authorization": "Bearer sandbox-wolfeo-key"},
        timeout=30,
    )
    assert posted.status_code == 404


def test_the_data_holds_the_documented_oddities(sandbox):
    contacts = sandbox.all_pages("/contacts")
    assert {"GDPR" in row for row in contacts} == {True, False}
    names = [row["first_name"] for row in contacts]
    assert None in names
    assert "" in names
    assert any("\n" in name for name in names if name)
    assert any('"' in name for name in names if name)
    left = {type(row["payments_left"]) for row in sandbox.control("GET", "/wolfeo/subscriptions")}
    assert left == {str, int}
    amounts = {type(row["amount"]) for row in sandbox.control("GET", "/wolfeo/orders")}
    assert amounts == {float, int}
    tags = {
        type(tag)
        for number in range(100_001, 100_031)
        for tag in sandbox.wolfeo("/contact", contact_id=number).json()["data"]["tags"]
    }
    assert tags == {str, int}
