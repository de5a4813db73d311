from __future__ import annotations

import pytest
from tap_sandbox.limits import Limit, Limiter


def test_a_window_slides():
    limiter = Limiter((Limit(count=2, seconds=1),))
    assert [limiter.wait("key", "GET", now) for now in (0.0, 0.5)] == [0, 0]
    assert limiter.wait("key", "GET", 0.75) == pytest.approx(0.25)
    assert limiter.wait("key", "GET", 1.0) == 0
    assert limiter.wait("key", "GET", 1.25) == pytest.approx(0.25)


def test_the_longest_of_several_waits_counts_and_refused_requests_do_not():
    limiter = Limiter((Limit(count=1, seconds=1), Limit(count=2, seconds=60)))
    assert limiter.wait("key", "GET", 0) == 0
    assert limiter.wait("key", "GET", 0.5) == pytest.approx(0.5)
    assert limiter.wait("key", "GET", 2) == 0
    assert limiter.wait("key", "GET", 4) == pytest.approx(56)
    assert limiter.wait("key", "GET", 60) == 0


def test_each_credential_has_its_own_count():
    limiter = Limiter((Limit(count=1, seconds=1), Limit(count=1, seconds=9, credential="small")))
    assert limiter.wait("small", "GET", 0) == 0
    assert limiter.wait("large", "GET", 0) == 0
    assert limiter.wait("large", "GET", 2) == 0
    assert limiter.wait("small", "GET", 2) == pytest.approx(7)


def test_a_limit_may_be_for_some_methods():
    limiter = Limiter((Limit(count=1, seconds=60, methods=("POST",)),))
    assert [limiter.wait("key", method, 0) for method in ("POST", "GET", "GET")] == [0, 0, 0]
    assert limiter.wait("key", "POST", 0) == pytest.approx(60)


def test_a_limit_passed_may_block_for_a_while():
    limiter = Limiter((Limit(count=1, seconds=1, block_seconds=300),))
    assert limiter.wait("key", "GET", 0) == 0
    assert limiter.wait("key", "GET", 0.5) == pytest.approx(300)
    assert limiter.wait("key", "GET", 100) == pytest.approx(200.5)
    assert limiter.wait("key", "GET", 301) == 0


def test_an_option_may_hold_the_length_of_a_block_and_the_count_begins_anew_after_it():
    options = {"block": 5.0}
    limiter = Limiter((Limit(count=2, seconds=60, block_option="block"),), options)
    assert [limiter.wait("key", "GET", now) for now in (0, 1)] == [0, 0]
    assert limiter.wait("key", "GET", 2) == pytest.approx(5)
    assert limiter.wait("key", "GET", 6.5) == pytest.approx(0.5)
    assert [limiter.wait("key", "GET", now) for now in (7, 8)] == [0, 0]
    options["block"] = 9.0
    assert limiter.wait("key", "GET", 9) == pytest.approx(9)


def refusal(sandbox):
    for _ in range(500):
        answer = sandbox.wolfeo("/tags", per_page=1)
        if answer.status_code != 200:
            return answer
    pytest.fail("no request was refused")


def test_too_many_requests_get_the_documented_body(sandbox):
    sandbox.set(limits=True)
    answer = refusal(sandbox)
    assert answer.status_code == 429
    assert answer.json() == {"message": "Too Many Attempts."}
    assert int(answer.headers["retry-after"]) >= 1
    assert len(sandbox.control("GET", "/requests")) >= 11


def test_retry_after_can_be_left_out(sandbox):
    sandbox.set(limits=True, retry_after=False)
    assert "retry-after" not in refusal(sandbox).headers


def test_requests_that_a_fault_takes_use_up_the_limit(sandbox):
    sandbox.set(limits=True)
    sandbox.control("POST", "/faults", {"kind": "status", "status": 503, "times": None})
    statuses = [sandbox.wolfeo("/tags").status_code for _ in range(200)]
    assert set(statuses) == {503, 429}


def test_limits_hold_from_the_start_unless_switched_off(start):
    with start() as (client, _):
        assert refusal(client).status_code == 429


def test_a_clock_that_is_set_lets_a_quota_pass_in_a_moment(start):
    with start() as (client, _):
        client.control("POST", "/clock", {"now": 0})
        assert {client.wolfeo("/tags").status_code for _ in range(10)} == {200}
        assert client.wolfeo("/tags").status_code == 429
        client.control("POST", "/clock", {"now": 0.999})
        assert client.wolfeo("/tags").status_code == 429
        assert client.control("POST", "/clock", {"now": 1}) == {"now": 1, "runs": False}
        assert client.wolfeo("/tags").status_code == 200
        arrivals = [entry["arrival"] for entry in client.control("GET", "/requests")]
        assert arrivals == [0] * 11 + [0.999, 1]
        assert client.control("DELETE", "/clock")["runs"]
        assert client.control("GET", "/clock")["now"] != 1
        assert "now" in client.refused("POST", "/clock", {"advance": 5})
        client.control("POST", "/clock", {"now": 0})
        client.control("POST", "/reset")
        assert client.control("GET", "/clock")["runs"]


def test_a_limit_can_be_cut_into_parts():
    options = {"limit_parts": 6}
    limiter = Limiter((Limit(count=60, seconds=60),), options)
    assert [limiter.wait("key", "GET", now) for now in range(10)] == [0] * 10
    assert limiter.wait("key", "GET", 9.5) == pytest.approx(0.5)
    assert limiter.wait("key", "GET", 10) == 0


def test_no_limit_is_cut_into_no_parts(sandbox):
    error = sandbox.refused("POST", "/options", {"wolfeo": {"limit_parts": 0}})
    assert "limit_parts takes a value like 1: at least 1" in error
