"""Answers fetched ahead come in order, and none is used that may no longer be true."""

from __future__ import annotations

import threading

import pytest
from tap_shared.ahead import Ahead
from tap_shared.api import Request
from tap_shared.errors import StreamError

PAGES = [Request(f"/{number}") for number in range(6)]


class Vendor:
    """Answers each path with the number of its request; may hold answers back, or fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing: set[str] = set()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._lock = threading.Lock()

    def send(self, request):
        with self._lock:
            self.asked.append(request.path)
            number = len(self.asked)
        self.may_answer.wait(10)
        if request.path in self.failing:
            raise StreamError(f"{request.path} failed")
        return request.path, number


def test_each_page_is_asked_for_once_and_comes_in_order():
    vendor = Vendor()
    ahead = Ahead(vendor.send)
    found = [ahead.answer(page, PAGES[n + 1 :], 3)[0] for n, page in enumerate(PAGES)]
    assert found == [page.path for page in PAGES]
    assert sorted(vendor.asked) == found


def test_no_more_are_under_way_than_allowed():
    vendor = Vendor()
    vendor.may_answer.clear()
    ahead = Ahead(vendor.send)
    asking = threading.Thread(target=ahead.answer, args=(PAGES[0], PAGES[1:], 3))
    asking.start()
    asking.join(0.3)
    assert sorted(vendor.asked) == ["/0", "/1", "/2"]
    vendor.may_answer.set()
    asking.join()
    assert sorted(vendor.asked) == ["/0", "/1", "/2"]


def test_one_at_a_time_is_sent_when_it_is_asked_for():
    vendor = Vendor()
    ahead = Ahead(vendor.send)
    ahead.answer(PAGES[0], PAGES[1:], 1)
    assert vendor.asked == ["/0"]


def test_a_step_back_asks_again_for_what_was_fetched_ahead():
    vendor = Vendor()
    ahead = Ahead(vendor.send)
    ahead.answer(PAGES[2], PAGES[3:], 3)
    before = len(vendor.asked)
    assert before == 3
    assert ahead.answer(PAGES[1], PAGES[2:], 1)[1] > before
    assert ahead.answer(PAGES[3], [], 1)[1] > before


def test_a_failure_is_raised_where_its_answer_is_asked_for():
    vendor = Vendor()
    vendor.failing = {"/1"}
    ahead = Ahead(vendor.send)
    assert ahead.answer(PAGES[0], PAGES[1:], 3)[0] == "/0"
    with pytest.raises(StreamError, match="/1 failed"):
        ahead.answer(PAGES[1], PAGES[2:], 3)
    assert ahead.answer(PAGES[2], PAGES[3:], 3)[0] == "/2"
