"""The transport over real HTTP: what it retries, what it names, and what it never does."""

from __future__ import annotations

import email.utils
import json
import time
from decimal import Decimal

import pytest
from scripted_vendor import Said
from tap_shared import Request
from tap_shared.errors import (
    BudgetError,
    CredentialsError,
    LastingError,
    QuotaError,
    RefusedError,
    StreamError,
    UnreachableError,
)

CONTACTS = Request("/contacts", {"page": 1})
OK = Said(b'{"success": true, "data": [{"amount": 1.10}]}')


def answered(status, body=b'{"message": "no"}', **headers):
    return Said(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_numbers_keep_their_digits(vendor, make_transport):
    vendor.script = [OK]
    body = make_transport().send(CONTACTS, "contacts")
    assert body["data"] == [{"amount": Decimal("1.10")}]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (rb'"a\u0000b"', "ab"),
        (rb'"a\\u0000b"', r"a\u0000b"),
        (rb'"a\\\u0000b"', "a\\b"),
        (rb'"a\u00000"', "a0"),
    ],
)
def test_nul_characters_are_left_out_and_nothing_else(vendor, make_transport, sent, meant):
    vendor.script = [Said(b'{"name": ' + sent + b"}")]
    assert make_transport().send(CONTACTS, "contacts") == {"name": meant}


def test_credentials_travel_in_the_header_and_nowhere_else(vendor, make_transport):
    make_transport().send(CONTACTS, "contacts")
    path, headers, body = vendor.requests[0]
    assert path == "/v1/contacts?page=1"
    assert headers["Authorization"] == "Bearer a-key-to-hide"
    assert headers["User-Agent"] == "tap-test"
    assert b"a-key-to-hide" not in body


def test_a_netrc_file_does_not_replace_the_credentials(
    vendor, make_transport, monkeypatch, tmp_path
):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    make_transport().send(CONTACTS, "contacts")
    assert vendor.requests[0][1]["Authorization"] == "Bearer a-key-to-hide"


@pytest.mark.parametrize(
    "trouble",
    [
        answered(500),
        answered(503, b"<html>"),
        answered(429),
        Said(b"<html>log in</html>"),
        Said(b'{"data": [', cut=True),
        Said(b'{"data": [{"id"'),
        Said(drop=True),
    ],
    ids=["500", "503", "429", "HTML", "cut body", "half a JSON", "no answer"],
)
def test_passing_trouble_is_survived_and_counted(vendor, make_transport, sleeps, trouble):
    vendor.script = [trouble, trouble, OK]
    transport = make_transport()
    assert transport.send(CONTACTS, "contacts")["data"]
    assert transport.budget.requests == {"contacts": 3}
    assert transport.budget.retries == 2
    assert len([seconds for seconds in sleeps if seconds >= 1]) == 2


@pytest.mark.parametrize(
    ("trouble", "error", "text"),
    [
        (answered(500), StreamError, "HTTP 500 .no., 3 times; the vendor is in trouble"),
        (answered(429), QuotaError, "HTTP 429 .no., 3 times; run again later"),
        (Said(b"<html>"), StreamError, "no JSON"),
        (Said(b'{"data": [', cut=True), StreamError, "no whole answer"),
        (Said(drop=True), UnreachableError, "check the network"),
    ],
    ids=["500", "429", "HTML", "cut body", "no answer"],
)
def test_lasting_trouble_is_named_after_a_bounded_number_of_tries(
    vendor, make_transport, sleeps, trouble, error, text
):
    vendor.script = [trouble]
    with pytest.raises(error, match=text):
        make_transport().send(CONTACTS, "contacts")
    assert len(vendor.requests) == 3
    assert sum(sleeps) < 200


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_refusal_is_not_repeated(vendor, make_transport, status):
    vendor.script = [answered(status, b'{"error": {"message": "not\\n yours"}}')]
    with pytest.raises(RefusedError, match=rf"contacts: /contacts answered HTTP {status} \(not yo"):
        make_transport().send(CONTACTS, "contacts")
    assert len(vendor.requests) == 1


def test_a_refusal_that_may_pass_is_repeated_as_often_as_other_trouble(
    vendor, make_transport, sleeps
):
    passing = Request("/progress", may_pass=lambda error: "later" in str(error))
    later = answered(422, b'{"message": "later"}')
    vendor.script = [later, OK]
    assert make_transport().send(passing, "progress")
    vendor.script = [later, answered(422, b'{"message": "never"}')]
    with pytest.raises(RefusedError, match=r"HTTP 422 .never."):
        make_transport().send(passing, "progress")
    vendor.script = [later]
    with pytest.raises(LastingError, match=r"HTTP 422 .later., 3 times"):
        make_transport().send(passing, "progress")
    assert len(vendor.requests) == 2 + 2 + 3
    assert sleeps


def test_refused_credentials_end_the_run_with_advice(vendor, make_transport):
    vendor.script = [answered(401)]
    with pytest.raises(CredentialsError, match=r"HTTP 401 \(no\); check `api_key`"):
        make_transport().send(CONTACTS, "contacts")
    assert len(vendor.requests) == 1


def test_a_refusal_with_status_200_is_an_error(vendor, make_transport):
    vendor.script = [Said(b'{"success": false, "message": "not today"}')]
    with pytest.raises(StreamError, match="refused .not today."):
        make_transport().send(CONTACTS, "contacts")


def test_only_the_message_of_a_body_is_shown_and_not_much_of_it(vendor, make_transport):
    body = b'{"message": "%s", "email": "someone@example.com"}' % (b"x" * 5000)
    vendor.script = [answered(400, body)]
    with pytest.raises(RefusedError) as caught:
        make_transport().send(CONTACTS, "contacts")
    assert len(str(caught.value)) < 300
    assert "example.com" not in str(caught.value)


