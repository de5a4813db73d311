"""Settings that don't fit: one clear line, and no value in it."""

from __future__ import annotations

import pytest
from tap_shared import credential, settings
from tap_shared.settings import problems

SCHEMA = settings(
    credential("api_key", "API key", "A key."),
    api_url="https://api.example.com/v1",
    requests_per_minute=60,
    lookback_days=7,
    user_agent="tap-test",
)
GOOD = {"api_key": "secret-value"}


def found(**config):
    return list(problems(SCHEMA, {**GOOD, **config}, "TAP_TEST_"))


def test_defaults_are_filled_in():
    config = dict(GOOD)
    assert list(problems(SCHEMA, config, "TAP_TEST_")) == []
    assert config["lookback_days"] == 7
    assert config["api_url"] == "https://api.example.com/v1"
    assert "max_requests" not in config


def test_a_whole_number_with_a_point_is_one():
    config = {**GOOD, "max_requests": 3.0}
    assert list(problems(SCHEMA, config, "TAP_TEST_")) == []
    assert type(config["max_requests"]) is int


def test_a_missing_credential_names_the_variable_too():
    (line,) = problems(SCHEMA, {}, "TAP_TEST_")
    assert line == "setting `api_key` is missing: set it, or TAP_TEST_API_KEY"


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"start_dat": "2024"}, "setting `start_dat` is unknown: did you mean `start_date`?"),
        ({"zzz": 1}, "setting `zzz` is unknown: see --about for those there are"),
        ({"api_key": ""}, "setting `api_key` is empty: set it, or TAP_TEST_API_KEY"),
        (
            {"api_key": "ab"},
            "setting `api_key` has fewer than 4 characters, as no credential has: copy it again",
        ),
        ({"api_key": 12345}, "setting `api_key` must be of type string"),
        ({"max_requests": 0}, "setting `max_requests` must have minimum 1"),
        ({"lookback_days": "7"}, "setting `lookback_days` must be of type integer"),
        (
            {"start_date": "31.01.2024"},
            "setting `start_date` is no date-time; write it as 2024-01-31T00:00:00Z",
        ),
        (
            {"api_url": "api.example.com"},
            "setting `api_url` is no address; it starts with https://",
        ),
        (
            {"api_url": "http://api.example.com"},
            "setting `api_url` must start with https://, or credentials would travel in the open",
        ),
    ],
)
def test_each_problem_is_one_line(config, line):
    assert found(**config) == [line]


@pytest.mark.parametrize("key", ["two words\n", " padded", "clé"])
def test_a_credential_that_no_header_can_hold_is_refused_unseen(key):
    (line,) = found(api_key=key)
    assert "copy it again" in line
    assert key.strip() not in line


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8765/x", "http://localhost:1", "http://[::1]:1/"]
)
def test_plain_http_is_for_loopback(url):
    assert found(api_url=url) == []


def test_what_a_list_of_objects_lacks_is_named_with_its_place():
    person = {"type": "object", "required": ["first_name", "domain"]}
    schema = {"properties": {"people": {"type": "array", "items": person}}, "required": ["key"]}
    assert list(problems(schema, {"people": [{}]}, "TAP_X_")) == [
        "setting `people.0` lacks `first_name`",
        "setting `people.0` lacks `domain`",
        "setting `key` is missing: set it, or TAP_X_KEY",
    ]
