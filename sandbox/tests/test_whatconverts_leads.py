from __future__ import annotations

from collections import Counter

import pytest


def by(field, rows):
    return sorted(rows, key=lambda row: row[field])


def test_leads_are_newest_first_and_25_unless_asked_otherwise(whatconverts):
    body = whatconverts.get("/leads", page=2, per_page=7, last_updated_start="2025-01-01").json()
    assert len(body["leads"]) == 25
    assert (body["page_number"], body["total_pages"], body["total_leads"]) == (1, 120, 3000)
    newest = by("date_created", whatconverts.table("leads"))[::-1]
    assert [row["lead_id"] for row in body["leads"]] == [row["lead_id"] for row in newest[:25]]
    body = whatconverts.get("/leads", order="ASC", leads_per_page=10).json()
    assert [row["lead_id"] for row in body["leads"]] == [row["lead_id"] for row in newest[:-11:-1]]
    assert whatconverts.get("/leads", order="up").status_code == 400


def test_the_largest_page_clamps_or_refuses(whatconverts):
    body = whatconverts.get("/leads", leads_per_page=9999).json()
    assert (len(body["leads"]), body["total_pages"]) == (2500, 2)
    assert whatconverts.get("/leads", leads_per_page=2500, page_number=2).json()[
        "leads_per_page"
    ] == (500)
    whatconverts.set(reported_size="requested", leads_per_page_highest=250)
    body = whatconverts.get("/leads", leads_per_page=2500, page_number=12).json()
    assert (len(body["leads"]), body["leads_per_page"], body["total_pages"]) == (250, 250, 12)
    whatconverts.set(page_size_excess="refuse")
    assert whatconverts.get("/leads", leads_per_page=251).status_code == 400


@pytest.mark.parametrize("query", [{"leads_per_page": 0}, {"page_number": 0}, {"page_number": "x"}])
def test_sizes_and_pages_are_numbers_from_one(whatconverts, query):
    assert whatconverts.get("/leads", **query).status_code == 400


def test_a_page_beyond_the_last_is_empty_or_refused(whatconverts):
    body = whatconverts.get("/leads", page_number=500).json()
    assert (body["leads"], body["leads_per_page"]) == ([], 0)
    whatconverts.set(page_beyond_last="refuse")
    assert whatconverts.get("/leads", page_number=500).status_code == 400
    empty = whatconverts.get("/leads", lead_source="nowhere").json()
    assert (empty["total_pages"], empty["total_leads"], empty["leads"]) == (0, 0, [])


def total(whatconverts, **query):
    return whatconverts.get("/leads", leads_per_page=1, **query).json()["total_leads"]


def test_a_range_filters_on_date_created_and_its_ends_can_be_exclusive(whatconverts):
    times = sorted(row["date_created"] for row in whatconverts.table("leads"))
    start, end = times[170], times[340]
    assert len([time for time in times if time in (start, end)]) == 4
    query = {"start_date": start, "end_date": end}
    inside = [time for time in times if start <= time <= end]
    assert total(whatconverts, **query) == len(inside)
    whatconverts.set(range_start="exclusive")
    assert total(whatconverts, **query) == len(inside) - 2
    whatconverts.set(range_end="exclusive")
    assert total(whatconverts, **query) == len(inside) - 4
    assert total(whatconverts, start_date="2027-01-01") == 0
    assert total(whatconverts, start_date=end, end_date=start) == 0


def test_a_day_counts_as_a_whole_or_ends_as_it_begins(whatconverts):
    times = [row["date_created"] for row in whatconverts.table("leads")]
    day = {"start_date": "2024-03-05", "end_date": "2024-03-05"}
    count = sum(time.startswith("2024-03-05") for time in times)
    assert total(whatconverts, **day) == count > 0
    whatconverts.set(end_day="midnight")
    assert total(whatconverts, **day) == 0
    whatconverts.set(end_day="whole", range_precision="days")
    day = {"start_date": "2024-03-05T23:59:59Z", "end_date": "2024-03-05T00:00:00Z"}
    assert total(whatconverts, **day) == count


def test_more_than_400_days_are_refused_or_cut(whatconverts):
    query = {"start_date": "2024-01-01", "end_date": "2025-02-05"}
    assert whatconverts.get("/leads", **query).status_code == 400
    assert total(whatconverts, **{**query, "end_date": "2025-02-04"}) > 0
    whatconverts.set(long_range="cut")
    first = whatconverts.get("/leads", order="asc", **query).json()["leads"][0]
    assert first["date_created"] >= "2024-01-02"
    assert whatconverts.get("/accounts", **query).status_code == 200


