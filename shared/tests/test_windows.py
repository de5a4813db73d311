"""Lists by date, and newest first, against a model of a vendor whose rows move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from moving_vendor import TODAY, Dated, Vendor, ages, changes, days_ago, keys, midnight
from tap_shared.errors import StreamError
from tap_shared.pages import NumberedPages, OffsetPages
from tap_shared.walks import Answer
from tap_shared.windows import EARLIEST, DateWindows, NewestFirst, Since, WhateverItsStart

PAGES = NumberedPages("page", "size", 3, total_at="total", last_page_at="last_page")
WINDOWS = DateWindows(PAGES, lambda first, last: {"first": first, "last": last}, pages_per_window=2)
NEWEST = NewestFirst(PAGES, by="at")


@given(ages, changes, st.booleans(), st.one_of(st.none(), st.integers(0, 400)))
def test_no_safe_point_comes_before_the_rows_behind_it(days, changes, counts_last_day, age):
    vendor = Vendor(days, changes, counts_last_day=counts_last_day)
    since = None if age is None else datetime.now(UTC) - timedelta(days=age)
    started = dict(vendor.rows)
    wanted = {key for key, day in started.items() if since is None or day >= since.date()}
    found: set[int] = set()
    try:
        for page in WINDOWS.pages(vendor.ask, since):
            found.update(record["key"] for record in page.records)
            if page.is_safe_point and found:
                newest = max(started.get(key, TODAY) for key in found)
                behind = {key for key in wanted if started[key] <= newest}
                assert behind & vendor.always_there <= found
    except StreamError:
        return
    assert wanted & vendor.always_there <= found


def test_nothing_new_costs_one_request():
    vendor = Vendor(days_ago(300, 200, 100))
    since = datetime.now(UTC) - timedelta(days=30)
    assert keys(WINDOWS.pages(vendor.ask, since)) == []
    (request,) = vendor.requests
    # The vendor's day may be another one, and the last one may not count.
    assert request["first"] == TODAY - timedelta(days=31)
    assert request["last"] == TODAY + timedelta(days=2)


def test_a_span_of_as_many_pages_as_allowed_is_not_halved():
    vendor = Vendor(days_ago(*range(6)))
    assert len(keys(WINDOWS.pages(vendor.ask, midnight(20)))) == 6
    assert len(vendor.requests) == 2


def test_windows_of_a_list_by_offset_begin_with_its_first_row():
    def ask(asked, then=()):
        part = range(5)[asked["offset"] : asked["offset"] + 3] if asked["offset"] >= 0 else ()
        return Answer([(key, {"key": key}) for key in part], {})

    walk = DateWindows(OffsetPages("offset", most=3), lambda first, last: {"first": first})
    assert keys(walk.pages(ask, midnight(20))) == [0, 1, 2, 3, 4]


def test_a_bookmark_in_the_future_reads_from_today():
    vendor = Vendor(days_ago(0, 50))
    since = datetime.now(UTC) + timedelta(days=900)
    assert keys(WINDOWS.pages(vendor.ask, since)) == [1]


def test_without_a_start_the_list_is_asked_for_without_dates():
    vendor = Vendor(days_ago(0, 50))
    assert sorted(keys(WINDOWS.pages(vendor.ask, None))) == [0, 1]
    assert [request.keys() for request in vendor.requests] == [{"page", "size"}]


def test_a_vendor_whose_day_is_tomorrow_and_is_not_counted_hides_no_row():
    vendor = Vendor(days_ago(-1, 0), counts_last_day=False)
    assert sorted(keys(WINDOWS.pages(vendor.ask, midnight(1)))) == [0, 1]


def test_a_long_history_is_read_oldest_first_with_a_safe_point_after_each_window():
    vendor = Vendor(days_ago(*range(0, 400, 10)))
    newest_of_windows, newest = [], -1
    for page in WINDOWS.pages(vendor.ask, datetime.now(UTC) - timedelta(days=400)):
        newest = max([newest, *(record["key"] for record in page.records)])
        if page.is_safe_point:
            newest_of_windows.append(newest)
    assert newest_of_windows == sorted(newest_of_windows)
    assert len(newest_of_windows) > 5
    assert newest == 39


def test_a_single_day_of_many_pages_is_not_halved_for_ever():
    vendor = Vendor(days_ago(*[5] * 20))
    assert len(keys(WINDOWS.pages(vendor.ask, None))) == 20


def test_windows_are_no_longer_than_the_vendor_allows():
    walk = DateWindows(
        OffsetPages("offset", most=3),
        lambda first, last: {"first": first, "last": last},
        longest_days=30,
    )
    asked = []

    def ask(parameters, then=()):
        asked.append(parameters)
        return Answer([], {})

    keys(walk.pages(ask, midnight(100)))
    assert max((each["last"] - each["first"]).days for each in asked) == 30
    assert [each["first"] for each in asked[1:]] == [each["last"] for each in asked[:-1]]
    assert asked[0]["first"] <= TODAY - timedelta(days=100)
    assert asked[-1]["last"] > TODAY


@example(days=days_ago(0, 0, 0, 1), changes=[[None], [2]], age=0)  # a fall seen on the last page
@example(days=days_ago(*[0] * 7, 1, 1), changes=[[], [], [8]], age=0)  # and on the third
@given(days=ages, changes=changes, age=st.one_of(st.none(), st.integers(0, 400)))
def test_newest_first_brings_every_row_since_the_start(days, changes, age):
    vendor = Dated(days, changes)
    since = None if age is None else midnight(age)
    wanted = {key for key, day in vendor.rows if since is None or day >= since.date()}
    try:
        found = keys(NEWEST.pages(vendor.ask, since))
    except StreamError:
        return
    assert wanted & vendor.always_there <= set(found)
    assert len(found) == len(set(found))


def test_newest_first_stops_at_the_first_page_with_an_older_row():
    vendor = Dated(days_ago(*range(30)))
    assert sorted(keys(NEWEST.pages(vendor.ask, midnight(1)))) == [28, 29]
    assert len(vendor.requests) == 1


def test_newest_first_stops_at_a_later_page_with_an_older_row_too():
    vendor = Dated(days_ago(*[0] * 4, *[1] * 5))
    assert sorted(keys(NEWEST.pages(vendor.ask, midnight(0)))) == [5, 6, 7, 8]
    assert len(vendor.requests) == 2


def test_rows_that_come_in_front_of_newest_first_cost_no_request_more():
    vendor = Dated(days_ago(*[0] * 4, *[1] * 5), changes=[[], [None]])
    assert sorted(keys(NEWEST.pages(vendor.ask, midnight(0)))) == [5, 6, 7, 8]
    assert [request["page"] for request in vendor.requests] == [1, 2]


def test_newest_first_finds_out_ties_in_another_order_each_time():
    def row(key, day):
        return key, {"key": key, "at": f"2024-01-0{day}T00:00:00Z"}

    body = {"total": 9, "last_page": 3}
    readings = [[[7, 6, 5], [5, 3, 2]], [[7, 6, 5], [4, 3, 2]]]
    pages = iter([page for reading in readings for page in reading])

    def ask(asked, then=()):
        return Answer([row(key, 1 if key == 2 else 5) for key in next(pages)], body)

    since = datetime(2024, 1, 3, tzinfo=UTC)
    assert sorted(keys(NEWEST.pages(ask, since))) == [3, 4, 5, 6, 7]


def test_newest_first_finds_out_ties_while_rows_come_in_front():
    def row(key):
        return key, {"key": key, "at": f"2024-01-0{1 if key == 2 else 5}T00:00:00Z"}

    # One row has come, and two repeat.
    pages = iter([(9, [7, 6, 5]), (10, [6, 5, 2]), (10, [8, 7, 6]), (10, [5, 4, 2])])

    def ask(asked, then=()):
        total, found = next(pages)
        return Answer([row(key) for key in found], {"total": total, "last_page": 4})

    assert sorted(keys(NEWEST.pages(ask, datetime(2024, 1, 3, tzinfo=UTC)))) == [4, 5, 6, 7, 8]


def test_newest_first_gives_up_when_rows_repeat_for_ever():
    def ask(asked, then=()):
        keyed = [(key, {"key": key, "at": "2024-01-05T00:00:00Z"}) for key in (1, 2, 3)]
        return Answer(keyed, {"total": 9, "last_page": 3})

    with pytest.raises(StreamError, match="rows keep coming twice"):
        keys(NEWEST.pages(ask, datetime(2024, 1, 3, tzinfo=UTC)))


@given(ages, st.integers(0, 400))
def test_a_filter_of_our_own_drops_what_is_older(days, age):
    vendor = Dated(days)
    since = midnight(age)
    found = keys(Since(PAGES, by="at").pages(vendor.ask, since))
    assert sorted(found) == sorted(key for key, day in vendor.rows if day >= since.date())


@pytest.mark.parametrize(
    ("begins_today", "days", "requests"),
    [(True, days_ago(300, 200, 0), 2), (False, days_ago(300, 200, 0), 1), (True, [], 2)],
)
def test_a_list_that_may_begin_today_is_read_whole(begins_today, days, requests):
    vendor = Dated(days)
    unasked = {"first": TODAY if begins_today else EARLIEST, "last": TODAY}
    walk = WhateverItsStart(PAGES, by="at", far_back={"first": EARLIEST})
    found = keys(walk.pages(lambda asked, then=(): vendor.ask(unasked | asked), None))
    assert sorted(found) == sorted(key for key, _ in vendor.rows)
    assert len(vendor.requests) == requests