def _date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "0"}, 1, 1),
        ({"Retry-After": "-5"}, 1, 1),
        ({"Retry-After": _date(100), "Date": _date(80)}, 19, 21),
        ({"Retry-After": _date(3600 + 9), "Date": _date(3600)}, 8, 10),
        ({"Retry-After": _date(9)[:-3] + "-0000", "Date": _date(0)}, 8, 10),
        ({"Retry-After": lambda: _date(9), "Date": "today"}, 7, 10),
        ({"Retry-After": _date(-9)}, 1, 1),
        ({"Retry-After": "soon"}, 60, 60),
        ({"Retry-After": "nan"}, 60, 60),
        ({"Retry-After": "Fri, 31 Dec 2026 23:59:59 +999999999999999999"}, 60, 60),
        ({}, 60, 60),
    ],
    ids=[
        "seconds",
        "zero",
        "negative",
        "date",
        "clock an hour ahead",
        "date without a zone",
        "no clock",
        "past",
        "garbage",
        "no number",
        "a zone beyond all",
        "missing",
    ],
)
def test_retry_after_is_obeyed(vendor, make_transport, sleeps, headers, low, high):
    # Two Date headers would be joined; the server sends its own first, so the test replaces it.
    vendor.server.RequestHandlerClass.date_time_string = lambda *_: headers.get("Date", _date(0))
    # A date that our own clock is compared with is made when the test runs, not when it is read.
    given = {
        name: value() if callable(value) else value
        for name, value in headers.items()
        if name != "Date"
    }
    vendor.script = [Said(b'{"message": "slow down"}', 429, given), OK]
    make_transport().send(CONTACTS, "contacts")
    assert low <= max(sleeps) <= high


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("text", ["86400", "1e999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_retry_after_ends_the_run_instead_of_sleeping(
    vendor, make_transport, sleeps, status, text
):
    vendor.script = [answered(status, Retry_After=text)]
    with pytest.raises(QuotaError, match=r"asks to wait (86400|inf|\d{12}) s"):
        make_transport().send(CONTACTS, "contacts")
    assert sum(sleeps) < 1


@pytest.mark.parametrize("trouble", [Said(drop=True), answered(500)], ids=["no answer", "500"])
def test_a_request_that_costs_credits_is_never_repeated_blindly(vendor, make_transport, trouble):
    vendor.script = [trouble]
    paid = Request("/start", method="POST", json={}, costs_credits=True)
    with pytest.raises(StreamError, match="not repeated, because it costs credits"):
        make_transport().send(paid, "domains")
    assert len(vendor.requests) == 1


def test_a_request_that_costs_credits_is_repeated_when_the_limit_kept_it_out(
    vendor, make_transport, sleeps
):
    vendor.script = [answered(429), OK]
    paid = Request("/start", method="POST", json={}, costs_credits=True)
    assert make_transport().send(paid, "domains")
    assert len(vendor.requests) == 2
    assert sleeps


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1/v1/contacts", "http://localhost:1/", "//example.com/x"]
)
def test_a_redirect_elsewhere_gets_no_credentials(vendor, make_transport, location):
    vendor.script = [answered(302, Location=location)]
    with pytest.raises(StreamError, match="credentials are not sent there"):
        make_transport().send(CONTACTS, "contacts")
    assert len(vendor.requests) == 1


def test_a_redirect_to_what_is_no_address_is_named(vendor, make_transport):
    vendor.script = [answered(302, Location="http://[x")]
    with pytest.raises(StreamError, match="contacts: /contacts points to what is no address"):
        make_transport().send(CONTACTS, "contacts")
    assert len(vendor.requests) == 1


def test_a_key_in_a_long_message_is_not_cut_before_it_is_masked(vendor, make_transport):
    said = "x" * 190 + " Bearer a-key-to-hide"
    vendor.script = [answered(403, json.dumps({"message": said}).encode())]
    with pytest.raises(RefusedError, match=r"x \*\*\*\)"):
        make_transport().send(CONTACTS, "contacts")


def test_a_next_link_elsewhere_is_not_asked(vendor, make_transport):
    with pytest.raises(StreamError, match="not the host of `api_url`"):
        make_transport().send(Request("https://example.com/v1/contacts?page=2"), "contacts")
    assert vendor.requests == []


def test_a_redirect_on_the_same_host_is_followed_and_counted(vendor, make_transport):
    vendor.script = [answered(301, Location="/v2/contacts?page=1"), OK]
    transport = make_transport()
    assert transport.send(CONTACTS, "contacts")["data"]
    assert vendor.requests[1][0] == "/v2/contacts?page=1"
    assert transport.budget.requests == {"contacts": 2}


def test_redirects_in_a_circle_end(vendor, make_transport):
    vendor.script = [answered(302, Location="/v1/contacts")]
    with pytest.raises(StreamError, match="redirects without end"):
        make_transport().send(CONTACTS, "contacts")
    assert len(vendor.requests) == 3


def test_the_budget_counts_retries_and_stops_before_the_request(vendor, make_transport, sleeps):
    vendor.script = [answered(500)]
    transport = make_transport(max_requests=2)
    with pytest.raises(BudgetError, match="max_requests = 2 is spent"):
        transport.send(CONTACTS, "contacts")
    assert len(vendor.requests) == 2
    assert sleeps


def test_a_next_page_that_is_no_address_is_named_and_gets_no_request(vendor, make_transport):
    with pytest.raises(StreamError, match="the vendor points to what is no address"):
        make_transport().send(Request("http://[x"), "contacts")
    assert vendor.requests == []
