"""Tokens: one a run, renewed before they end and once when they are refused."""

from __future__ import annotations

import logging
import time
from urllib.parse import parse_qs

import pytest
from scripted_vendor import Said
from tap_shared import Api, Request, basic_authentication, client_credentials
from tap_shared.errors import CredentialsError
from tap_shared.masking import SECRETS
from tap_shared.transport import Transport

OK = Said(b"[]")
REFUSED = Said(b'{"message": "no"}', 401)


def token(number, seconds=3600):
    return Said(b'{"access_token": "made-up-token-%d", "expires_in": %d}' % (number, seconds))


@pytest.fixture
def make(vendor):
    transports = []

    def make_transport(authentication):
        settings = {
            "api_url": vendor.url,
            "client_id": "an-id",
            "client_secret": "a-made-up-secret",
            "requests_per_minute": 600_000,
            "request_timeout_seconds": 5,
            "user_agent": "tap-test",
        }
        transports.append(Transport(Api(authentication), settings, logging.getLogger("tap-test")))
        return transports[-1]

    yield make_transport
    for transport in transports:
        transport.close()


@pytest.fixture
def transport(make):
    return make(client_credentials("/oauth", "client_id", "client_secret"))


def signatures(vendor):
    return [
        headers.get("Authorization") for path, headers, _ in vendor.requests if "oauth" not in path
    ]


def test_one_token_serves_a_run(vendor, transport):
    vendor.script = [token(1), OK]
    for _ in range(3):
        transport.send(Request("/rows"), "rows")
    assert signatures(vendor) == ["Bearer made-up-token-1"] * 3
    assert transport.budget.requests == {"token": 1, "rows": 3}
    path, headers, body = vendor.requests[0]
    assert path == "/v1/oauth"
    assert "Authorization" not in headers
    assert parse_qs(body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["an-id"],
        "client_secret": ["a-made-up-secret"],
    }


def test_a_token_is_renewed_before_it_ends(vendor, transport, monkeypatch):
    now = time.monotonic()
    vendor.script = [token(1), OK, token(2), OK]
    transport.send(Request("/rows"), "rows")
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600 - 59)
    transport.send(Request("/rows"), "rows")
    assert signatures(vendor) == ["Bearer made-up-token-1", "Bearer made-up-token-2"]


def test_a_token_that_ended_early_is_renewed_once(vendor, transport):
    vendor.script = [token(1), REFUSED, token(2), OK]
    transport.send(Request("/rows"), "rows")
    assert signatures(vendor) == ["Bearer made-up-token-1", "Bearer made-up-token-2"]
    vendor.script = [REFUSED, token(3), REFUSED]
    with pytest.raises(CredentialsError):
        transport.send(Request("/rows"), "rows")
    assert len(vendor.requests) == 7


@pytest.mark.parametrize(
    "answer", [REFUSED, Said(b"{}"), Said(b"[]"), Said(b'{"access_token": ""}'), Said(b"{}", 400)]
)
def test_no_token_is_named(vendor, transport, answer):
    vendor.script = [answer]
    with pytest.raises(CredentialsError, match="token"):
        transport.send(Request("/rows"), "rows")
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_short_lived_token_is_used_for_half_its_time(vendor, transport, seconds):
    vendor.script = [token(1, seconds), OK, token(2, seconds), OK]
    transport.send(Request("/rows"), "rows")
    transport.send(Request("/rows"), "rows")
    assert len(set(signatures(vendor))) == (1 if seconds else 2)


def test_tokens_and_basic_credentials_are_masked(vendor, transport, make):
    vendor.script = [token(77), OK]
    transport.send(Request("/rows"), "rows")
    assert SECRETS.mask("Bearer made-up-token-77") == "Bearer ***"
    vendor.script = [OK]
    basic = make(basic_authentication("client_id", "client_secret"))
    basic.send(Request("/rows"), "rows")
    signed = vendor.requests[-1][1]["Authorization"]
    assert signed.startswith("Basic ")
    assert SECRETS.mask(signed) == "Basic ***"
