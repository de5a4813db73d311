"""A made-up vendor of the other kind: tokens, offsets, bare arrays, a body to read."""

from __future__ import annotations

import json

import pytest
from tap_sandbox.answers import Answer, Refusal, html_answer, json_answer
from tap_sandbox.faults import Fault, spoilt
from tap_sandbox.limits import Limit
from tap_sandbox.paging import numbered_page, offset_page
from tap_sandbox.request_log import RequestLog
from tap_sandbox.sandbox import answer_call
from tap_sandbox.tables import Table
from tap_sandbox.vendor import Call, Route, Vendor, VendorState


def authenticate(call):
    if call.path == "/token":
        return "client"
    token = call.headers.get("authorization", "")
    if call.rows("tokens").get(token) is None:
        raise Refusal(json_answer({"message": "Unauthorized"}, 401))
    return "client"


def give_token(call):
    if call.body_fields().get("secret") != "s":
        raise Refusal(json_answer({"message": "No"}, 401))
    return json_answer(call.rows("tokens").insert({}))


def list_things(call):
    things = [row for row in call.rows("things").all() if row["kind"] == call.captures["kind"]]
    offset = call.integer("offset", 0, lowest=0)
    return json_answer(offset_page(things, offset, 2).rows)


VENDOR = Vendor(
    name="toy",
    base="",
    credentials={"secret": "s"},
    tables=(
        Table("tokens", "token", 0, lambda draw: {"token": f"token-{draw.index}"}, scales=False),
        Table("things", "id", 9, lambda draw: {"id": draw.index, "kind": "ab"[draw.index % 2]}),
    ),
    routes=(Route("POST", "/token", give_token), Route("GET", "/{kind}/things", list_things)),
    authenticate=authenticate,
    unknown=lambda _, known: html_answer(405 if known else 404),
    invalid=lambda _, problem: json_answer({problem.name: problem.problem}, 400),
    too_many=lambda _, wait: json_answer({"wait": wait}, 429),
    limits=(Limit(count=4, seconds=3600),),
    secret_names=frozenset({"secret"}),
)


@pytest.fixture
def state():
    return VendorState(VENDOR, 1, {"tokens": 0, "things": 9}, limited=True)


@pytest.fixture
def log():
    return RequestLog()


@pytest.fixture
def ask(state, log):
    def asked(method, path, *pairs, token="", body=b"", json_body=False, fault=None):
        kind = "application/json" if json_body else "application/x-www-form-urlencoded"
        headers = {"authorization": token, "content-type": kind}
        call = Call(len(log.entries) + 1, method, path, list(pairs), headers, body, state)
        answer = answer_call(call, log.arrived(call, 0), fault)
        return answer.status, answer.content

    return asked


@pytest.mark.parametrize(("body", "json_body"), [(b"secret=s", False), (b'{"secret":"s"}', True)])
def test_a_token_is_a_row_that_a_test_can_take_away(ask, state, log, body, json_body):
    status, content = ask("POST", "/token", body=body, json_body=json_body)
    token = json.loads(content)["token"]
    assert (status, log.entries[0].body) == (200, {"secret": "***"})
    assert ask("GET", "/a/things", token=token)[0] == 200
    state.delete("tokens", token)
    assert ask("GET", "/a/things", token=token)[0] == 401


def test_placeholders_offsets_and_repeated_parameters(ask, log):
    token = json.loads(ask("POST", "/token", body=b"secret=s")[1])["token"]
    _, content = ask(
        "GET", "/a/things", ("offset", "4"), ("emails[]", "x"), ("emails[]", "y"), token=token
    )
    assert [row["id"] for row in json.loads(content)] == [8]
    assert log.entries[-1].query == {"offset": "4", "emails[]": ["x", "y"]}
    assert ask("GET", "/a/things", ("offset", "-1"), token=token)[0] == 400


def test_unknown_paths_and_methods_are_told_apart(ask):
    token = json.loads(ask("POST", "/token", body=b"secret=s")[1])["token"]
    assert ask("GET", "/things", token=token)[0] == 404
    assert ask("DELETE", "/a/things", token=token)[0] == 405


def test_a_fault_before_the_work_leaves_nothing_behind_but_uses_the_limit(ask, state):
    fault = Fault(kind="status", status=502)
    assert [ask("POST", "/token", body=b"secret=s", fault=fault)[0] for _ in range(5)] == [
        502,
        502,
        502,
        502,
        429,
    ]
    assert len(state.tables["tokens"]) == 0


def test_a_body_that_is_no_json_keeps_its_members():
    answer = Answer(b"ID3", content_type="audio/mpeg")
    assert spoilt(Fault(kind="missing"), answer) == answer


def test_pages_tell_their_place():
    rows = [{"id": number} for number in range(5)]
    assert [page.last for page in (numbered_page(rows, 3, 2), numbered_page([], 1, 2))] == [3, 1]
    assert numbered_page(rows, 3, 2).rows == [{"id": 4}]
    assert offset_page(rows, 4, 2).number == 3
