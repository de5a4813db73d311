"""Walks against a model of a vendor whose rows move between any two requests."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tap_shared.errors import StreamError
from tap_shared.pages import NumberedPages, OffsetPages
from tap_shared.walks import Answer, OneAnswer
from tap_shared.windows import DateWindows, NewestFirst, Since

TODAY = datetime.now(UTC).date()
PAGES = NumberedPages("page", "size", 3, total_at="total", last_page_at="last_page")
UNCOUNTED_PAGES = NumberedPages("page", "size", 3)
WINDOWS = DateWindows(PAGES, lambda first, last: {"first": first, "last": last}, pages_per_window=2)


@dataclass
class Vendor:
    """A list, newest first, that changes before each answer.

    `changes` holds, for each request in turn, what happens before it is answered: `None` inserts
    a row, a number deletes the row at that place (counted modulo the rows there are).
    """

    days: list[date]
    changes: list[list[int | None]] = field(default_factory=list)
    largest_page: int = 100
    counts_last_day: bool = True
    is_counted: bool = True
    requests: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = list(enumerate(sorted(self.days)))
        self.next_key = len(self.rows)
        self.always_there = {key for key, _ in self.rows}

    def ask(self, asked, then=()):
        if len(self.requests) < len(self.changes):
            for change in self.changes[len(self.requests)]:
                self._change(change)
        self.requests.append(dict(asked))
        rows = [row for row in reversed(self.rows) if self._is_asked_for(row[1], asked)]
        size = min(asked["size"], self.largest_page)
        start = (asked["page"] - 1) * size
        keyed = [(key, {"key": key, "day": day}) for key, day in rows[start : start + size]]
        body = {"total": len(rows), "last_page": max(1, math.ceil(len(rows) / size))}
        return Answer(keyed, body if self.is_counted else {})

    def _change(self, place: int | None) -> None:
        if place is None:
            self.rows.append((self.next_key, TODAY))
            self.next_key += 1
        elif self.rows:
            key, _ = self.rows.pop(place % len(self.rows))
            self.always_there.discard(key)

    def _is_asked_for(self, day: date, asked: dict) -> bool:
        if "first" not in asked:
            return True
        last = asked["last"] if self.counts_last_day else asked["last"] - timedelta(days=1)
        return asked["first"] <= day <= last


def fetched_ahead(ask, most, *, is_reversed):
    """Answer what is foretold before it is asked for, in either order, as several threads would."""
    kept = []

    def asking(asked, then=()):
        if kept and kept[0][0] != asked:
            kept.clear()
        foretold = [asked, *itertools.islice(then, most - 1)]
        new = foretold[len(kept) :]
        answers = [ask(each) for each in (reversed(new) if is_reversed else new)]
        kept.extend(zip(new, reversed(answers) if is_reversed else answers, strict=True))
        return kept.pop(0)[1]

    return asking


def keys(pages):
    return [record["key"] for page in pages for record in page.records]


def days_ago(*numbers):
    return [TODAY - timedelta(days=number) for number in numbers]


ages = st.lists(st.integers(0, 400).map(lambda n: TODAY - timedelta(days=n)), max_size=25)
# Few enough deletions and insertions at once that a list of three rows a page can be followed.
changes = st.lists(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=2), max_size=25)


@given(ages, changes, st.integers(1, 5))
def test_every_row_that_was_there_all_the_time_comes_or_the_walk_says_that_it_did_not(
    days, changes, largest_page
):
    vendor = Vendor(days, changes, largest_page)
    try:
        found = keys(PAGES.pages(vendor.ask, None))
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


@given(ages)
def test_a_quiet_list_costs_one_request_a_page(days):
    vendor = Vendor(days)
    assert sorted(keys(PAGES.pages(vendor.ask, None))) == list(range(len(days)))
    assert len(vendor.requests) == max(1, math.ceil(len(days) / 3))


def test_a_row_deleted_behind_the_walk_costs_two_more_requests_and_no_row():
    vendor = Vendor(days_ago(*range(9)), changes=[[], [8]])
    assert set(keys(PAGES.pages(vendor.ask, None))) == set(range(9))
    assert [request["page"] for request in vendor.requests] == [1, 2, 1, 2, 3]


def test_rows_inserted_in_front_repeat_and_are_handed_on_once():
    vendor = Vendor(days_ago(*range(6)), changes=[[], [None]])
    found = keys(PAGES.pages(vendor.ask, None))
    assert sorted(found) == [0, 1, 2, 3, 4, 5]


def test_a_vendor_that_caps_the_page_size_is_read_to_the_end():
    vendor = Vendor(days_ago(*range(9)), largest_page=2)
    assert len(keys(PAGES.pages(vendor.ask, None))) == 9


def test_a_vendor_that_ignores_the_page_number_is_found_out():
    vendor = Vendor(days_ago(*range(9)))
    with pytest.raises(StreamError, match="only 3 of 9 rows came"):
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


def test_nothing_new_costs_one_request():
    vendor = Vendor(days_ago(300, 200, 100))
    since = datetime.now(UTC) - timedelta(days=30)
    assert keys(WINDOWS.pages(vendor.ask, since)) == []
    assert len(vendor.requests) == 1


def test_a_bookmark_in_the_future_reads_from_today():
    vendor = Vendor(days_ago(0, 50))
    since = datetime.now(UTC) + timedelta(days=900)
    assert keys(WINDOWS.pages(vendor.ask, since)) == [1]


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


def test_one_answer_is_the_whole_list():
    vendor = Vendor(days_ago(1, 2))
    (page,) = OneAnswer().pages(lambda asked, then=(): vendor.ask({"page": 1, "size": 9}), None)
    assert len(page.records) == 2


NEWEST = NewestFirst(PAGES, by="at")


class Dated(Vendor):
    """The same list, its rows dated as a stream's records are."""

    def ask(self, asked, then=()):
        answer = super().ask(asked)
        keyed = [(key, {**row, "at": f"{row['day']}T00:00:00Z"}) for key, row in answer.keyed]
        return Answer(keyed, answer.body)


def midnight(age):
    start = datetime.combine(TODAY - timedelta(days=age), datetime.min.time())
    return start.replace(tzinfo=UTC)


@example(days=days_ago(0, 0, 0, 1), changes=[[None], [2]], age=0)  # a fall seen on the last page
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


OFFSETS = OffsetPages("offset", most=3)


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


def test_offsets_that_the_vendor_ignores_are_found_out():
    with pytest.raises(StreamError, match="turns no pages"):
        keys(
            OFFSETS.pages(lambda _, then=(): Answer([(n, {"key": n}) for n in range(3)], {}), None)
        )


def test_windows_are_no_longer_than_the_vendor_allows():
    walk = DateWindows(OFFSETS, lambda first, last: {"first": first, "last": last}, longest_days=30)
    asked = []

    def ask(parameters, then=()):
        asked.append(parameters)
        return Answer([], {})

    keys(walk.pages(ask, midnight(100)))
    assert max((each["last"] - each["first"]).days for each in asked) == 30
    assert [each["first"] for each in asked[1:]] == [each["last"] for each in asked[:-1]]
    assert asked[0]["first"] <= TODAY - timedelta(days=100)
    assert asked[-1]["last"] > TODAY


@pytest.mark.parametrize("walk", [PAGES, OFFSETS])
def test_rows_of_one_key_on_one_page_all_come(walk):
    twins = [(1, {"key": 1, "n": 1}), (1, {"key": 1, "n": 2})]
    answer = Answer(twins, {"total": 1, "last_page": 1})
    assert len(keys(walk.pages(lambda asked, then=(): answer, None))) == 2
