"""More events than one answer holds."""

from __future__ import annotations

import pytest
from prospector_checks import assert_complete, spent

pytestmark = pytest.mark.slow

ROWS = ("prospector.opens=16000",)


@pytest.mark.parametrize("order", ["newest_first", "newest_block_ascending", "oldest_first"])
def test_more_events_than_one_answer_holds_all_come(sandbox, read, order):
    sandbox.options("prospector", event_order=order)
    run = read("opens")
    assert_complete(sandbox, run, "opens")
    assert spent(sandbox)["v1/get-emails-opened"] == 11  # ten campaigns, one of two pages


def test_events_that_come_while_the_tap_reads_push_none_out(sandbox, read):
    new = {"operation": "insert", "vendor": "prospector", "table": "opens"}
    plan = {"at": 2, "vendor": "prospector", "path": "/v1/get-emails-opened"}
    before = {row["id"] for row in sandbox.get("prospector/opens")}
    rows = [{**new, "row": {"campaignId": 700001}}] * 5
    sandbox.post("plans", {**plan, "operations": rows})
    run = read("opens")
    found = [record["id"] for record in run.records["opens"]]
    assert before <= set(found)
    assert len(found) == len(set(found))
