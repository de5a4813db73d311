from __future__ import annotations

from collections import Counter

import pytest


def get(sandbox, path, token="sandbox-wisedata-token", **query):
    return sandbox.session.get(
        f"{sandbox.address}/wisedata/api/v1{path}",
        params=query,
        headers={"authorization": f"Bearer {token}"},
        timeout=30,
    )


def options(sandbox, **values):
    sandbox.control("POST", "/options", {"wisedata": values})


def table(sandbox, name):
    return sandbox.control("GET", f"/wisedata/{name}")


def members(sandbox, key, **query):
    rows, page, last = [], 0, 1
    while page < last:
        page += 1
        query |= {"per_page": 100, "page": page}
        body = get(sandbox, f"/contact-lists/{key}/contacts", **query).json()
        rows += body["data"]
        last = body["meta"]["last_page"]
    assert len(rows) == body["meta"]["total"]
    return rows


@pytest.mark.parametrize("token", ["", "wrong", "sandbox-wisedata-token2"])
def test_a_wrong_token_gets_401_and_a_plan_without_api_403(sandbox, token):
    answer = get(sandbox, "/contact-lists/all", token=token)
    assert answer.status_code == 401
    assert answer.json().keys() == {"message"}
    options(sandbox, plan="other")
    assert get(sandbox, "/contact-lists/all").status_code == 403


def test_the_lists_come_at_once_in_an_envelope_or_bare(sandbox):
    lists = table(sandbox, "contact_lists")
    assert get(sandbox, "/contact-lists/all").json() == {"data": lists}
    options(sandbox, lists_envelope="bare")
    assert get(sandbox, "/contact-lists/all").json() == lists


def test_every_list_holds_every_contact_once_in_either_order(sandbox):
    expected = table(sandbox, "list_contacts")
    for one in table(sandbox, "contact_lists"):
        key = one["id"]
        ascending = members(sandbox, key, sort="created_at", order="asc")
        wanted = [row for row in expected if row["list_id"] == key]
        assert [{"list_id": key, **row} for row in ascending] == wanted
        assert members(sandbox, key, sort="created_at", order="desc") == ascending[::-1]
        assert members(sandbox, key) == ascending[::-1]


def test_records_name_no_list_and_write_created_at_in_camel_case(sandbox):
    row = get(sandbox, "/contact-lists/101/contacts").json()["data"][0]
    assert row.keys() == {
        "id",
        "name",
        "email",
        "phone",
        "emailStatus",
        "phoneStatus",
        "createdAt",
    }
    assert get(sandbox, f"/contacts/{row['id']}").json() == {"data": row}
    assert row in table(sandbox, "single_contacts")
    assert get(sandbox, "/contacts/1").status_code == 404
    answer = get(sandbox, "/contact-lists/101/contacts", sort="createdAt")
    assert (answer.status_code, answer.json()["errors"].keys()) == (422, {"sort"})


def test_pages_are_fifteen_long_by_default_and_tell_their_place(sandbox):
    body = get(sandbox, "/contact-lists/102/contacts", page=2).json()
    total = sum(row["list_id"] == 102 for row in table(sandbox, "list_contacts"))
    assert body["meta"] == {
        "current_page": 2,
        "per_page": 15,
        "total": total,
        "last_page": -(-total // 15),
    }
    assert len(body["data"]) == 15
    assert get(sandbox, "/contact-lists/102/contacts", page=999).json()["data"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("per_page", 0), ("per_page", 101), ("per_page", "x"), ("page", 0), ("order", "up")],
)
def test_a_bad_parameter_gets_422(sandbox, name, value):
    answer = get(sandbox, "/contact-lists/101/contacts", **{name: value})
    assert answer.status_code == 422
    assert answer.json().keys() == {"message", "errors"}
    assert answer.json()["errors"].keys() == {name}


def test_per_page_can_be_clamped_instead(sandbox):
    options(sandbox, per_page_excess="clamp")
    body = get(sandbox, "/contact-lists/101/contacts", per_page=1000).json()
    assert body["meta"]["per_page"] == len(body["data"]) == 100


@pytest.mark.parametrize("sort", ["name", "email", "phone"])
def test_other_sorts(sandbox, sort):
    values = [row[sort] or "" for row in members(sandbox, 101, sort=sort, order="asc")]
    assert values == sorted(values)
    values = [row[sort] or "" for row in members(sandbox, 101, sort=sort, order="desc")]
    assert values == sorted(values, reverse=True)


def test_the_search_looks_at_name_email_and_phone(sandbox):
    rows = members(sandbox, 101)
    texts = ["petit", "P12", "+551100000"]
    for text in texts:
        found = members(sandbox, 101, search=text)
        assert found == [
            row
            for row in rows
            if text.lower()
            in "\0".join(row[name] or "" for name in ("name", "email", "phone")).lower()
        ]
        assert 0 < len(found) < len(rows)


