"""Searches: every page of them, and never more credits than allowed."""

from __future__ import annotations

import pytest
from prospector_checks import assert_equal, fault, spent

ROWS = (
    "prospector.prospects=320",
    "prospector.domain_prospects=42",
    "prospector.domain_emails=104",
    "prospector.generic_contacts=12",
)
BULK = ("company_domains", "email_finder", "email_verifications", "linkedin_profiles")


@pytest.fixture
def search(sandbox, read):
    """Read streams that cost credits, as many as a test can need."""
    sandbox.options("prospector", polls_pending=0)

    def search(*streams, max_credits=1000, **given):
        return read(*streams, max_credits=max_credits, **given)

    return search


@pytest.mark.parametrize("word", ["in progress", "in_progress"])
@pytest.mark.parametrize(
    ("stream", "table", "key"),
    [
        ("domain_companies", "domain_companies", ("domain",)),
        ("domain_prospects", "listed_domain_prospects", ("prospect_hash",)),
        ("domain_emails", "domain_emails", ("email",)),
        ("domain_generic_contacts", "generic_contacts", ("email",)),
        ("domain_email_counts", "domain_email_counts", ("domain",)),
    ],
)
def test_searches_by_domain_read_every_page(sandbox, search, stream, table, key, word):
    sandbox.options("prospector", polls_pending=1, pending_word=word)
    run = search(stream, domains=["company1.example", "company1.example"])
    rows = [
        row for row in sandbox.get(f"prospector/{table}") if row["domain"] == "company1.example"
    ]
    for record in run.records[stream]:
        for name in {"search_emails_start", "prospects_count", "emails_count"} & record.keys():
            del record[name]
        record.pop("generic_contacts_count", None)
    assert run.code == 0, run.log
    assert_equal(run.records[stream], rows, key)


def test_the_addresses_of_people_are_asked_for_once_each(sandbox, search):
    streams = ("domain_prospects", "domain_prospect_emails")
    run = search(*streams, domains=["company2.example"])
    asked = {record["prospect_hash"] for record in run.records["domain_prospects"]}
    rows = sandbox.get("prospector/domain_prospect_emails")
    wanted = [row for row in rows if row["prospect_hash"] in asked]
    for record in run.records["domain_prospect_emails"]:
        assert record.pop("domain") == "company2.example"
    assert_equal(run.records["domain_prospect_emails"], wanted, ("prospect_hash",))
    paid = [row["path"] for row in sandbox.get("prospector/paid_requests")]
    assert len(paid) == len(set(paid)) == 1 + len(asked)


def test_bulk_searches_answer_each_input_found_or_not(sandbox, search):
    people = [
        {name: row[name] for name in ("first_name", "last_name", "domain")}
        for row in sandbox.get("prospector/domain_prospects")
        if row["domain"] == "company2.example"
    ]
    given = {
        "company_names": [f"Company {number} & Co" for number in range(1, 14)],
        "emails": [f"person{number}@example.com" for number in range(12)] * 2,
        "linkedin_urls": ["https://www.linkedin.com/in/person-2", "https://www.linkedin.com/in/no"],
        "people": people,
    }
    run = search(*BULK, **given)
    assert run.code == 0, run.log
    found = {record["name"]: record["result"] for record in run.records["company_domains"]}
    assert found["Company 1 & Co"] == {"domain": "company1.example"}
    assert found["Company 13 & Co"] == {}
    assert len(run.records["company_domains"]) == len(found) == 13
    assert {record["email"] for record in run.records["email_verifications"]} == set(
        given["emails"]
    )
    assert {record["url"] for record in run.records["linkedin_profiles"]} == set(
        given["linkedin_urls"]
    )
    rows = {row["people"]: row for row in sandbox.get("prospector/email_finder")}
    for record in run.records["email_finder"]:
        assert record["result"] == rows[record["people"]]["result"]
        assert record["domain"] == "company2.example"
    starts = [path for path in spent(sandbox).elements() if path.endswith("/start")]
    assert len(starts) == 2 + 2 + 1 + 1


def test_an_address_without_a_profile_is_no_failure(sandbox, search):
    emails = ["nobody@example.com", "person2@example.com"]
    run = search("email_profiles", emails=emails)
    (row,) = [row for row in sandbox.get("prospector/profiles") if row["email"] == emails[1]]
    assert run.code == 0, run.log
    assert_equal(run.records["email_profiles"], [row], ("email",))


@pytest.mark.parametrize("stream", ["domain_companies", "email_profiles", *BULK])
def test_nothing_is_paid_without_max_credits(sandbox, search, stream):
    given = {
        "domains": ["company1.example"],
        "emails": ["person2@example.com"],
        "people": [{"first_name": "A", "last_name": "B", "domain": "company1.example"}],
        "linkedin_urls": ["https://www.linkedin.com/in/person-2"],
        "company_names": ["Company 1 & Co"],
    }
    run = search(stream, max_credits=None, **given)
    assert run.code == 1
    assert "set `max_credits`" in run.log
    assert sandbox.get("prospector/paid_requests") == []


def test_a_run_never_spends_more_than_max_credits(sandbox, search):
    domains = [f"company{number}.example" for number in range(1, 5)]
    run = search("domain_companies", domains=domains, max_credits=2)
    assert run.code == 1
    assert "max_credits = 2 is spent" in run.log
    assert len(run.records["domain_companies"]) == 2
    assert len(sandbox.get("prospector/paid_requests")) == 2
    assert "credits before 25000.00, after 24998.00" in run.log


@pytest.mark.parametrize(
    ("stream", "path"),
    [("domain_companies", "/start"), ("email_profiles", "/v1/get-profile-by-email")],
)
def test_a_paid_request_is_never_repeated(sandbox, search, stream, path):
    fault(sandbox, path, 502)
    given = {"domains": ["company1.example"], "emails": ["person2@example.com"]}
    run = search(stream, **given)
    assert run.code == 1
    assert "not repeated, because it costs credits" in run.log
    asked = [entry for entry in sandbox.requests_to("prospector") if entry["path"].endswith(path)]
    assert len(asked) == 1


@pytest.mark.parametrize("told", ["job", "refuse"])
def test_an_account_without_credits_is_told_so(sandbox, search, told):
    sandbox.options("prospector", credits=0, out_of_credits=told)
    run = search("domain_companies", domains=["company1.example"])
    assert run.code == 1
    assert "credits; buy more" in run.log or "you ran out of credits" in run.log


def test_a_search_that_gets_no_task_is_named_and_not_started_again(sandbox, search):
    missing = {"kind": "missing", "vendor": "prospector", "path": "/start"}
    sandbox.post("faults", {**missing, "member": "meta.task_hash"})
    run = search("domain_companies", domains=["company1.example"])
    assert run.code == 1
    assert "the search was started, but got no `meta.task_hash`" in run.errors[0]
    assert len(sandbox.get("prospector/paid_requests")) == 1


def test_only_an_address_that_is_not_found_is_no_failure(sandbox, search):
    fault(sandbox, "/v1/get-profile-by-email", 200, {"success": False, "message": "Not today"})
    run = search("email_profiles", emails=["person2@example.com"])
    assert run.code == 1
    assert "refused (Not today)" in run.errors[0]