def test_the_default_start_can_be_today(whatconverts):
    assert total(whatconverts) == 3000
    whatconverts.set(default_start="today")
    assert 0 < total(whatconverts) < 10
    assert whatconverts.get("/accounts").json()["total_accounts"] == 0
    assert total(whatconverts, start_date="2024-01-01") == 3000


@pytest.mark.parametrize(
    "text", ["", "today", "2024-02-30", "2024-01-01T00:00:00", "2024-01-01 00:00:00", "20240101"]
)
def test_a_bad_date_is_refused(whatconverts, text):
    for name in ("start_date", "end_date"):
        assert whatconverts.get("/leads", **{name: text}).status_code == 400
    assert whatconverts.get("/leads", end_date="9999-12-31").status_code == 400


@pytest.mark.parametrize(
    ("query", "field", "values"),
    [
        ({"lead_type": "phone_call"}, "lead_type", {"Phone Call"}),
        ({"lead_type": "web_form"}, "lead_type", {"Web Form"}),
        ({"lead_status": "repeat"}, "lead_status", {"Repeat"}),
        ({"quotable": "not_set"}, "quotable", {"Not Set"}),
        ({"spam": "true"}, "spam", {True}),
        ({"duplicate": "false"}, "duplicate", {False}),
        ({"sales_value": "no_value"}, "sales_value", {None}),
        ({"lead_source": "bing"}, "lead_source", {"bing"}),
        ({"lead_campaign": "Spring, -50 %"}, "lead_campaign", {"Spring, -50 %"}),
    ],
)
def test_filters_have_words_of_their_own(whatconverts, query, field, values):
    ids = {row["lead_id"]: row for row in whatconverts.table("leads") if row[field] in values}
    read = whatconverts.all_pages("/leads", "leads", **query)
    assert {row["lead_id"] for row in read} == ids.keys() != set()


def test_a_value_filter_asks_whether_there_is_one(whatconverts):
    count = sum(row["quote_value"] is not None for row in whatconverts.table("leads"))
    assert total(whatconverts, quote_value="has_value") == count
    assert total(whatconverts, quote_value="no_value") == 3000 - count


@pytest.mark.parametrize(
    "query", [{"lead_type": "Phone Call"}, {"spam": "1"}, {"quote_value": "12"}, {"quotable": "x"}]
)
def test_words_that_no_document_lists_are_refused(whatconverts, query):
    assert whatconverts.get("/leads", **query).status_code == 400


def test_leads_share_seconds_more_of_them_than_fit_a_small_page(whatconverts):
    counts = Counter(row["date_created"] for row in whatconverts.table("profile_leads"))
    assert max(counts.values()) > 100
    assert 2 in counts.values()


def test_one_second_can_fill_more_than_the_largest_page(whatconverts):
    at = "2025-12-31T20:00:00Z"
    whatconverts.client.control("POST", "/whatconverts/leads", [{"date_created": at}] * 2501)
    query = {"leads_per_page": 2500, "order": "asc", "start_date": at, "end_date": at}
    assert whatconverts.get("/leads", **query).json()["total_pages"] == 2
    ids = {row["lead_id"] for row in whatconverts.get("/leads", **query).json()["leads"]}
    ids |= {
        row["lead_id"] for row in whatconverts.get("/leads", page_number=2, **query).json()["leads"]
    }
    assert len(ids) == 2501


def test_ties_can_turn_round_between_requests(whatconverts):
    query = {"leads_per_page": 100, "order": "asc", "page_number": 16}

    def ids():
        return [row["lead_id"] for row in whatconverts.get("/leads", **query).json()["leads"]]

    assert ids() == ids()
    whatconverts.set(tie_order="unstable")
    first, second = ids(), ids()
    assert first != second


def test_a_change_moves_no_lead(whatconverts):
    before = [row["lead_id"] for row in whatconverts.get("/leads").json()["leads"]]
    change = {"last_updated": "2025-12-31T23:00:00Z", "sales_value": 5, "lead_score": 7}
    whatconverts.client.control("PATCH", f"/whatconverts/leads/{before[3]}", change)
    after = whatconverts.get("/leads").json()["leads"]
    assert [row["lead_id"] for row in after] == before
    assert float(after[3]["sales_value"]) == 5