def test_a_contact_can_be_in_two_lists(sandbox):
    counts = Counter(row["id"] for row in table(sandbox, "list_contacts"))
    assert {1, 2} <= set(counts.values())
    both = next(key for key, count in counts.items() if count == 2)
    lists = [
        key for key in range(101, 107) if any(row["id"] == both for row in members(sandbox, key))
    ]
    assert len(lists) == 2
    options(sandbox, several_lists=False)
    counts = Counter(row["id"] for row in table(sandbox, "list_contacts"))
    assert set(counts.values()) == {1}
    assert not any(row["id"] == both for row in members(sandbox, lists[1]))


def test_a_list_can_be_empty(sandbox):
    body = get(sandbox, "/contact-lists/106/contacts").json()
    assert body == {
        "data": [],
        "meta": {"current_page": 1, "per_page": 15, "total": 0, "last_page": 1},
    }


def test_one_instant_fills_more_than_a_page_of_a_list(sandbox):
    times = Counter(row["createdAt"] for row in members(sandbox, 101))
    assert max(times.values()) > 100
    assert all(len(time) == len("2024-01-01T00:00:00.000000Z") for time in times)


def test_ties_can_turn_round_between_requests(sandbox):
    query = {"sort": "created_at", "order": "asc", "per_page": 100, "page": 4}

    def ids():
        rows = get(sandbox, "/contact-lists/101/contacts", **query).json()["data"]
        return [row["id"] for row in rows]

    assert ids() == ids()
    options(sandbox, tie_order="unstable")
    first, second = ids(), ids()
    assert first != second


def test_statuses_are_lower_case_or_null(sandbox):
    rows = table(sandbox, "single_contacts")
    emails = {row["emailStatus"] for row in rows}
    assert {"valid", "pending", "bounce", None} <= emails
    assert {"valid", "pending", None} <= {row["phoneStatus"] for row in rows}
    for status, field in (("emailStatus", "email"), ("phoneStatus", "phone")):
        assert all(row[status] is None for row in rows if row[field] is None)
    assert all(2 <= len(row["name"]) <= 100 for row in rows)


def test_a_list_deleted_meanwhile_gets_404(sandbox):
    sandbox.control(
        "POST",
        "/plans",
        {
            "at": 2,
            "path": "/contact-lists/101/contacts",
            "operations": [
                {
                    "operation": "delete",
                    "vendor": "wisedata",
                    "table": "contact_lists",
                    "id": 101,
                }
            ],
        },
    )
    assert get(sandbox, "/contact-lists/101/contacts").status_code == 200
    answer = get(sandbox, "/contact-lists/101/contacts", page=2)
    assert (answer.status_code, answer.json().keys()) == (404, {"message"})
    assert not any(row["list_id"] == 101 for row in table(sandbox, "list_contacts"))


def test_a_deletion_in_mid_read_lowers_the_total(sandbox):
    before = get(sandbox, "/contact-lists/101/contacts", order="asc").json()
    sandbox.control("DELETE", f"/wisedata/contacts/{before['data'][0]['id']}")
    after = get(sandbox, "/contact-lists/101/contacts", order="asc").json()
    assert after["meta"]["total"] == before["meta"]["total"] - 1
    assert after["data"][0] == before["data"][1]


def test_a_status_that_moves_leaves_created_at_alone(sandbox):
    row = get(sandbox, "/contact-lists/101/contacts").json()["data"][3]
    sandbox.control("PATCH", f"/wisedata/contacts/{row['id']}", {"emailStatus": "bounce"})
    after = get(sandbox, "/contact-lists/101/contacts").json()["data"][3]
    assert after == {**row, "emailStatus": "bounce"}


def test_sixty_reads_a_minute_then_429_with_the_seconds_to_wait(start):
    with start() as (client, _):
        statuses = [get(client, "/contact-lists/all").status_code for _ in range(60)]
        assert set(statuses) == {200}
        refused = get(client, "/contact-lists/all")
        assert refused.status_code == 429
        assert 50 <= int(refused.headers["retry-after"]) <= 60


@pytest.mark.parametrize("path", ["/contact-lists", "/surveys", "/contact-lists/x/contacts"])
def test_unknown_paths_get_404(sandbox, path):
    assert get(sandbox, path).status_code == 404


@pytest.mark.parametrize("name", ["contacts", "contact_lists"])
def test_an_account_can_be_empty(start, name):
    with start("--unlimited", "--rows", f"wisedata.{name}=0") as (client, _):
        assert get(client, "/contact-lists/all").status_code == 200
        assert get(client, "/contact-lists/101/contacts").status_code in (200, 404)
