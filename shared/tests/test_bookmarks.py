"""Bookmarks: never ahead of the data, never backwards, never the clock's."""

from __future__ import annotations

from datetime import datetime

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
