"""The walk that turns no pages, against a model of a vendor whose rows come and go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moving_vendor import Moving, keys
from tap_shared.cursors import OldestFirst
from tap_shared.errors import RefusedError, StreamError
from tap_shared.walks import Answer

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
UNIT = timedelta(milliseconds=1)
WALK = OldestFirst("after", "size", (4,), "at", UNIT, page="page")
COUNTED = replace(
    WALK, pages_at="pages", end="before", longest=timedelta(days=30), earliest=EPOCH - UNIT
)


@dataclass
class Vendor(Moving):
    """A list that comes oldest first, by millisecond."""

    milliseconds: list[int]
    changes: list[list[int | None]] = field(default_factory=list)
    counts_start: bool = False
    turns_pages: bool = True
    largest_page: int = 100
    refused_size: int | None = None
    requests: list[dict] = field(default_factory=list)

    def __post_init__(self):
        self.begin(EPOCH + UNIT * number for number in sorted(self.milliseconds))

    def newest(self):
        newest = self.rows[-1][1] if self.rows else EPOCH
        return newest + UNIT * (self.next_key % 2)

    def ask(self, asked, then=()):
        self.arrive(asked)
        if asked["size"] == self.refused_size:
            raise RefusedError("too many", 400)
        rows = [row for row in self.rows if self._is_asked_for(row[1], asked)]
        size = min(asked["size"], self.largest_page)
        start = (asked.get("page", 1) - 1) * size if self.turns_pages else 0
        keyed = [
            (key, {"key": key, "at": moment.isoformat(timespec="milliseconds")})
            for key, moment in rows[start : start + size]
        ]
        return Answer(keyed, {"pages": -(-len(rows) // size)})

    def _is_asked_for(self, moment, asked):
        after = asked.get("after") and datetime.fromisoformat(asked["after"])
        if asked.get("before") and moment >= datetime.fromisoformat(asked["before"]):
            return False
        return not after or moment > after or (self.counts_start and moment == after)


milliseconds = st.lists(st.integers(0, 12), max_size=30)
changes = st.lists(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=2), max_size=20)


@pytest.mark.parametrize("walk", [WALK, COUNTED], ids=["short page ends", "pages are counted"])
@given(milliseconds, st.booleans(), st.one_of(st.none(), st.integers(0, 12)))
def test_every_row_comes_once_whatever_ties_there_are(walk, numbers, counts_start, start):
    vendor = Vendor(numbers, counts_start=counts_start)
    since = None if start is None else EPOCH + UNIT * start
    found = keys(walk.pages(vendor.ask, since))
    wanted = {key for key, moment in vendor.rows if since is None or moment >= since}
    assert wanted <= set(found)
    if walk is WALK:
        assert len(found) == len(set(found))


@pytest.mark.parametrize("walk", [WALK, COUNTED], ids=["short page ends", "pages are counted"])
@given(milliseconds, changes, st.booleans())
def test_no_change_moves_an_unread_row_away(walk, numbers, happening, counts_start):
    # A page of ties is turned like any other: rows may move there, and no total shows it. So the
    # rows of one instant fit a page here.
    numbers = [number for number in numbers if numbers.count(number) < 3]
    vendor = Vendor(numbers, happening, counts_start=counts_start)
    found = set()
    for page in walk.pages(vendor.ask, None):
        found.update(record["key"] for record in page.records)
        if page.records:
            newest = datetime.fromisoformat(page.records[-1]["at"])
            behind = {key for key, moment in vendor.rows if moment < newest}
            assert behind & vendor.always_there <= found
    assert vendor.always_there <= found


@given(milliseconds, st.booleans())
def test_a_vendor_that_turns_no_pages_ends_the_walk_all_the_same(numbers, counts_start):
    vendor = Vendor(numbers, counts_start=counts_start, turns_pages=False)
    found = keys(WALK.pages(vendor.ask, None))
    few = {n for n in numbers if numbers.count(n) < 4}
    assert {key for key, at in vendor.rows if (at - EPOCH) // UNIT in few} <= set(found)
    assert len(vendor.requests) < 100


def test_more_rows_of_one_instant_than_a_page_are_all_read_when_pages_turn():
    vendor = Vendor([5] * 11 + [6, 7])
    assert sorted(keys(WALK.pages(vendor.ask, None))) == list(range(13))


def test_what_can_not_be_read_is_said(caplog):
    vendor = Vendor([5] * 11 + [9], turns_pages=False)
    walk = replace(WALK, most=(4, 2))
    assert set(keys(walk.pages(vendor.ask, None))) == {0, 1, 2, 3, 11}
    assert "more rows of the instant 2024-01-01T00:00:00.005Z than fit a page" in caplog.text
    assert "those beyond the first 4 can't be read" in caplog.text
    asked = [(each["after"] and each["after"][-4:-1], each.get("page")) for each in vendor.requests]
    assert asked == [(None, None), ("004", None), ("004", 2), ("005", None)]


def test_a_clock_coarser_than_it_says_is_passed_in_a_few_requests():
    vendor = Vendor([5] * 11 + [2500], turns_pages=False)

    def ask(asked, then=()):
        after = asked["after"] and asked["after"][:19] + ".000Z"
        return vendor.ask({**asked, "after": after})

    assert set(keys(WALK.pages(ask, None))) >= {0, 1, 2, 3, 11}
    assert len(vendor.requests) < 15


def test_nothing_new_costs_one_request():
    vendor = Vendor([1, 2, 3])
    assert keys(WALK.pages(vendor.ask, EPOCH + timedelta(days=1))) == []
    assert vendor.requests == [{"after": "2024-01-01T23:59:59.999Z", "size": 4}]


def test_a_short_page_is_the_last_though_a_smaller_size_is_at_hand():
    vendor = Vendor([1, 2, 3])
    assert keys(replace(WALK, most=(4, 2)).pages(vendor.ask, None)) == [0, 1, 2]
    assert len(vendor.requests) == 1


def test_a_bookmark_in_the_future_reads_from_now():
    vendor = Vendor([])
    keys(WALK.pages(vendor.ask, datetime.now(UTC) + timedelta(days=900)))
    assert vendor.requests[0]["after"][:4] == str(datetime.now(UTC).year)


def test_a_long_history_is_cut_into_spans_that_the_vendor_allows():
    vendor = Vendor([1])
    keys(COUNTED.pages(vendor.ask, None))
    for asked in vendor.requests:
        start, end = (datetime.fromisoformat(asked[name][:-1]) for name in ("after", "before"))
        assert end - start <= timedelta(days=30)
    # Rows of the last seconds may still arrive.
    assert end <= datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=4)


def test_a_page_size_that_is_refused_falls_back_once():
    walk = replace(WALK, most=(4, 2))
    vendor = Vendor([1, 2, 3, 4, 5], refused_size=4)
    assert sorted(keys(walk.pages(vendor.ask, None))) == [0, 1, 2, 3, 4]
    assert [asked["size"] for asked in vendor.requests].count(4) == 1


def test_a_cap_on_the_page_size_loses_nothing_where_pages_are_counted():
    vendor = Vendor(list(range(20)), largest_page=3)
    assert set(keys(COUNTED.pages(vendor.ask, None))) == set(range(20))


def test_it_says_how_many_pages_there_will_be():
    vendor = Vendor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], counts_start=True)
    found = [page.of_pages for page in COUNTED.pages(vendor.ask, None)]
    # What the vendor says is left, and what was read; rows that come again make it one more.
    assert found[:4] == [3, 3, 4, 4]
    assert not any(found[4:])


def test_rows_that_come_newest_first_are_refused_rather_than_half_read():
    vendor = Vendor([1, 2, 3, 4, 5])

    def ask(asked, then=()):
        answer = vendor.ask(asked)
        return Answer(answer.keyed[::-1], answer.body)

    with pytest.raises(StreamError, match="not come oldest first"):
        keys(WALK.pages(ask, None))


@pytest.mark.parametrize("counts_start", [False, True])
def test_rows_at_the_edge_of_a_span_come_whether_the_vendor_counts_its_ends(counts_start):
    edge = timedelta(days=30) // UNIT - 1  # `COUNTED` starts one unit before `EPOCH`
    vendor = Vendor([edge - 1, edge, edge + 1, 2 * edge], counts_start=counts_start)
    assert set(keys(COUNTED.pages(vendor.ask, None))) == {0, 1, 2, 3}


def test_the_only_page_of_a_counted_list_costs_one_request():
    vendor = Vendor([1, 2])
    walk = replace(WALK, pages_at="pages")
    assert keys(walk.pages(vendor.ask, None)) == [0, 1]
    assert len(vendor.requests) == 1


def test_every_page_is_a_safe_point():
    pages = [*WALK.pages(Vendor([1, 2, 3, 4, 5, 6]).ask, None)]
    assert len(pages) > 1
    assert all(page.is_safe_point for page in pages)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (UNIT, "2024-05-06T07:08:09.123Z"),
        (timedelta(seconds=1), "2024-05-06T07:08:09Z"),
        (timedelta(minutes=1), "2024-05-06T07:08:09Z"),
    ],
)
def test_an_instant_is_spelt_as_finely_as_the_filter_takes_it(unit, text):
    moment = datetime(2024, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)
    assert replace(WALK, unit=unit).text(moment) == text


@pytest.mark.parametrize(("status", "sizes"), [(400, (4,)), (403, (4, 2)), (200, (4, 2))])
def test_a_refusal_that_no_smaller_page_mends_is_handed_on_after_one_request(status, sizes):
    requests = []

    def ask(asked, then=()):
        requests.append(asked)
        raise RefusedError("no", status)

    with pytest.raises(RefusedError):
        keys(replace(WALK, most=sizes).pages(ask, None))
    assert len(requests) == 1


def test_a_row_without_a_date_comes_once_and_holds_nothing_up():
    vendor = Vendor([1, 2, 3, 4, 5, 6, 7, 8])

    def ask(asked, then=()):
        answer = vendor.ask(asked)
        return Answer([*answer.keyed[:1], ("undated", {"key": 99}), *answer.keyed[1:]], answer.body)

    found = keys(WALK.pages(ask, None))
    assert sorted(found) == [0, 1, 2, 3, 4, 5, 6, 7, 99]


def test_a_page_of_rows_without_dates_that_no_page_follows_is_an_error():
    keyed = [(key, {"key": key, "at": "soon"}) for key in range(4)]
    requests = []

    def ask(asked, then=()):
        requests.append(asked)
        return Answer(keyed, {})

    with pytest.raises(StreamError, match="no row has a readable at, so the walk can't go on"):
        keys(WALK.pages(ask, None))
    assert len(requests) == 2
