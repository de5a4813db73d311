"""Lists whose pages are turned, against a model of a vendor whose rows move."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moving_vendor import Vendor, ages, changes, days_ago, fetched_ahead, keys
from tap_shared.errors import StreamError
from tap_shared.pages import NumberedPages, OffsetPages
from tap_shared.walks import Answer, OneAnswer

PAGES = NumberedPages("page", "size", 3, total_at="total", last_page_at="last_page")
TOTALLED_PAGES = NumberedPages("page", "size", 3, total_at="total")
UNCOUNTED_PAGES = NumberedPages("page", "size", 3)
OFFSETS = OffsetPages("offset", most=3)


@pytest.mark.parametrize("walk", [PAGES, TOTALLED_PAGES], ids=["pages told", "rows told"])
@given(ages, changes, st.integers(1, 5))
def test_every_row_that_was_there_all_the_time_comes_or_the_walk_says_that_it_did_not(
    walk, days, changes, largest_page
):
    vendor = Vendor(days, changes, largest_page)
    try:
        found = keys(walk.pages(vendor.ask, None))
    except StreamError:
        return
    assert vendor.always_there <= set(found)
    assert len(found) == len(set(found))


@given(ages, changes, st.integers(1, 5), st.integers(2, 5), st.booleans())
def test_no_row_is_lost_when_pages_are_fetched_ahead(days, changes, largest, most, is_reversed):
    vendor = Vendor(days, changes, largest)
    ask = fetched_ahead(vendor.ask, most, is_reversed=is_reversed)
    try:
        found = keys(PAGES.pages(ask, None))
    except StreamError:
        return
    assert vendor.always_there <= set(found)
    assert len(found) == len(set(found))


@given(ages, st.integers(2, 5))
def test_a_quiet_list_fetched_ahead_costs_one_request_a_page(days, most):
    vendor = Vendor(days)
    ask = fetched_ahead(vendor.ask, most, is_reversed=False)
    assert sorted(keys(PAGES.pages(ask, None))) == list(range(len(days)))
    assert len(vendor.requests) == max(1, math.ceil(len(days) / 3))


@given(ages)
def test_a_quiet_list_costs_one_request_a_page(days):
    vendor = Vendor(days)
    assert sorted(keys(PAGES.pages(vendor.ask, None))) == list(range(len(days)))
    assert len(vendor.requests) == max(1, math.ceil(len(days) / 3))


def test_a_row_deleted_behind_the_walk_costs_two_more_requests_and_no_row():
    vendor = Vendor(days_ago(*range(9)), changes=[[], [8]])
    assert set(keys(PAGES.pages(vendor.ask, None))) == set(range(9))
    assert [request["page"] for request in vendor.requests] == [1, 2, 1, 2, 3]


def test_a_list_that_never_stops_falling_ends_the_walk():
    totals = itertools.count(1000, -1)
    requests = []

    def ask(asked, then=()):
        requests.append(asked)
        keyed = [(key, {"key": key}) for key in range(3 * asked["page"], 3 * asked["page"] + 3)]
        return Answer(keyed, {"total": next(totals), "last_page": 5})

    with pytest.raises(StreamError, match="page . moved away again and again; run again later"):
        keys(PAGES.pages(ask, None))
    assert len(requests) == 20


def test_rows_inserted_in_front_repeat_and_are_handed_on_once():
    vendor = Vendor(days_ago(*range(6)), changes=[[], [None]])
    found = keys(PAGES.pages(vendor.ask, None))
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
    assert [request["page"] for request in vendor.requests] == [1, 2, 3]


@pytest.mark.parametrize("walk", [PAGES, TOTALLED_PAGES], ids=["pages told", "rows told"])
@pytest.mark.parametrize(("largest_page", "requests"), [(1, 9), (2, 5)])
def test_a_vendor_that_caps_the_page_size_is_read_to_the_end(walk, largest_page, requests):
    vendor = Vendor(days_ago(*range(9)), largest_page=largest_page)
    assert len(keys(walk.pages(vendor.ask, None))) == 9
    assert len(vendor.requests) == requests


def test_pages_that_follow_are_foretold_once_their_number_is_known():
    vendor, foretold = Vendor(days_ago(*range(9))), []

    def ask(asked, then=()):
        foretold.append([each["page"] for each in then])
        return vendor.ask(asked)

    assert len(keys(PAGES.pages(ask, None))) == 9
    assert foretold == [[], [3], []]


def test_large_pages_end_with_a_short_one_too():
    vendor = Vendor(days_ago(*range(700)), largest_page=300, is_counted=False)
    assert len(keys(NumberedPages("page", "size", 300).pages(vendor.ask, None))) == 700
    assert len(vendor.requests) == 3


def test_the_walk_steps_back_by_no_more_pages_than_rows_were_deleted():
    vendor = Vendor(days_ago(*range(15)), changes=[[], [], [], [14]])
    assert set(keys(PAGES.pages(vendor.ask, None))) == set(range(15))
    assert [request["page"] for request in vendor.requests] == [1, 2, 3, 4, 3, 4, 5]


def test_more_rows_deleted_than_were_read_lead_back_to_the_first_page():
    vendor = Vendor(days_ago(*range(12)), changes=[[], [0] * 8])
    found = keys(PAGES.pages(vendor.ask, None))
    assert vendor.always_there <= set(found)
    assert [request["page"] for request in vendor.requests] == [1, 2, 1, 2]


def test_a_vendor_that_ignores_the_page_number_is_found_out():
    vendor = Vendor(days_ago(*range(9)))
    with pytest.raises(StreamError, match="only 3 of 9 rows came, in 4 readings"):
        keys(PAGES.pages(lambda asked, then=(): vendor.ask({**asked, "page": 1}), None))


def test_a_vendor_that_ignores_the_page_number_and_counts_nothing_is_found_out():
    vendor = Vendor(days_ago(*range(9)), is_counted=False)
    with pytest.raises(StreamError, match="turns no pages"):
        keys(UNCOUNTED_PAGES.pages(lambda asked, then=(): vendor.ask({**asked, "page": 1}), None))


def test_ties_that_come_in_another_order_each_time_are_read_again():
    """One row of a tie comes on two pages and another on none; the count shows it."""
    pages = iter([[0, 1, 2], [2, 4, 5], [0, 1, 2], [3, 4, 5]])

    def ask(asked, then=()):
        keyed = [(key, {"key": key}) for key in next(pages)]
        return Answer(keyed, {"total": 6, "last_page": 2})

    assert sorted(keys(PAGES.pages(ask, None))) == [0, 1, 2, 3, 4, 5]


def test_a_list_without_totals_ends_with_a_short_page():
    vendor = Vendor(days_ago(*range(7)), is_counted=False)
    assert len(keys(UNCOUNTED_PAGES.pages(vendor.ask, None))) == 7
    assert len(vendor.requests) == 3


def test_a_list_that_comes_whole_without_totals_is_asked_for_once():
    vendor = Vendor(days_ago(*range(7)), is_counted=False)
    whole = {"page": 1, "size": 100}
    assert len(keys(UNCOUNTED_PAGES.pages(lambda asked, then=(): vendor.ask(whole), None))) == 7
    assert len(vendor.requests) == 1


def test_one_answer_is_the_whole_list():
    vendor = Vendor(days_ago(1, 2))
    (page,) = OneAnswer().pages(lambda asked, then=(): vendor.ask({"page": 1, "size": 9}), None)
    assert (len(page.records), page.of_pages) == (2, 1)


@pytest.mark.parametrize(
    "walk",
    [OFFSETS, OffsetPages("offset"), OffsetPages("offset", more_at="more")],
    ids=["short page", "empty page", "the vendor says so"],
)
@given(rows=st.integers(0, 12))
def test_offsets_reach_the_last_row(walk, rows):
    def ask(asked, then=()):
        start = asked["offset"]
        part = range(rows)[start : start + 3]
        return Answer([(key, {"key": key}) for key in part], {"more": start + 3 < rows})

    assert keys(walk.pages(ask, None)) == list(range(rows))


def test_a_list_that_says_whether_there_is_more_costs_no_request_for_an_empty_page():
    requests = []

    def ask(asked, then=()):
        requests.append(asked["offset"])
        keyed = [(key, {"key": key}) for key in range(asked["offset"], asked["offset"] + 3)]
        return Answer(keyed, {"more": True} if asked["offset"] < 3 else {})

    assert keys(OffsetPages("offset", more_at="more").pages(ask, None)) == list(range(6))
    assert requests == [0, 3]


def test_a_page_of_more_rows_than_documented_is_not_the_last():
    def ask(asked, then=()):
        part = range(7)[asked["offset"] : asked["offset"] + 4]
        return Answer([(key, {"key": key}) for key in part], {})

    assert keys(OFFSETS.pages(ask, None)) == list(range(7))


def test_offsets_that_the_vendor_ignores_are_found_out():
    with pytest.raises(StreamError, match="turns no pages"):
        keys(
            OFFSETS.pages(lambda _, then=(): Answer([(n, {"key": n}) for n in range(3)], {}), None)
        )


@pytest.mark.parametrize("walk", [PAGES, OFFSETS])
def test_rows_of_one_key_on_one_page_all_come(walk):
    twins = [(1, {"key": 1, "n": 1}), (1, {"key": 1, "n": 2})]
    answer = Answer(twins, {"total": 1, "last_page": 1})
    assert len(keys(walk.pages(lambda asked, then=(): answer, None))) == 2
