"""A catalog is looked at before the SDK trips over it."""

from __future__ import annotations

import pytest
from tap_shared.errors import SettingsError
from tap_shared.files import completed


def catalog(**properties):
    root = {"breadcrumb": [], "metadata": {"selected": True}}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, **properties}}
    return {"streams": [{"tap_stream_id": "tags", "schema": schema, "metadata": [root]}]}


@pytest.mark.parametrize(
    ("spoilt", "place"),
    [
        ({"x": []}, "x"),
        ({"x": {"properties": []}}, "x.properties"),
        ({"x": {"items": {"properties": {"y": 5}}}}, "x.items.properties.y"),
        ({"x": {"items": True}}, "x.items"),
    ],
)
def test_a_schema_that_is_spoilt_however_deep_is_refused_with_its_place(spoilt, place):
    with pytest.raises(SettingsError, match=f"streams.0.schema.properties.{place}` .stream tags"):
        completed(catalog(**spoilt), {"tags": ("id",)})


@pytest.mark.parametrize("count", [0, 2])
def test_a_stream_is_selected_in_one_place(count):
    spoilt = catalog()
    spoilt["streams"][0]["metadata"] *= count
    with pytest.raises(SettingsError, match="stream tags must have one entry of `metadata`"):
        completed(spoilt, {"tags": ("id",)})


def test_a_schema_without_the_key_is_refused():
    with pytest.raises(SettingsError, match="the schema of tags lacks its key name"):
        completed(catalog(), {"tags": ("id", "name")})


def test_a_catalog_that_is_none_the_worse_keeps_its_schema():
    whole = catalog(x={"type": "array", "items": {"properties": {"y": {"type": "integer"}}}})
    found = completed(whole, {"tags": ("id",)})
    assert found["streams"][0]["schema"] == whole["streams"][0]["schema"]
