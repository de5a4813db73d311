"""What every schema of the pack keeps to."""

from __future__ import annotations

import pytest
from isolation import PROJECT
from jsonschema import Draft202012Validator
from pipeline import discover

TAPS = sorted(path.name for path in PROJECT.glob("tap-*"))
STREAMS = [
    pytest.param(stream, id=f"{tap}.{stream['tap_stream_id']}")
    for tap in TAPS
    for stream in discover(tap)["streams"]
]


def properties(schema, path=""):
    for name, each in schema.get("properties", {}).items():
        yield f"{path}{name}", each
        yield from properties(each, f"{path}{name}.")
        yield from properties(each.get("items", {}), f"{path}{name}[].")


@pytest.mark.parametrize("stream", STREAMS)
def test_every_property_has_a_type_and_says_what_it_is(stream):
    Draft202012Validator.check_schema(stream["schema"])
    assert stream["schema"]["description"]
    for path, each in properties(stream["schema"]):
        assert each.get("type"), path
        assert each.get("description"), path
        assert "enum" not in each, path


@pytest.mark.parametrize("stream", STREAMS)
def test_keys_are_required_and_all_else_may_be_null(stream):
    keys, schema = stream["key_properties"], stream["schema"]
    assert keys
    assert set(schema["required"]) == set(keys)
    for name, each in schema["properties"].items():
        assert ("null" in each["type"]) == (name not in keys), name
