"""What a long run shows of itself, and what it tells at its end."""

from __future__ import annotations

import logging
import time

import pytest
from tap_shared.errors import CreditsError
from tap_shared.progress import Progress
from tap_shared.quota import Budget, Credits
from tap_shared.results import StreamResult

LOGGER = logging.getLogger("tap-test")


def test_a_long_read_says_every_half_minute_how_far_it_is(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    budget = Budget()
    progress = Progress(StreamResult("contacts"), LOGGER, budget)
    for _ in range(8):
        now[0] += 10
        budget.spend("contacts")
        progress.result.records += 100
        progress.page(32)
    assert [record.message for record in caplog.records] == [
        "contacts: 300 records, 3 pages of 32, about 290 s to go; 3 requests used",
        "contacts: 600 records, 6 pages of 32, about 260 s to go; 6 requests used",
    ]


def test_without_a_number_of_pages_no_end_is_foretold(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(StreamResult("opens"), LOGGER, Budget())
    now[0] = 31
    progress.page(None)
    assert caplog.messages == ["opens: 0 records, 1 pages; 0 requests used"]


def test_a_stream_of_partitions_shows_how_many_of_them_are_read(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(StreamResult("statistics", partitions=50), LOGGER, Budget())
    for number in range(5):
        now[0] += 10
        progress.partition(number)
        progress.page(1)  # of each partition
    assert caplog.messages == [
        "statistics: 0 records, 3 pages, partition 3 of 50, about 720 s to go; 0 requests used",
    ]


def test_credits_are_set_aside_before_they_can_be_spent():
    credits_left = Credits(3)
    credits_left.spend(2, "domains")
    with pytest.raises(CreditsError, match="max_credits = 3 is spent, or could be"):
        credits_left.spend(2, "domains")
    credits_left.spend(1, "emails")


def test_without_a_limit_nothing_is_spent():
    with pytest.raises(CreditsError, match="set `max_credits`"):
        Credits(None).spend(1, "domains")
