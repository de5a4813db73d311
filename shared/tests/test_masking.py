"""Secrets stay out of log lines, whoever writes them and however."""

from __future__ import annotations

import base64
import html
import json
import logging
from urllib.parse import quote, quote_plus

import pytest
from tap_shared.masking import Secrets

KEY = "pa$$/wo rd+='\"x"


@pytest.fixture
def logged(monkeypatch, caplog):
    factory = logging.getLogRecordFactory()
    secrets = Secrets()
    secrets.add(KEY)
    secrets.guard_logging()
    caplog.set_level(logging.DEBUG)
    yield caplog
    logging.setLogRecordFactory(factory)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"key {KEY}", ()),
        ("key %s", (KEY,)),
        ("headers %r", ({"Authorization": f"Bearer {KEY}"},)),
        ("GET %s", (f"/contacts?api_key={quote(KEY, safe='')}",)),
        ("GET %s", (f"/contacts/{quote(KEY)}",)),
        ("POST %s", (f"api_key={quote_plus(KEY)}",)),
        ("body %s", (json.dumps({"key": KEY}),)),
        ("GET %s", (quote(KEY, safe="").lower(),)),
        ("page %s", (html.escape(KEY),)),
        ("page %s", (html.escape(KEY, quote=False),)),
        ("page %s", (html.escape(KEY).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),)),
        *(("Basic %s", (base64.b64encode(f"{user}:{KEY}".encode()).decode(),)) for user in "abc"),
        *(
            ("Basic %s", (base64.b64encode(f"{user}{KEY}x".encode()).decode(),))
            for user in ("", "ab")
        ),
        ("token %s", (base64.urlsafe_b64encode(KEY.encode()).decode(),)),
    ],
)
def test_every_spelling_is_masked(logged, message, arguments):
    logging.getLogger("urllib3.connectionpool").debug(message, *arguments)
    assert "***" in logged.text
    assert KEY[2:-2] not in logged.text
    assert "pa$$" not in logged.text
    assert "pa%24%24" not in logged.text


def test_exceptions_are_masked_too(logged):
    try:
        raise ValueError(f"bad header Bearer {KEY}")
    except ValueError:
        logging.getLogger("any").exception("it failed")
    assert "it failed" in logged.text
    assert "bad header Bearer ***" in logged.text
    assert KEY not in logged.text


def test_other_lines_keep_their_arguments(logged):
    logging.getLogger("any").info("%s rows", 5)
    assert logged.records[0].args == (5,)


def test_an_empty_value_hides_nothing():
    secrets = Secrets()
    secrets.add("")
    assert secrets.mask("all is well") == "all is well"
