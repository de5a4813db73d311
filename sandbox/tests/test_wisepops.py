from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest

KEY = 'WISEPOPS-API key="sandbox-wisepops-key"'


def get(sandbox, path, key=KEY, **query):
    return sandbox.session.get(
        f"{sandbox.address}/wisepops/api2{path}",
        params=query,
        headers={"authorization": key} if key else {},
        timeout=30,
    )


def options(sandbox, **values):
    sandbox.control("POST", "/options", {"wisepops": values})


def contacts(sandbox):
    return sandbox.control("GET", "/wisepops/collected_contacts")


def canonical(row):
    return {"form_session": None, **row}


def identity(row):
    return json.dumps(canonical(row), sort_keys=True)


def walk(sandbox, size):
    """Read as the vendor advises: the last record's time is the next collected_after."""
    read, query = [], {}
    while True:
        page = get(sandbox, "/contacts", page_size=size, **query).json()
        read += page
        if len(page) < size:
            return read
        query = {"collected_after": page[-1]["collected_at"]}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sandbox-wisepops-key",
        "Bearer sandbox-wisepops-key",
        "WISEPOPS-API key=sandbox-wisepops-key",
        "WISEPOPS-API key='sandbox-wisepops-key'",
        'WISEPOPS-API  key="sandbox-wisepops-key"',
        'wisepops-api key="sandbox-wisepops-key"',
        'WISEPOPS-API key="other"',
    ],
)
def test_only_the_exact_header_is_accepted(sandbox, key):
    assert get(sandbox, "/contacts", key=key).status_code == 401


def test_the_contacts_are_a_bare_array_oldest_first_of_a_hundred(sandbox):
    page = get(sandbox, "/contacts").json()
    assert len(page) == 100
    assert [canonical(row) for row in page] == contacts(sandbox)[:100]
    times = [row["collected_at"] for row in contacts(sandbox)]
    assert times == sorted(times)
    assert times[0] >= "2024-01-01"
    assert times[-1] < "2026"


@pytest.mark.parametrize("size", ["0", "1001", "-1", "ten", ""])
def test_a_page_size_outside_1_to_1000_is_refused(sandbox, size):
    assert get(sandbox, "/contacts", page_size=size).status_code == 400


def test_a_page_size_can_be_clamped_instead(sandbox):
    options(sandbox, page_size_excess="clamp")
    assert len(get(sandbox, "/contacts", page_size=5000).json()) == 1000
    assert len(get(sandbox, "/contacts", page_size=0).json()) == 1


def test_the_page_is_ignored_or_honoured(sandbox):
    first = get(sandbox, "/contacts", page_size=50).json()
    assert get(sandbox, "/contacts", page_size=50, page=2).json() == first
    options(sandbox, page="honoured")
    second = get(sandbox, "/contacts", page_size=50, page=2).json()
    assert [canonical(row) for row in second] == contacts(sandbox)[50:100]
    assert get(sandbox, "/contacts", page_size=1000, page=4).json() == []


def test_the_vendors_own_advice_loses_contacts_at_the_edge_of_a_page(sandbox):
    exclusive = {identity(row) for row in walk(sandbox, 100)}
    assert exclusive < {identity(row) for row in contacts(sandbox)}


def test_the_filter_is_exclusive_or_inclusive(sandbox):
    rows = contacts(sandbox)
    at = rows[17]["collected_at"]
    later = [row for row in rows if row["collected_at"] > at]
    same = [row for row in rows if row["collected_at"] == at]
    assert len(same) == 2
    read = get(sandbox, "/contacts", collected_after=at, page_size=1).json()
    assert canonical(read[0]) == later[0]
    options(sandbox, collected_after="inclusive")
    read = get(sandbox, "/contacts", collected_after=at, page_size=2).json()
    assert [canonical(row) for row in read] == same


def test_the_filter_can_be_no_finer_than_a_second(sandbox):
    rows = contacts(sandbox)
    at = rows[30]["collected_at"]
    assert not at.endswith(".000Z")
    options(sandbox, filter_precision="seconds")
    read = get(sandbox, "/contacts", collected_after=at, page_size=1).json()
    assert canonical(read[0]) == rows[30]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("2024-06-01", "2024-06-01T00:00:00.000Z"),
        ("2024-06-01T01:00:00Z", "2024-06-01T01:00:00.000Z"),
        ("2024-06-01T01:00:00", "2024-06-01T01:00:00.000Z"),
        ("2024-06-01T01:00:00.5+02:00", "2024-05-31T23:00:00.500Z"),
        ("2024-06-01 01:00-0130", "2024-06-01T02:30:00.000Z"),
        ("2024-06-01T01:00:00.1234567Z", "2024-06-01T01:00:00.123Z"),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000Z"),
    ],
)
def test_the_filter_reads_utc_unless_an_offset_is_given(sandbox, text, after):
    expected = [row for row in contacts(sandbox) if row["collected_at"] > after][:5]
    read = get(sandbox, "/contacts", collected_after=text, page_size=5).json()
    assert [canonical(row) for row in read] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1710000000",
        "2024-02-30",
        "2024-06-01T01:00:00 02:00",
        "9999-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00+10:00",
    ],
)
def test_a_bad_filter_is_refused_as_is_a_plus_that_was_not_escaped(sandbox, text):
    assert get(sandbox, "/contacts", collected_after=text).status_code == 400


