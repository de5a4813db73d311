"""Searches that cost credits: started once, looked at until they are done, read page by page."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from scripted_vendor import Said
from singer_sdk import typing as th
from tap_shared import (
    Api,
    ApiTap,
    PaidStream,
    Request,
    SearchStream,
    authorization_header,
    credential,
    settings,
)
from tap_shared.errors import TapError


class Bought(PaidStream):
    """What is there for credits."""

    name = "bought"
    path = "/bought"
    schema = th.PropertiesList(th.Property("id", th.IntegerType)).to_dict()
    primary_keys = ("id",)
    records_at = "rows"
    balance_request = Request("/balance")
    balance_at = "left"


class Named(Bought, SearchStream):
    """A search whose one answer is all."""

    name = "named"

    def start_request(self, context, page):
        return Request("/start", {"from": page} if page else {}, method="POST")

    def result_request(self, started, context):
        return Request(f"/result/{started['task']}")

    def is_ready(self, body):
        return body["is_done"]


class Found(Named):
    """A search that goes on where an answer says."""

    name = "found"

    def next_page(self, body):
        return body.get("next")


class SearchTap(ApiTap):
    """A tap of searches alone."""

    name = "tap-searches"
    api = Api(authentication=authorization_header("Bearer {api_key}"))
    config_jsonschema = settings(
        credential("api_key", "Key", "A key."),
        api_url="https://example.com",
        requests_per_minute=600,
        lookback_days=0,
        user_agent="tap-searches",
        more=(th.Property("max_credits", th.IntegerType),),
    )
    stream_types = (Bought, Found, Named)


@pytest.fixture
def search(vendor, sleeps, caplog, monkeypatch):
    """Run one of the streams; return its ids and the line of error with which the run ended."""
    monkeypatch.setattr("signal.signal", lambda *_: None)  # those of the tests are not the tap's

    def search(*said, stream="found", max_credits=10):
        vendor.script[:] = [
            each if isinstance(each, Said) else Said(json.dumps(each).encode()) for each in said
        ]
        config = {
            "api_key": "a-key-to-hide",
            "api_url": vendor.url,
            "requests_per_minute": 1_000_000,
            "max_credits": max_credits,
        }
        catalog = SearchTap(config=config).catalog_dict
        for entry in catalog["streams"]:
            (root,) = [each["metadata"] for each in entry["metadata"] if not each["breadcrumb"]]
            root["selected"] = entry["tap_stream_id"] == stream
        output, end = io.TextIOWrapper(io.BytesIO()), ""
        tap = SearchTap(config=config, catalog=catalog)
        with contextlib.redirect_stdout(output), caplog.at_level("INFO"):
            try:
                tap.sync_all()
            except TapError as error:
                end = str(error)
            tap.transport.close()
        messages = [json.loads(line) for line in output.buffer.getvalue().splitlines()]
        ids = [each["record"]["id"] for each in messages if each["type"] == "RECORD"]
        return ids, end

    return search


def asked(vendor):
    return [path.removeprefix("/v1") for path, *_ in vendor.requests]


BEFORE, STARTED = {"left": 10}, {"task": "t"}


def done(*ids, **more):
    return {"is_done": True, "rows": [{"id": each} for each in ids], **more}


def test_each_page_is_a_search_of_its_own(vendor, search, caplog):
    pages = [STARTED, done(1, 2, next="b"), STARTED, done(3)]
    assert search(BEFORE, *pages, {"left": 8}) == ([1, 2, 3], "")
    assert asked(vendor) == [
        "/balance",
        "/start",
        "/result/t",
        "/start?from=b",
        "/result/t",
        "/balance",
    ]
    assert "found: credits before 10, after 8" in caplog.text


def test_a_search_without_pages_ends_with_its_answer(vendor, search):
    assert search(BEFORE, STARTED, done(1, next="b"), BEFORE, stream="named") == ([1], "")
    assert asked(vendor).count("/start") == 1


def test_a_task_is_looked_at_ever_more_rarely_until_it_is_done(vendor, search, sleeps):
    working = {"is_done": False}
    assert search(BEFORE, STARTED, *[working] * 3, done(1), BEFORE)[0] == [1]
    assert [each for each in sleeps if each >= 1] == [2.0, 3.0, 4.5, 6.75]


def test_a_task_that_is_never_done_is_given_up_after_minutes(vendor, search, sleeps, caplog):
    ids, end = search(BEFORE, STARTED, {"is_done": False, "left": 9})
    assert ids == []
    assert end
    assert "found: the vendor has not finished after 342 s" in caplog.text
    # The next wait would come before that: the vendor has had at least five minutes.
    waits = [each for each in sleeps if each >= 1]
    assert sum(waits) >= 300 > sum(waits[:-1])


def test_a_next_page_that_was_read_already_ends_the_search(vendor, search, caplog):
    pages = [STARTED, done(1, next="b"), STARTED, done(2, next="b")]
    ids, end = search(BEFORE, *pages, BEFORE)
    assert ids == [1, 2]
    assert end
    assert "found: the next page is one that was read already" in caplog.text
    assert len([path for path in asked(vendor) if path.startswith("/start")]) == 2


def test_no_page_is_begun_that_could_cost_more_than_allowed(vendor, search, caplog):
    ids, end = search(BEFORE, STARTED, done(1, next="b"), BEFORE, max_credits=1)
    assert ids == [1]
    assert end
    assert "max_credits = 1 is spent" in caplog.text
    assert len([path for path in asked(vendor) if path.startswith("/start")]) == 1


@pytest.mark.parametrize(("stream", "path"), [("found", "/start"), ("bought", "/bought")])
def test_a_request_that_costs_credits_is_not_repeated(vendor, search, caplog, stream, path):
    ids, end = search(BEFORE, Said(status=502), BEFORE, stream=stream)
    assert ids == []
    assert end
    assert "not repeated, because it costs credits" in caplog.text
    assert asked(vendor).count(path) == 1


def test_a_balance_that_can_not_be_read_stops_nothing(vendor, search, caplog):
    assert search(Said(status=403), STARTED, done(1), {"left": 9}) == ([1], "")
    assert "the balance can't be read" in caplog.text
    assert "found: credits before unknown, after 9" in caplog.text


def test_what_was_paid_for_is_not_told_as_deleted():
    tap = SearchTap(config={"api_key": "a-key"})
    assert not tap.streams["found"].is_read_in_full
    assert tap.streams["found"].selected_by_default is False


def test_a_row_that_is_no_json_inside_an_answer_that_is_one_is_named(vendor, search, caplog):
    ids, end = search(BEFORE, Said(b'{"rows": [{"id": 1, "x": "\xff"}]}'), BEFORE, stream="bought")
    assert ids == []
    assert end
    assert "bought: the answer holds a record that is no JSON" in caplog.text
