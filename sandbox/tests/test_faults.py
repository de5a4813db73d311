from __future__ import annotations

import pytest
import requests


def order(sandbox, *faults):
    sandbox.control("POST", "/faults", list(faults))


def log(sandbox):
    return [(one["status"], one["fault"]) for one in sandbox.control("GET", "/requests")]


def test_status_with_body_and_headers(sandbox):
    order(
        sandbox,
        {"kind": "status", "status": 503, "body": {"a": 1}, "headers": {"Retry-After": "7"}},
    )
    answer = sandbox.wolfeo("/tags")
    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (
        503,
        {"a": 1},
        "7",
    )
    assert sandbox.wolfeo("/tags").status_code == 200
    assert log(sandbox) == [(503, "status"), (200, None)]


def test_html(sandbox):
    order(sandbox, {"kind": "html"})
    answer = sandbox.wolfeo("/tags")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_redirect(sandbox):
    order(sandbox, {"kind": "redirect", "location": "http://localhost:1/else"})
    answer = sandbox.wolfeo("/tags")
    assert (answer.status_code, answer.headers["location"]) == (302, "http://localhost:1/else")


def test_cut_promises_more_than_it_sends(sandbox):
    order(sandbox, {"kind": "cut"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        sandbox.wolfeo("/tags")
    assert sandbox.wolfeo("/tags").status_code == 200
    assert log(sandbox) == [(200, "cut"), (200, None)]


def test_reset_breaks_off_without_an_answer(sandbox):
    order(sandbox, {"kind": "reset"})
    with pytest.raises(requests.ConnectionError):
        sandbox.wolfeo("/tags")
    assert sandbox.wolfeo("/tags").status_code == 200
    assert log(sandbox) == [(None, "reset"), (200, None)]


def test_slow_answers_all_the_same(sandbox):
    order(sandbox, {"kind": "slow", "seconds": 0.1})
    assert sandbox.wolfeo("/tags").status_code == 200


def test_hang_answers_nobody_and_holds_nobody_up(sandbox):
    order(sandbox, {"kind": "hang"})
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(
            f"{sandbox.address}/wolfeo/v1/tags",
            headers={"authorization": "Bearer sandbox-wolfeo-key"},
            timeout=0.2,
        )
    assert sandbox.wolfeo("/tags").status_code == 200
    assert log(sandbox) == [(None, "hang"), (200, None)]


def test_missing_member(sandbox):
    order(sandbox, {"kind": "missing"}, {"kind": "missing", "member": "meta.total"})
    assert sandbox.wolfeo("/tags").json().keys() == {"success", "meta"}
    assert sandbox.wolfeo("/tags").json()["meta"].keys() == {
        "current_page",
        "last_page",
        "per_page",
    }


def test_shape_of_a_member_and_of_the_whole(sandbox):
    order(
        sandbox,
        {"kind": "shape", "member": "data", "value": {"not": "a list"}},
        {"kind": "shape", "member": "", "value": []},
    )
    assert sandbox.wolfeo("/tags").json()["data"] == {"not": "a list"}
    assert sandbox.wolfeo("/tags").json() == []


def test_drift_of_the_rows(sandbox):
    plain = sandbox.wolfeo("/tags").json()["data"]
    drift = [{"name": 5, "colour": "red"}, {"name": None}]
    order(sandbox, {"kind": "drift", "value": drift})
    drifted = sandbox.wolfeo("/tags").json()["data"]
    assert drifted[:3] == [plain[0] | drift[0], plain[1] | drift[1], plain[2] | drift[0]]


def test_garbage_is_cut_json_of_the_right_length(sandbox):
    order(sandbox, {"kind": "garbage"})
    answer = sandbox.wolfeo("/tags")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_after_and_times(sandbox):
    order(sandbox, {"kind": "status", "status": 500, "after": 1, "times": 2})
    assert [sandbox.wolfeo("/tags").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert sandbox.control("GET", "/faults") == []


def test_faults_on_one_path_strike_one_request_after_the_other(sandbox):
    order(sandbox, {"kind": "status", "status": 500}, {"kind": "status", "status": 502})
    assert [sandbox.wolfeo("/tags").status_code for _ in range(3)] == [500, 502, 200]


def test_a_fault_takes_only_what_it_is_for(sandbox):
    order(
        sandbox,
        {"kind": "status", "vendor": "wolfeo", "path": "/contacts", "query": {"page": "2"}},
        {"kind": "status", "vendor": "other", "times": None},
    )
    assert sandbox.wolfeo("/tags-contacts", tag_id=1, page=2).status_code == 200
    assert sandbox.wolfeo("/contacts").status_code == 200
    assert sandbox.wolfeo("/contacts", page=2).status_code == 500
    sandbox.control("DELETE", "/faults")
    assert sandbox.control("GET", "/faults") == []


def test_a_fault_without_end_lasts_until_it_is_cleared(sandbox):
    order(sandbox, {"kind": "status", "times": None})
    assert {sandbox.wolfeo("/tags").status_code for _ in range(5)} == {500}
    sandbox.control("DELETE", "/faults")
    assert sandbox.wolfeo("/tags").status_code == 200


@pytest.mark.parametrize("fault", [{"kind": "meteor"}, {"kind": "reset", "tines": 2}, {}])
def test_a_misspelt_fault_is_refused(sandbox, fault):
    assert sandbox.refused("POST", "/faults", [fault])
