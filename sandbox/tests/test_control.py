from __future__ import annotations

import pytest


def plan(operation, **rest):
    return {"operation": operation, "vendor": "wolfeo", **rest}


def test_health_tells_where_the_vendors_are(sandbox):
    health = sandbox.control("GET", "/health")
    wolfeo = health["vendors"]["wolfeo"]
    assert health["status"] == "ok"
    assert wolfeo["address"] == f"{sandbox.address}/wolfeo/v1"
    assert wolfeo["credentials"] == {"api_key": "sandbox-wolfeo-key"}
    assert wolfeo["tables"]["contacts"] == 1200


def test_the_log_holds_requests_in_order_without_credentials(sandbox):
    sandbox.wolfeo("/tags", page=1)
    sandbox.wolfeo("/nothing")
    sandbox.wolfeo("/tags", key="a wrong key")
    entries = sandbox.control("GET", "/requests")
    assert [entry["number"] for entry in entries] == [1, 2, 3]
    assert [entry["status"] for entry in entries] == [200, 404, 401]
    assert [entry["credential"] for entry in entries] == ["api_key", "api_key", None]
    assert entries[0]["path"] == "/v1/tags"
    assert entries[0]["query"] == {"page": "1"}
    arrivals = [entry["arrival"] for entry in entries]
    assert arrivals == sorted(arrivals)
    assert "wrong key" not in str(entries)
    assert sandbox.control("DELETE", "/requests") == {"cleared": 3}
    assert sandbox.control("GET", "/requests") == []


def test_inserted_rows_come_first_and_have_defaults(sandbox):
    (row,) = sandbox.control("POST", "/wolfeo/contacts", {"email": "new@example.com"})
    newest = sandbox.wolfeo("/contacts", per_page=1).json()
    assert newest["data"][0]["email"] == "new@example.com"
    assert newest["meta"]["total"] == 1201
    assert row["created_at"] > max(
        one["created_at"] for one in sandbox.control("GET", "/wolfeo/contacts")[:-1]
    )
    rows = sandbox.control("POST", "/wolfeo/contacts", [{}, {"id": 5}, {}])
    assert len({one["id"] for one in [row, *rows]}) == 4


def test_patched_and_deleted_rows(sandbox):
    sandbox.control("PATCH", "/wolfeo/contacts/100003", {"first_name": "Neu", "gdpr": True})
    read = sandbox.wolfeo("/contact", contact_id=100003).json()["data"]
    assert read["first_name"] == "Neu"
    deleted = sandbox.control("DELETE", "/wolfeo/contacts/100003")
    assert deleted["first_name"] == "Neu"
    assert sandbox.wolfeo("/contact", contact_id=100003).status_code == 404
    assert sandbox.wolfeo("/contacts").json()["meta"]["total"] == 1199


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/wolfeo/contacts", {"frist_name": "x"}),
        ("POST", "/wolfeo/contacts", {"id": 100_001}),
        ("POST", "/wolfeo/people", {}),
        ("GET", "/wolfeo/people", None),
        ("GET", "/nobody/contacts", None),
        ("PATCH", "/wolfeo/contacts/1", {}),
        ("PATCH", "/wolfeo/contacts/100001", {"id": 4}),
        ("DELETE", "/wolfeo/contacts/1", None),
        ("POST", "/options", {"wolfeo": {"range_end": "sometimes"}}),
        ("POST", "/options", {"wolfeo": {"retry_after": 1}}),
        ("POST", "/options", {"wolfeo": {"weather": "fine"}}),
        ("POST", "/options", {"wolfeo": {"today": "tomorrow"}}),
        ("POST", "/options", {"wolfeo": {"today": "2025-02-29"}}),
        ("POST", "/options", {"wolfeo": {"day_zone_hours": 30}}),
        ("POST", "/plans", {"operations": [plan("delete", table="tags")]}),
        ("POST", "/plans", {"operations": [{**plan("insert", table="tags"), "vendor": "x"}]}),
    ],
)
def test_mistakes_are_refused_with_a_reason(sandbox, method, path, body):
    assert sandbox.refused(method, path, body)


def total(sandbox):
    return sandbox.wolfeo("/contacts", per_page=1).json()["meta"]["total"]


def test_a_plan_runs_before_the_request_it_names_is_answered(sandbox):
    sandbox.control(
        "POST",
        "/plans",
        [
            {
                "at": 2,
                "path": "/contacts",
                "operations": [
                    plan("delete", table="contacts", id=100_001),
                    plan("delete", table="contacts", id=100_002),
                    plan("patch", table="contacts", id=100_003, row={"last_name": "Planned"}),
                ],
            },
            {"at": 3, "path": "/contacts", "operations": [plan("insert", table="contacts")]},
        ],
    )
    assert total(sandbox) == 1200
    sandbox.wolfeo("/tags")
    assert total(sandbox) == 1198
    assert sandbox.wolfeo("/contact", contact_id=100_003).json()["data"]["last_name"] == "Planned"
    assert total(sandbox) == 1199
    assert sandbox.control("GET", "/plans") == {"pending": [], "problems": []}


def test_a_deletion_in_mid_read_slides_a_row_off_the_page_edge(sandbox):
    before = [row["id"] for row in sandbox.all_pages("/contacts")]
    sandbox.control(
        "POST",
        "/plans",
        {
            "at": 2,
            "path": "/contacts",
            "operations": [plan("delete", table="contacts", id=before[10])],
        },
    )
    seen = [row["id"] for row in sandbox.all_pages("/contacts")]
    assert set(before) - set(seen) == {before[100]}


def test_a_plan_that_cannot_run_is_reported(sandbox):
    operation = plan("delete", table="contacts", id=7)
    sandbox.control("POST", "/plans", {"operations": [operation]})
    assert sandbox.wolfeo("/tags").status_code == 200
    assert sandbox.control("GET", "/plans")["problems"] == ["contacts has no row 7"]


def test_reset_restores_everything(sandbox):
    rows = sandbox.control("GET", "/wolfeo/contacts")
    sandbox.set(spelling="old")
    sandbox.control("DELETE", "/wolfeo/tags/1")
    sandbox.control("POST", "/faults", {"kind": "reset"})
    sandbox.control("POST", "/plans", {"operations": []})
    sandbox.control("POST", "/reset")
    assert sandbox.control("GET", "/wolfeo/contacts") == rows
    assert sandbox.control("GET", "/faults") == []
    assert sandbox.control("GET", "/plans")["pending"] == []
    assert sandbox.control("GET", "/requests") == []
    assert sandbox.control("GET", "/options")["wolfeo"]["spelling"]["value"] == "mixed"


def test_the_defaults_of_all_options_can_be_set_again(sandbox):
    options = sandbox.control("GET", "/options")["wolfeo"]
    defaults = {name: option["default"] for name, option in options.items()}
    assert sandbox.control("POST", "/options", {"wolfeo": defaults})["wolfeo"] == defaults
