"""The tap as a process, against the sandbox over HTTP."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

LISTS = [101, 102, 103, 104, 105, 106]
LATER = "2026-02-03T04:05:06.000000Z"


def plan(sandbox, request, *operations):
    where = {"at": request, "vendor": "wisedata", "path": "/contacts"}
    steps = [{"vendor": "wisedata", **operation} for operation in operations]
    sandbox.post("plans", where | {"operations": steps})


def by_key(rows):
    return {(row["list_id"], row["id"]): row for row in rows}


def contacts(sandbox):
    return by_key(sandbox.get("wisedata/list_contacts"))


def bookmarks(run):
    """The bookmark of each list that has one."""
    partitions = run.state["bookmarks"]["contacts"]["partitions"]
    return {
        each["context"]["list_id"]: each["replication_key_value"]
        for each in partitions
        if "replication_key_value" in each
    }


def newest(rows):
    found = defaultdict(str)
    for row in rows.values():
        found[row["list_id"]] = max(found[row["list_id"]], row["createdAt"])
    return found


def queries(sandbox):
    """What was asked of the contacts of lists: sort, order and size, without the page."""
    log = [each["query"] for each in sandbox.requests_to("wisedata")]
    return {tuple((query | {"page": "-"}).values()) for query in log if query}


@pytest.mark.parametrize("lists_envelope", ["data", "bare"])
def test_every_list_arrives_once_whatever_is_around_it(sandbox, read, lists_envelope):
    sandbox.options("wisedata", lists_envelope=lists_envelope)
    run = read("contact_lists")
    assert run.code == 0
    assert run.records["contact_lists"] == sandbox.get("wisedata/contact_lists")
    assert len(sandbox.requests_to("wisedata")) == 1


@pytest.mark.parametrize("several_lists", [True, False])
def test_every_contact_arrives_once_in_each_of_its_lists(sandbox, read, several_lists):
    sandbox.options("wisedata", several_lists=several_lists)
    run = read()
    expected = contacts(sandbox)
    assert run.code == 0
    assert by_key(run.records["contacts"]) == expected
    assert len(run.records["contacts"]) == len(expected)
    keys = {each["stream"]: each["key_properties"] for each in run.messages if "schema" in each}
    assert keys == {"contact_lists": ["id"], "contacts": ["list_id", "id"]}
    assert (len({number for _, number in expected}) < len(expected)) == several_lists
    # One for the lists, and one for each page of each list, the empty one too.
    sizes = Counter(number for number, _ in expected)
    pages = [max(1, math.ceil(sizes[number] / 100)) for number in LISTS]
    assert 0 in [sizes[number] for number in LISTS]
    assert len(sandbox.requests_to("wisedata")) == 1 + sum(pages)


@pytest.mark.parametrize(("method", "order"), [("FULL_TABLE", "asc"), ("INCREMENTAL", "desc")])
def test_sort_is_spelt_otherwise_than_the_property(sandbox, read, method, order):
    run = read("contacts", method=method)
    assert by_key(run.records["contacts"]) == contacts(sandbox)
    assert len(run.records["contacts"]) == len(contacts(sandbox))
    assert queries(sandbox) == {("created_at", order, "-", "100")}


def test_contacts_are_read_in_full_unless_the_catalog_says_otherwise(sandbox, read):
    first = read()
    again = read(state=first.state)
    assert by_key(again.records["contacts"]) == contacts(sandbox)


def test_a_quiet_incremental_run_costs_one_request_a_list(sandbox, read):
    first = read("contacts", method="INCREMENTAL")
    assert bookmarks(first) == newest(contacts(sandbox))
    second = read("contacts", state=first.state, method="INCREMENTAL")
    assert len(sandbox.requests_to("wisedata")) == 1 + len(LISTS)
    assert second.code == 0
    assert bookmarks(second) == bookmarks(first)
    starts = {
        number: datetime.fromisoformat(moment) - timedelta(days=7)
        for number, moment in bookmarks(first).items()
    }
    assert by_key(second.records["contacts"]) == {
        key: row
        for key, row in contacts(sandbox).items()
        if datetime.fromisoformat(row["createdAt"]) >= starts[row["list_id"]]
    }


def test_each_list_goes_on_from_its_own_bookmark(sandbox, read):
    first = read("contacts", method="INCREMENTAL")
    sandbox.post("wisedata/contacts", [{"createdAt": LATER, "lists": [102]}] * 250)
    # Older than the newest of list 102, but not than that of the list it is in.
    sandbox.post("wisedata/contacts", {"createdAt": "2026-01-31T00:00:00.000000Z", "lists": [103]})
    second = read("contacts", state=first.state, lookback_days=0, method="INCREMENTAL")
    found = by_key(second.records["contacts"])
    assert {key for key, row in contacts(sandbox).items() if row["createdAt"] > "2026"} <= set(
        found
    )
    assert len(found) == len(second.records["contacts"]) < 251 + len(LISTS)
    assert len(sandbox.requests_to("wisedata")) == 1 + len(LISTS) + 2
    assert bookmarks(second) == newest(contacts(sandbox))


def test_an_undated_change_arrives_within_the_lookback_or_with_a_full_read(sandbox, read):
    first = read("contacts", method="INCREMENTAL")
    rows = sorted(sandbox.get("wisedata/contacts"), key=lambda row: row["createdAt"])
    for number in rows[0]["id"], rows[-1]["id"]:
        sandbox.patch(f"wisedata/contacts/{number}", {"emailStatus": "bounce"})
    changed = {key: row for key, row in contacts(sandbox).items() if row["emailStatus"] == "bounce"}
    second = by_key(read("contacts", state=first.state, method="INCREMENTAL").records["contacts"])
    assert rows[-1]["id"] in {number for _, number in changed.keys() & second.keys()}
    assert rows[0]["id"] not in {number for _, number in second}
    full = by_key(read(state=first.state).records["contacts"])
    assert changed.items() <= full.items()


def test_the_start_date_bounds_the_first_incremental_run(sandbox, read):
    run = read("contacts", start_date="2025-07-01T00:00:00Z", method="INCREMENTAL")
    wanted = {key: row for key, row in contacts(sandbox).items() if row["createdAt"] >= "2025-07"}
    assert by_key(run.records["contacts"]) == wanted


def test_contacts_that_come_and_go_while_a_full_read_turns_pages(sandbox, read):
    before = contacts(sandbox)
    first_list = sorted(
        (row["createdAt"], number) for (one, number), row in before.items() if one == 101
    )
    for request, (_, number) in zip(range(2, 7), first_list, strict=False):
        delete = {"operation": "delete", "table": "contacts", "id": number}
        insert = {"operation": "insert", "table": "contacts", "row": {"lists": [101]}}
        plan(sandbox, request, delete, *[insert] * (request % 2))
    run = read()
    assert run.code == 0
    assert sandbox.get("plans") == {"pending": [], "problems": []}
    assert before.keys() & contacts(sandbox).keys() <= by_key(run.records["contacts"]).keys()


def test_contacts_that_come_in_front_of_a_newest_first_read(sandbox, read):
    before = contacts(sandbox)
    insert = {"operation": "insert", "table": "contacts", "row": {"lists": [101]}}
    for request in range(2, 6):
        plan(sandbox, request, *[insert] * 3)
    run = read("contacts", method="INCREMENTAL")
    assert run.code == 0
    keys = [(row["list_id"], row["id"]) for row in run.records["contacts"]]
    assert before.keys() <= set(keys)
    assert len(keys) == len(set(keys))
    again = read("contacts", state=run.state, method="INCREMENTAL")
    assert contacts(sandbox).keys() <= set(keys) | by_key(again.records["contacts"]).keys()


def test_ties_in_another_order_at_each_request_lose_nothing(sandbox, read):
    sandbox.options("wisedata", tie_order="unstable")
    run = read("contacts")
    complete = by_key(run.records["contacts"]) == contacts(sandbox)
    # Either all came, or the run says that they did not; never a silent gap.
    assert complete if run.code == 0 else "keep moving" in run.log


@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_a_list_deleted_meanwhile_is_skipped_with_a_warning(sandbox, read, method):
    plan(sandbox, 1, {"operation": "delete", "table": "contact_lists", "id": 103})
    run = read("contacts", method=method)
    assert run.code == 0
    assert "list_id 103 was deleted meanwhile" in run.log
    left = {key: row for key, row in contacts(sandbox).items() if key[0] != 103}
    assert by_key(run.records["contacts"]) == left


def test_trouble_with_one_list_leaves_the_others_and_moves_no_bookmark_of_its_own(sandbox, read):
    fault = {"kind": "status", "status": 422, "path": "/contact-lists/103/contacts"}
    sandbox.post("faults", fault)
    run = read("contacts", method="INCREMENTAL")
    assert run.code != 0
    assert "list_id 103" in run.log
    assert bookmarks(run).keys() == newest(contacts(sandbox)).keys() - {103}
    rest = read("contacts", state=run.state, method="INCREMENTAL")
    together = by_key(run.records["contacts"] + rest.records["contacts"])
    assert together == contacts(sandbox)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/contact-lists/all", {"kind": "missing"}),
        ("/contact-lists/all", {"kind": "shape", "member": "", "value": {"message": "No"}}),
        ("/contact-lists/101/contacts", {"kind": "missing"}),
        ("/contact-lists/101/contacts", {"kind": "shape", "value": [{"name": "No id"}]}),
    ],
)
def test_an_answer_without_records_is_no_empty_list(sandbox, read, path, fault):
    sandbox.post("faults", fault | {"path": path, "times": None})
    run = read()
    assert run.code != 0
    assert not any(row["list_id"] == 101 for row in run.records.get("contacts", []))


def test_a_plan_without_the_api_is_named_and_costs_one_request(sandbox, read):
    sandbox.options("wisedata", plan="other")
    run = read()
    assert run.code != 0
    assert "the API needs the Business plan" in run.log
    assert len(sandbox.requests_to("wisedata")) == 1


def test_a_revoked_token_costs_one_request_and_is_not_shown(sandbox, read):
    run = read(token="revoked-token")
    assert run.code != 0
    assert "check `token`" in run.log
    assert "revoked-token" not in run.log
    assert len(sandbox.requests_to("wisedata")) == 1


def test_the_limit_is_waited_out_as_long_as_the_vendor_says(sandbox, read):
    limit = {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}}
    sandbox.post("faults", limit | {"path": "/contact-lists/101/contacts", "after": 1})
    run = read()
    assert run.code == 0
    assert "again in 2 s" in run.log
    assert by_key(run.records["contacts"]) == contacts(sandbox)


def test_what_no_document_says_of_a_list_is_kept(sandbox, read):
    lists = [{"id": 101, "name": "Customers", "contacts_count": 7}]
    sandbox.post("faults", {"kind": "shape", "path": "/contact-lists/all", "value": lists})
    (record,) = read("contact_lists").records["contact_lists"]
    assert record == {"id": 101, "name": "Customers", "_unmapped": {"contacts_count": 7}}