def test_one_pop_up_can_be_asked_for(sandbox):
    rows = [row for row in contacts(sandbox) if row["wisepop_id"] == 20_003]
    read = get(sandbox, "/contacts", wisepop_id=20_003, page_size=1000).json()
    assert [canonical(row) for row in read] == rows
    at = rows[9]["collected_at"]
    read = get(sandbox, "/contacts", wisepop_id=20_003, collected_after=at, page_size=1).json()
    assert read[0]["collected_at"] > at
    assert get(sandbox, "/contacts", wisepop_id=1).json() == []
    assert get(sandbox, "/contacts", wisepop_id="x").status_code == 400


def test_contacts_have_no_id_and_sessions_are_given_null_or_missing(sandbox):
    page = get(sandbox, "/contacts", page_size=1000).json()
    always = {"collected_at", "wisepop_id", "ip", "country_code", "fields"}
    assert {frozenset(row) for row in page} == {
        frozenset(always),
        frozenset({*always, "form_session"}),
    }
    assert {type(row["form_session"]) for row in page if "form_session" in row} == {
        str,
        type(None),
    }
    assert {"", None} & {row["ip"] for row in page} == {""}
    assert None in {row["country_code"] for row in page}
    options(sandbox, form_session="absent")
    page = get(sandbox, "/contacts", page_size=1000).json()
    assert all(row.keys() == always for row in page)
    assert {row["form_session"] for row in contacts(sandbox)} == {None}


def test_fields_have_free_keys_and_not_only_texts(sandbox):
    rows = contacts(sandbox)
    keys = {key for row in rows for key in row["fields"]}
    assert {"email", "phone", "First Name", "first name", "first.name", "Accept terms?"} <= keys
    kinds = {type(value) for row in rows for value in row["fields"].values()}
    assert kinds == {str, bool, int, list}


def test_twins_share_millisecond_pop_up_and_session(sandbox):
    rows = contacts(sandbox)
    instants = Counter(row["collected_at"] for row in rows)
    assert max(instants.values()) == 250
    assert 2 in instants.values()
    pop_ups = Counter((row["collected_at"], row["wisepop_id"]) for row in rows)
    assert 2 in pop_ups.values()
    sessions = Counter(
        (row["collected_at"], row["wisepop_id"], row["form_session"])
        for row in rows
        if row["form_session"]
    )
    assert max(sessions.values()) == 2
    whole = Counter(
        json.dumps([row["collected_at"], row["wisepop_id"], row["fields"]], sort_keys=True)
        for row in rows
    )
    assert max(whole.values()) == 1


def test_one_instant_can_fill_more_than_a_page(sandbox):
    at = "2025-12-31T13:00:00.001Z"
    sandbox.control("POST", "/wisepops/contacts", [{"collected_at": at}] * 1001)
    options(sandbox, collected_after="inclusive")
    page = get(sandbox, "/contacts", page_size=1000, collected_after=at).json()
    assert {row["collected_at"] for row in page} == {at}
    assert len(page) == 1000
    assert get(sandbox, "/contacts", page_size=1000, collected_after=at).json() == page
    options(sandbox, page="honoured")
    rest = get(sandbox, "/contacts", page_size=1000, collected_after=at, page=2).json()
    assert len(rest) == 1


def test_pop_ups_are_all_there_with_a_time_without_zone(sandbox):
    pop_ups = get(sandbox, "/wisepops", page=2).json()
    assert pop_ups == sandbox.control("GET", "/wisepops/wisepops")
    assert {row["activated"] for row in pop_ups} == {True, False}
    assert all(len(row["created_at"]) == 19 and row["created_at"][10] == " " for row in pop_ups)
    ids = {row["id"] for row in pop_ups}
    assert {row["wisepop_id"] for row in contacts(sandbox)} <= ids


def test_hooks_may_be_for_all_pop_ups(sandbox):
    hooks = get(sandbox, "/hooks").json()
    assert {"wisepop_id" in hook for hook in hooks} == {True, False}
    assert [{"wisepop_id": None, **hook} for hook in hooks] == sandbox.control(
        "GET", "/wisepops/hooks"
    )


def test_there_are_1500_calls_in_thirty_days(start):
    with start() as (client, _):
        statuses = [get(client, "/hooks").status_code for _ in range(1501)]
        assert [len(list(group)) for _, group in itertools.groupby(statuses)] == [1500, 1]
        refused = get(client, "/hooks")
        assert refused.status_code == 429
        assert "retry-after" not in refused.headers
        options(client, retry_after=True, quota_status=403)
        refused = get(client, "/hooks")
        assert refused.status_code == 403
        assert int(refused.headers["retry-after"]) > 29 * 86_400


def test_unknown_paths_and_methods(sandbox):
    assert get(sandbox, "/campaigns").status_code == 404
    posted = sandbox.session.delete(
        f"{sandbox.address}/wisepops/api2/contacts", headers={"authorization": KEY}, timeout=30
    )
    assert posted.status_code == 405


@pytest.mark.parametrize("table", ["contacts", "wisepops", "hooks"])
def test_a_website_can_be_empty(start, table):
    with start("--unlimited", "--rows", f"wisepops.{table}=0") as (client, _):
        assert get(client, f"/{table}").json() == []
        assert get(client, "/contacts").status_code == 200
