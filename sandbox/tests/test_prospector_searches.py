"""Prospector: searches that run for a while, and what they cost."""

from __future__ import annotations

import pytest

SEARCH = "/v2/domain-search"
DOMAIN = "company1.example"


def balance(prospector):
    return float(prospector.get("/v1/get-balance")["data"]["balance"])


def finished(prospector, url, **query):
    """Poll a job until it is ready; return its last answer and how many came before."""
    for polls in range(9):
        body = prospector.get(url, **query)
        if body["status"] not in {"in progress", "in_progress"}:
            return body, polls
        assert body["data"] == []
    raise AssertionError


def searched(prospector, path, **form):
    started = prospector.post(path, **form)
    assert started["data"] == []
    return finished(prospector, started["links"]["result"])[0]


def test_a_company_is_searched_by_start_and_poll_for_one_credit(prospector):
    (row, *_, last) = prospector.rows("domain_companies")
    body = searched(prospector, f"{SEARCH}/start", domain=DOMAIN)
    assert {"domain": body["meta"]["domain"], **body["data"]} == row
    assert body["meta"].keys() > {"prospects_count", "emails_count", "generic_contacts_count"}
    assert body["links"]["prospects"].startswith(f"{prospector.address}{SEARCH}/prospects/start?")
    assert balance(prospector) == 24_999
    assert searched(prospector, f"{SEARCH}/start", domain="no.example")["data"] == []
    assert balance(prospector) == 24_999
    assert last["domain"] == "webmail.example"


def test_how_often_a_poll_finds_the_search_pending_and_its_word_are_options(prospector):
    prospector.set(polls_pending=3)
    started = prospector.post(f"{SEARCH}/start", domain=DOMAIN)
    assert prospector.get(started["links"]["result"])["status"] == "in progress"
    assert finished(prospector, started["links"]["result"])[1] == 2
    prospector.set(pending_word="in_progress")
    started = prospector.post(f"{SEARCH}/start", domain=DOMAIN)
    assert prospector.get(started["links"]["result"])["status"] == "in_progress"
    assert prospector.ask("GET", f"{SEARCH}/result/{'0' * 32}").status_code == 404
    task = started["meta"]["task_hash"]
    assert prospector.ask("GET", f"{SEARCH}/prospects/result/{task}").status_code == 404


