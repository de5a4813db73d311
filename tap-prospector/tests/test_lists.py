"""Lists and the prospects in them."""

from __future__ import annotations

from collections import Counter

import pytest
from prospector_checks import PROSPECTOR, assert_complete, assert_equal, spent

ROWS = ("prospector.prospects=320",)


@pytest.mark.parametrize("largest", [100, 5000])
@pytest.mark.parametrize("size", [20, 100, 150, 5000])
def test_pages_smaller_than_asked_for_lose_no_prospect(sandbox, read, largest, size):
    sandbox.options("prospector", prospects_page=largest)
    run = read("list_prospects", prospects_per_page=size)
    assert_complete(sandbox, run, "list_prospects")


def test_a_prospect_deleted_while_the_tap_reads_pulls_no_other_out(sandbox, read):
    first_list = [
        row for row in PROSPECTOR.expected(sandbox, "list_prospects") if row["list_id"] == 100001
    ]
    gone = first_list[-1]["id"]  # the newest comes first
    delete = {"operation": "delete", "vendor": "prospector", "table": "prospects", "id": gone}
    plan = {"at": 2, "vendor": "prospector", "path": "/v1/prospect-list", "operations": [delete]}
    # The list of the most prospects is the last but one to be read.
    sandbox.post("plans", {**plan, "at": spent_before(sandbox, 100001) + 2})
    run = read("list_prospects")
    assert sandbox.get("plans") == {"pending": [], "problems": []}
    found = {
        record["id"] for record in run.records["list_prospects"] if record["list_id"] == 100001
    }
    assert {row["id"] for row in first_list} - {gone} <= found


def spent_before(sandbox, list_id):
    """How many requests for prospects the lists before one take: they come newest first."""
    members = Counter(row["list_id"] for row in PROSPECTOR.expected(sandbox, "list_prospects"))
    lists = [row["id"] for row in sandbox.get("prospector/lists") if not row["isDeleted"]]
    return sum(members[each] // 100 + 1 for each in lists if each > list_id)


def test_deleted_lists_are_read_only_when_asked_for(sandbox, read):
    sandbox.options("prospector", deleted_lists_readable=True)
    run = read("list_prospects", include_deleted_lists=True)
    assert_equal(
        run.records["list_prospects"], sandbox.get("prospector/list_prospects"), ("list_id", "id")
    )


def test_a_prospect_of_several_lists_is_asked_for_once(sandbox, read):
    run = read("list_prospects", "prospects")
    asked = spent(sandbox)["v1/get-prospect-by-id"]
    assert asked == len({record["id"] for record in run.records["list_prospects"]})
    assert asked < len(run.records["list_prospects"])


def test_no_nul_reaches_a_loader(sandbox, read):
    run = read("list_prospects")
    assert "\0" not in str(run.records)
    assert any(str(record["id"])[0] in "01" for record in run.records["list_prospects"])
