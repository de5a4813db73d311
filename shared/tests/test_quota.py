"""The pace and the budget."""

from __future__ import annotations

import time
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_shared.errors import BudgetError, CreditsError
from tap_shared.quota import Budget, Credits, Pace, SpendingMetric


@pytest.fixture
def clock(monkeypatch):
    """A clock that only sleeping moves."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


@pytest.mark.parametrize("limit", [60, 600])
def test_no_minute_and_no_tenth_of_it_sees_more_than_its_share(clock, limit):
    pace, sent = Pace(limit), []
    for _ in range(3 * limit):
        pace.wait()
        sent.append(clock[0])
    for seconds in (60, 6):
        share = limit * seconds // 60
        assert all(
            later - first >= seconds for first, later in zip(sent, sent[share:], strict=False)
        )
    assert sent[-1] - sent[0] <= 1.05 * 180


@given(
    limit=st.sampled_from([55, 60, 600]),
    travels=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=20, max_size=40),
)
def test_no_delay_on_the_way_makes_requests_bunch(limit, travels):
    """Of those that a window allows, no more arrive in it, however long each travels."""
    now, arrivals, pace = [1000.0], [], Pace(limit)

    def pass_by(seconds):
        now[0] += seconds

    with (
        mock.patch("time.monotonic", side_effect=lambda: now[0]),
        mock.patch("time.sleep", pass_by),
    ):
        for there, back in travels:
            pace.wait()
            pass_by(there)
            arrivals.append(now[0])
            pass_by(back)
            pace.answered()
    for earlier, later in zip(arrivals, arrivals[10:], strict=False):
        assert later - earlier >= 600 / limit - 1e-6


def test_answers_that_come_soon_hold_nothing_up(clock):
    pace, start = Pace(60), clock[0]
    for _ in range(100):
        pace.wait()
        clock[0] += 0.1
        pace.answered()
    assert clock[0] - start <= 1.05 * 100


def test_time_spent_elsewhere_is_not_saved_up_for_a_burst(clock):
    pace = Pace(60)
    pace.wait()
    clock[0] += 600
    sent = []
    for _ in range(3):
        pace.wait()
        sent.append(clock[0])
    assert sent[2] - sent[0] >= 2


def test_the_budget_counts_by_stream_and_ends(clock):
    budget = Budget(3)
    for stream in ("a", "b", "a"):
        budget.spend(stream)
    with pytest.raises(BudgetError):
        budget.spend("a")
    assert budget.requests == {"a": 2, "b": 1}
    assert budget.summary() == (
        "3 requests (a 2, b 1), 0 retries, 0.0 s waited, 0 of max_requests left"
    )


def test_without_a_limit_it_only_counts(clock):
    budget = Budget()
    for _ in range(5000):
        budget.spend("a")
    assert "5000 requests" in budget.summary()


def test_a_budget_of_any_size_ends_at_its_limit():
    budget = Budget(300)
    for _ in range(300):
        budget.spend("a")
    with pytest.raises(BudgetError, match="max_requests = 300 is spent"):
        budget.spend("b")
    assert budget.requests == {"a": 300}


def test_what_was_spent_is_told_as_metrics():
    budget = Budget(10)
    for stream in ("a", "b", "a"):
        budget.spend(stream)
    budget.retries = 2
    budget.wait(1.23456)
    spent = [
        ("counter", SpendingMetric.RETRIES, 2),
        ("timer", SpendingMetric.SECONDS_WAITED, 1.235),
        ("gauge", SpendingMetric.REQUESTS_LEFT, 7),
    ]
    assert [*budget.metrics()] == spent
    budget.max_requests = None
    assert [*budget.metrics()] == spent[:2]


def test_credits_are_set_aside_up_to_the_last_one():
    allowed = Credits(5)
    allowed.spend(2, "emails")
    allowed.spend(3, "emails")
    with pytest.raises(CreditsError, match="emails: max_credits = 5 is spent, or could be by"):
        allowed.spend(1, "emails")
    assert allowed.set_aside == 5


def test_a_request_that_could_cost_too_much_is_not_begun():
    allowed = Credits(5)
    with pytest.raises(CreditsError, match="max_credits = 5"):
        allowed.spend(6, "emails")
    allowed.spend(5, "emails")


def test_without_max_credits_nothing_is_spent():
    with pytest.raises(CreditsError, match="emails costs credits: set `max_credits`"):
        Credits(None).spend(1, "emails")