def test_people_of_a_company_have_pages_that_are_starts(prospector):
    expected = [
        row for row in prospector.rows("listed_domain_prospects") if row["domain"] == DOMAIN
    ]
    url, rows = f"{SEARCH}/prospects/start?domain={DOMAIN}", []
    while url:
        body = searched(prospector, url)
        assert (body["meta"]["tab"], body["meta"]["total_count"]) == ("prospects", len(expected))
        rows += body["data"]
        url = body["links"]["next"]
    made = []
    for row in rows:
        head, _, found = row.pop("search_emails_start").rpartition("/")
        assert head == f"{prospector.address}{SEARCH}/prospects/search-emails/start"
        made.append({"domain": DOMAIN, "prospect_hash": found, **row})
    assert made == expected
    assert len(rows) > 40
    assert balance(prospector) == 25_000 - -(-len(rows) // 20)


def test_people_can_be_asked_for_by_position(prospector):
    form = {"domain": DOMAIN, "positions[]": ["CEO", "Directrice"]}
    body = searched(prospector, f"{SEARCH}/prospects/start", **form)
    assert {row["position"] for row in body["data"]} == {"CEO", "Directrice"}
    assert body["meta"]["positions"] == ["CEO", "Directrice"]
    many = {"domain": DOMAIN, "positions[]": ["CEO"] * 11}
    assert prospector.ask("POST", f"{SEARCH}/prospects/start", data=many).status_code == 400


def test_the_emails_of_a_person_cost_only_if_there_are_any(prospector):
    rows = prospector.rows("domain_prospect_emails")[:9]
    for row in rows:
        path = f"{SEARCH}/prospects/search-emails/start/{row['prospect_hash']}"
        body = searched(prospector, path)
        date = body["data"]["searching_date"]
        assert body["data"]["emails"] == row["emails"]
        assert date.replace(" ", "T") + "Z" == row["searching_date"]
        assert body["links"] == []
    assert balance(prospector) == 25_000 - sum(bool(row["emails"]) for row in rows)
    assert {bool(row["emails"]) for row in rows} == {True, False}
    path = f"{SEARCH}/prospects/search-emails/start/{'0' * 102}"
    assert prospector.ask("POST", path).status_code == 404


@pytest.mark.parametrize(
    ("tab", "table", "name"),
    [
        ("domain-emails", "domain_emails", "emails"),
        ("generic-contacts", "generic_contacts", "service"),
    ],
)
def test_addresses_of_a_domain_page_by_a_hash(prospector, tab, table, name):
    expected = [row for row in prospector.rows(table) if row["domain"] == DOMAIN]
    form, rows, starts = {"domain": DOMAIN}, [], 0
    while True:
        body = searched(prospector, f"{SEARCH}/{tab}/start", **form)
        starts += 1
        rows += [{"domain": DOMAIN, **row} for row in body["data"]]
        assert (body["meta"]["tab"], body["meta"]["total_count"]) == (name, len(expected))
        form["next"] = body["meta"]["next"]
        if not form["next"]:
            break
        assert len(form["next"]) == 112
        assert form["next"] in body["links"]["next"]
    assert body["links"]["next"] == ""
    assert rows == expected
    assert starts == -(-len(rows) // 50) > 1
    assert balance(prospector) == 25_000 - starts
    wrong = {"domain": DOMAIN, "next": "f" * 112}
    assert prospector.ask("POST", f"{SEARCH}/{tab}/start", data=wrong).status_code == 400


def test_email_counts_are_free_and_none_for_webmail(prospector):
    rows = prospector.rows("domain_email_counts")
    for row in rows:
        read = prospector.post("/v1/get-domain-emails-count", domain=row["domain"])
        assert read == {"success": True, **row}
    assert rows[-1] == {"domain": "webmail.example", "webmail": True, "result": 0}
    assert balance(prospector) == 25_000
    missing = prospector.ask("POST", "/v1/get-domain-emails-count")
    assert missing.json() == {"success": False, "message": "Domain parameter is required"}


def test_a_profile_by_email_is_flat_and_costs_a_credit_if_found(prospector):
    rows = prospector.rows("profiles")[:30]
    for row in rows:
        read = prospector.post("/v1/get-profile-by-email", email=row["email"])
        made = {**dict.fromkeys(row), "email": row["email"], **read}
        assert made.pop("success") is True
        made["name"] = made["name"] and made["name"].replace("\0", "")
        made["lastUpdateDate"] = made["lastUpdateDate"].replace(" ", "T") + "Z"
        assert made == row
    assert {row["social"] is None for row in rows} == {True, False}
    assert balance(prospector) == 25_000 - len(rows)
    read = prospector.post("/v1/get-profile-by-email", email="no@x.example")
    assert read == {"success": False, "message": "We couldn't find profile with this email"}
    assert balance(prospector) == 25_000 - len(rows)


def run(prospector, name, **how):
    started = prospector.ask("POST", f"/v2/{name}/start", **how).json()
    task = started["data"]["task_hash"]
    return finished(prospector, f"/v2/{name}/result", task_hash=task)[0]


@pytest.mark.parametrize(
    ("name", "parameter", "table", "field"),
    [
        ("company-domain-by-name", "names", "company_domains", "name"),
        ("li-profiles-by-urls", "urls", "linkedin_profiles", "url"),
        ("email-verification", "emails", "email_verifications", "email"),
    ],
)
@pytest.mark.parametrize("way", ["data", "json"])
def test_bulk_jobs_answer_in_an_order_of_their_own(prospector, name, parameter, table, field, way):
    rows = prospector.rows(table)[:9]
    inputs = [*(row[field] for row in rows), "nobody-knows.example"]
    given = {parameter: inputs} if way == "json" else {f"{parameter}[]": inputs}
    body = run(prospector, name, **{way: given})
    assert sorted(body["data"], key=str) != body["data"]
    found = {row[field]: row for row in body["data"]}
    assert list(found) != inputs
    assert [found[row[field]] for row in rows] == rows
    assert body["meta"][parameter] == inputs
    paid = prospector.rows("paid_requests")
    assert [row["inputs"] for row in paid] == [{parameter: inputs}]
    assert balance(prospector) == 25_000 - paid[0]["credits"]
    assert paid[0]["credits"] > 0
    if table != "email_verifications":
        assert found["nobody-knows.example"]["result"] == []
    too_many = {parameter: [str(one) for one in range(11)]}
    assert prospector.ask("POST", f"/v2/{name}/start", json=too_many).status_code == 400


def test_the_finder_takes_rows_and_says_no_domain(prospector):
    people = prospector.rows("listed_domain_prospects")[:10]
    rows = [{name: one[name] for name in ("first_name", "last_name", "domain")} for one in people]
    body = run(prospector, "emails-by-domain-by-name", json={"rows": rows})
    expected = [
        {name: value for name, value in row.items() if name != "domain"}
        for row in prospector.rows("email_finder")[:10]
    ]
    assert sorted(body["data"], key=str) == sorted(expected, key=str)
    assert body["meta"]["rows"] == rows
    addresses = [one for row in expected for one in row["result"]]
    reasons = {"unknown_status_reason" in one for one in addresses}
    assert reasons == {True, False}
    assert balance(prospector) == 25_000 - len(addresses)
    bad = {"rows": [{"first_name": "Ada"}]}
    answer = prospector.ask("POST", "/v2/emails-by-domain-by-name/start", json=bad)
    assert answer.status_code == 400


def test_without_credits_a_job_ends_so_or_the_start_is_refused(prospector):
    prospector.set(credits=0)
    assert balance(prospector) == 0
    body = searched(prospector, f"{SEARCH}/start", domain=DOMAIN)
    assert (body["status"], body["data"]) == ("not_enough_credits", [])
    email = prospector.rows("profiles")[0]["email"]
    answer = prospector.ask("POST", "/v1/get-profile-by-email", data={"email": email})
    assert answer.status_code == 400
    assert "ran out of credits" in answer.json()["errors"][0]["user_id"]
    prospector.set(out_of_credits="refuse")
    answer = prospector.ask("POST", f"{SEARCH}/start", data={"domain": DOMAIN})
    assert answer.status_code == 400
    assert "ran out of credits" in answer.json()["message"]
    assert {row["credits"] for row in prospector.rows("paid_requests")} == {0}


def test_each_paid_start_is_noted_so_a_repetition_shows(prospector):
    for _ in range(2):
        prospector.post(f"{SEARCH}/start", domain=DOMAIN)
    prospector.client.control("POST", "/faults", {"kind": "status", "path": "/start"})
    prospector.ask("POST", f"{SEARCH}/start", data={"domain": DOMAIN})
    paid = prospector.rows("paid_requests")
    assert [(row["path"], row["inputs"], row["credits"]) for row in paid] == [
        (f"{SEARCH}/start", {"domain": DOMAIN}, 1)
    ] * 2
    assert paid[0]["request"] < paid[1]["request"]
    assert balance(prospector) == 24_998
