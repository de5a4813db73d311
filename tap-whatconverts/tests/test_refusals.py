"""What the vendor refuses: named, and no more repeated than helps."""

from __future__ import annotations

import pytest
from whatconverts_checks import OF_A_PROFILE, OF_AN_AGENCY, assert_complete, paths


@pytest.mark.parametrize("status", [401, 403])
def test_a_profile_s_key_leaves_out_the_agency_s_lists_alone(sandbox, read, status):
    sandbox.options("whatconverts", agency_only_status=status)
    run = read(*OF_AN_AGENCY)
    assert run.code != 0
    assert set(run.records) == set(OF_A_PROFILE)
    for stream in OF_A_PROFILE:
        assert_complete(sandbox, run, stream)
    for stream in ("accounts", "users", "roles"):
        lines = [line for line in run.errors if line.startswith(f"{stream}: /{stream} answered")]
        assert lines
        assert all("an agency (master account) key" in line for line in lines)


def test_refused_credentials_end_the_run_after_one_request(sandbox, read):
    run = read(api_secret="mistyped")
    assert run.code != 0
    assert paths(sandbox).total() == 1
    assert "Authentication failed." in run.log
    assert "check `api_token` and `api_secret`" in run.log
    assert "mistyped" not in run.log


@pytest.mark.parametrize(
    ("fault", "requests", "said"),
    [
        # A 400 may also be about the size of the page.
        ({"status": 400, "body": {"error_message": "Bad."}}, 2, "HTTP 400 (Bad.)"),
        ({"status": 403, "body": {"error_message": "No."}}, 1, "HTTP 403 (No.)"),
        ({"status": 410, "body": {"error_message": "Invalid."}}, 1, "HTTP 410 (Invalid.)"),
        ({"kind": "html", "status": 404}, 1, "HTTP 404"),
        ({"status": 200, "body": {"error_message": "Odd\nthing"}}, 1, "refused (Odd thing)"),
        ({"status": 200, "body": {"total_pages": 1}}, 1, "no list of records in `leads`"),
        ({"status": 200, "body": {"leads": None}}, 1, "no list of records in `leads`"),
    ],
)
def test_a_refusal_is_not_repeated_and_touches_its_stream_alone(
    sandbox, read, fault, requests, said
):
    sandbox.post("faults", {"kind": "status", "path": "/leads", "times": None, **fault})
    run = read()
    assert run.code != 0
    assert set(run.records) == {"tracking_numbers", "tracking_forms"}
    assert paths(sandbox)["leads"] == requests
    assert any(said in line for line in run.errors)
    assert "<html" not in run.log


@pytest.mark.parametrize("status", [429, 403])
def test_a_spent_daily_quota_keeps_what_was_read_and_the_next_run_goes_on(sandbox, read, status):
    sandbox.options("whatconverts", leads_per_page_highest=250)
    limit = {"kind": "status", "status": status, "body": {"error_message": "API limit exceeded."}}
    limit |= {"headers": {"Retry-After": "1"}, "path": "/leads", "after": 4, "times": None}
    sandbox.post("faults", limit)
    run = read("leads")
    assert run.code != 0
    assert paths(sandbox)["leads"] == 4 + (5 if status == 429 else 1)
    assert "API limit exceeded." in run.log
    sandbox.delete("faults")
    rest = read("leads", state=run.state, lookback_days=0)
    together = {record["lead_id"] for each in (run, rest) for record in each.records["leads"]}
    assert together == {row["lead_id"] for row in sandbox.get("whatconverts/profile_leads")}
    assert len(run.records["leads"]) + len(rest.records["leads"]) < len(together) + 20
