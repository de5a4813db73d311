"""Bookmarks: never ahead of the data, never backwards, never the clock's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_shared.bookmarks import Bookmark, instant
from tap_shared.errors import SettingsError

FIRST = datetime.fromisoformat("1970-01-01")
PAST = datetime.fromisoformat("2025-01-01")


def rows(*values):
    return [{"created_at": value} for value in values]


def test_nothing_is_written_before_a_safe_point():
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(rows("2024-01-02T00:00:00Z"))
    assert state == {}
    bookmark.move()
    assert state == {
        "replication_key": "created_at",
        "replication_key_value": "2024-01-02T00:00:00Z",
    }


def test_it_never_goes_backwards():
    state = {"replication_key": "created_at", "replication_key_value": "2024-06-01T00:00:00Z"}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(rows("2024-05-01T00:00:00Z"))
    bookmark.move()
    assert state["replication_key_value"] == "2024-06-01T00:00:00Z"


def test_instants_are_compared_and_not_texts():
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(
        rows("2024-01-01T10:30:00+02:00", "2024-01-01T09:00:00.5Z", "2024-01-01T09:00:00Z")
    )
    bookmark.move()
    assert state["replication_key_value"] == "2024-01-01T09:00:00.5Z"


def test_a_record_without_a_readable_date_moves_nothing():
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see([*rows(None, "soon", 5), {}])
    bookmark.move()
    assert state == {}


def test_an_impossible_date_moves_nothing_though_its_record_comes():
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(rows("1969-12-31T00:00:00Z", "0001-01-01T00:00:00+14:00"))
    bookmark.move()
    assert state == {}
    bookmark.see(rows("2024-01-01T00:00:00Z", "2099-01-01T00:00:00Z"))
    bookmark.move()
    assert state["replication_key_value"] == "2024-01-01T00:00:00Z"


@given(
    st.lists(
        st.datetimes(FIRST, PAST).map(lambda moment: moment.isoformat() + "Z"),
        min_size=1,
    )
)
def test_it_ends_at_the_newest_value_in_whatever_order_they_come(values):
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    for value in values:
        bookmark.see(rows(value))
    bookmark.move()
    assert instant(state["replication_key_value"]) == max(map(instant, values))


@pytest.mark.parametrize(
    "state",
    [
        {"replication_key": "updated_at", "replication_key_value": "2024-01-01T00:00:00Z"},
        {"replication_key": "at", "replication_key_value": "2024-01-01T00:00:00Z"},
        {"replication_key": "created_at", "replication_key_value": "soon"},
        {"replication_key": "created_at", "replication_key_value": 17},
        {"replication_key": "created_at", "replication_key_value": ["2024-01-01T00:00:00Z"]},
        {"replication_key": "created_at", "replication_key_value": "2099-01-01T00:00:00Z"},
        {"replication_key": "created_at", "replication_key_value": "0001-01-01T00:00:00Z"},
    ],
)
def test_a_state_that_does_not_fit_is_refused_rather_than_read_from_the_beginning(state):
    with pytest.raises(SettingsError, match="state of stream orders: .*mend the state"):
        Bookmark(state, "created_at", "orders")


def test_it_moves_on_from_an_older_one_and_says_when_that_is_news():
    state = json.loads(
        '{"replication_key": "created_at", "replication_key_value": "2024-01-01T00:00:00Z"}'
    )
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(rows("2024-03-01T00:00:00Z"))
    assert bookmark.move()
    assert state["replication_key_value"] == "2024-03-01T00:00:00Z"
    bookmark.see(rows("2024-03-01T01:00:00+01:00", "2024-02-01T00:00:00Z"))
    assert not bookmark.move()
    assert state["replication_key_value"] == "2024-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("ahead", "is_taken"),
    [(timedelta(hours=-23), True), (timedelta(hours=23), True), (timedelta(hours=25), False)],
)
def test_a_clock_may_be_ahead_by_a_day(ahead, is_taken):
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(rows(f"{(datetime.now(UTC) + ahead).isoformat()}"))
    assert bookmark.move() == is_taken
    assert bool(state) == is_taken


def test_the_first_instant_of_1970_is_possible():
    state = {}
    bookmark = Bookmark(state, "created_at", "orders")
    bookmark.see(rows("1970-01-01T00:00:00Z"))
    assert bookmark.move()
