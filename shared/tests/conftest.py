"""Fixtures of the helper package's tests."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from scripted_vendor import ScriptedVendor
from tap_shared import Api, authorization_header
from tap_shared.transport import Transport


@pytest.fixture
def vendor():
    """A vendor that answers what a test tells it to."""
    scripted = ScriptedVendor()
    thread = threading.Thread(target=scripted.server.serve_forever, args=(0.01,))
    thread.start()
    yield scripted
    scripted.server.shutdown()
    scripted.server.server_close()
    thread.join()


@pytest.fixture
def sleeps(monkeypatch):
    """The seconds that would have been slept."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


@pytest.fixture
def make_transport(vendor):
    """Make transports to that vendor."""
    transports = []

    def make(*, tries=3, **settings):
        api = Api(
            authentication=authorization_header("Bearer {api_key}"),
            messages_at=("error.message", "message"),
            success_at="success",
            advice={401: "check `api_key`"},
            tries=tries,
        )
        defaults = {
            "api_url": vendor.url,
            "api_key": "a-key-to-hide",
            "requests_per_minute": 600_000,
            "request_timeout_seconds": 5,
            "user_agent": "tap-test",
        }
        transport = Transport(api, {**defaults, **settings}, logging.getLogger("tap-test"))
        transports.append(transport)
        return transport

    yield make
    for transport in transports:
        transport.close()
