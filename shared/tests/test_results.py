"""The result of a stream, and the table of all of them."""

from __future__ import annotations

import json
import logging

import pytest
from tap_shared.errors import BudgetError, QuotaError
from tap_shared.masking import SECRETS
from tap_shared.report import Report
from tap_shared.results import Outcome, StreamResult, bookmark_text, table

LOGGER = logging.getLogger("tap-test")


def lines(report):
    return [line for line, _ in table(report.results.values())]


def test_the_table_has_a_row_for_each_stream_and_a_line_for_each_failed_partition():
    report = Report(LOGGER)
    for name in ("orders", "contacts", "events", "tags", "forms"):
        report.result(name)
    report.failed("orders", "orders: refused")
    report.results["contacts"].partitions = 12
    report.failed("contacts", "contacts: HTTP 403", "list_id 7")
    with report.reading("events", incremental=True) as events:
        events.records, events.requests = 1200, 13
    before, after = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    events.bookmark_before, events.bookmark_after = before, after
    with report.reading("tags", incremental=False):
        pass
    gap = " " * 20
    assert lines(report) == [
        "stream    records  requests  seconds  bookmark before       bookmark after        result",
        f"orders          0         0      0.0  {gap}  {gap}  failed: refused",
        f"contacts        0         0      0.0  {gap}  {gap}  failed: 1 of 12 partitions",
        "  list_id 7: HTTP 403",
        f"events       1200        13      0.0  {before}  {after}  incremental, up to date",
        f"tags            0         0      0.0  {gap}  {gap}  complete",
        f"forms           0         0      0.0  {gap}  {gap}  not read",
    ]


@pytest.mark.parametrize(
    ("error", "outcome", "text"),
    [
        (BudgetError("spent"), Outcome.OUT_OF_REQUESTS, "stopped by request budget"),
        (SystemExit(143), Outcome.STOPPED, "stopped by signal"),
        (QuotaError("orders: HTTP 429"), Outcome.FAILED, "failed: HTTP 429"),
        (ZeroDivisionError("a bug\nof two lines"), Outcome.FAILED, "failed: a bug of two lines"),
    ],
)
def test_an_exception_is_the_result_and_goes_on(error, outcome, text):
    report = Report(LOGGER)
    with (
        pytest.raises(type(error)),
        report.reading("orders", incremental=True) as result,
    ):
        raise error
    assert (result.outcome, result.text) == (outcome, text)
    assert report.failures() == (["orders"] if outcome is Outcome.FAILED else [])


def test_a_read_that_is_stopped_still_names_partitions_that_failed():
    report = Report(LOGGER)
    report.result("contacts").partitions = 3
    report.failed("contacts", "refused", "list_id 7")
    with (
        pytest.raises(BudgetError),
        report.reading("contacts", incremental=False) as result,
    ):
        raise BudgetError("spent")
    assert result.text == "stopped by request budget; failed: 1 of 3 partitions"


def test_a_result_is_an_object_for_structured_logs_without_credentials(monkeypatch):
    monkeypatch.setattr(SECRETS, "_spellings", set())
    monkeypatch.setattr(SECRETS, "_pattern", None)
    SECRETS.add("pass-word")
    report = Report(LOGGER)
    report.failed("orders", "refused pass-word", "account pass-word")
    report.results["orders"].partitions = 2
    assert json.loads(json.dumps(report.results["orders"].to_dict())) == {
        "stream": "orders",
        "outcome": "failed",
        "records": 0,
        "requests": 0,
        "seconds": 0.0,
        "bookmark_before": "",
        "bookmark_after": "",
        "partitions": 2,
        "failures": [{"partition": "account ***", "message": "refused ***"}],
    }


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({}, ""),
        ({"replication_key_value": "2026-01-01T02:00:00.123456+02:00"}, "2026-01-01T00:00:00Z"),
        ({"replication_key_value": "2026-01-01"}, "2026-01-01T00:00:00Z"),
        ({"partitions": [{"context": {"id": 1}}]}, ""),
        (
            {
                "partitions": [
                    {"replication_key_value": f"2026-01-0{day}T00:00:00Z"} for day in (3, 2)
                ]
            },
            "oldest of 2: 2026-01-02T00:00:00Z",
        ),
    ],
)
def test_a_bookmark_is_shown_in_few_words(state, text):
    assert bookmark_text(state) == text


def test_a_table_of_nothing_is_its_heading():
    assert [line.split()[0] for line, _ in table([])] == ["stream"]
    assert [row for _, row in table([StreamResult("x")])][1] == StreamResult("x")
