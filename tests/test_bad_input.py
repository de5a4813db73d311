"""Spoilt settings, catalogs and states: refused in one line, or read right; never anew unsaid."""

from __future__ import annotations

import copy

import pytest
from figures import IS_LONG
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import VALUES, is_refused, spoilt
from tap_shared.bookmarks import instant_or_none
from tap_shared.errors import SettingsError

TIMES = 300 if IS_LONG else 40

PLACE = {"context", "partitions"}

# They have no say in which rows are read.
NEUTRAL = {
    "emit_activate_version_messages",
    "keep_unmapped",
    "lookback_days",
    "request_timeout_seconds",
    "requests_per_minute",
    "user_agent",
}
ADDRESSES = [
    "http://[::1",
    "http://127.0.0.1:x",
    "http://127.0.0.1:99999",
    f"https://{'a' * 300}.example",
    "https://a..b",
    "https://a b",
    "https://user:password@example.com",
    "https://example.com?a=b",
    "https://example.com/\n",
    "ftp://example.com",
    "https:///path",
    "",
]
DATES = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1969-12-31", "2999-01-01", "x"]
HEADERS = ["", " ", "two\nlines", "café", " padded", "\ud800", "\0"]


SCALE = "tiny"


def small(good):
    """The catalog without most of what is not selected, so that more of it is spoilt."""
    streams = good.catalog["streams"]
    chosen = [entry for entry in streams if entry["tap_stream_id"] == good.stream]
    return {"streams": [entry for entry in streams if entry not in chosen][:1] + chosen}


def roots_of_others(catalog, stream):
    """What a catalog says of streams but one; the root of one that was spoilt may lack a name."""
    return [
        {"selected": None, **each["metadata"]}
        for entry in catalog["streams"]
        for each in entry["metadata"]
        if entry["tap_stream_id"] != stream and not each["breadcrumb"]
    ]


def holds_what_it_seems_to(state, stream):
    """Whether each bookmark is one, or nothing stands in its place."""
    if state in ({}, {"bookmarks": {}}):
        return True
    entry = state["bookmarks"].get(stream)
    levels = [] if entry is None else [entry, *entry.get("partitions", [])]
    return entry is not None and all(
        instant_or_none(each.get("replication_key_value")) or each.keys() <= PLACE
        for each in levels
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [("api_url", ADDRESSES), ("start_date", DATES), ("user_agent", HEADERS)],
)
def test_a_text_that_can_not_work_is_refused_by_the_name_of_its_setting(good, name, values):
    for value in values:
        run = good.run(config={**good.config, name: value})
        assert is_refused(run), value
        assert run.end.startswith(f"setting `{name}`"), value


def test_a_spoilt_setting_is_refused_by_its_name_or_changes_no_row(good, figures):
    refused = []
    declared = good.vendor.tap_type().config_jsonschema["properties"]
    secret = {name for name, each in declared.items() if each.get("secret")}

    @settings(max_examples=TIMES)
    @given(st.sampled_from(sorted(declared.keys() - {"api_url"})), VALUES)
    def spoil(name, value):
        run = good.run(config={**good.config, name: value})
        if name in secret and not run.requests:
            assert f"`{name}`" in run.end
            assert isinstance(value, str) is ("copy it again" in run.end or "is empty" in run.end)
        refused.append(is_refused(run) if not run.requests else False)
        if refused[-1]:
            assert f"`{name}" in run.end
        elif name in NEUTRAL:
            assert run.end == ""
            assert good.keys(run) == good.source()
            assert len(run.requests) == len(good.fresh.requests)

    spoil()
    told = f"{sum(refused)} refused before any request"
    figures.add("settings with another value", good.vendor.tap, len(refused), 0, told)


def test_a_spoilt_catalog_is_refused_or_brings_every_row(good, figures):
    refused = []

    @settings(max_examples=TIMES)
    @given(spoilt(small(good)))
    def spoil(catalog):
        run = good.run(catalog=catalog)
        refused.append(is_refused(run))
        if refused[-1]:
            assert "catalog" in run.end
            return
        ours = [each for each in run.messages if each.get("stream") == good.stream]
        (schema,) = [each for each in ours if each["type"] == "SCHEMA"]
        columns, keys = schema["schema"]["properties"].keys(), set(schema["key_properties"])
        assert keys <= columns
        # The key, too, of a row of which properties were deselected.
        assert all(keys <= row.keys() <= columns for row in run.records[good.stream])
        assert len(run.records[good.stream]) == len(good.fresh.records[good.stream])
        if all(root["selected"] is False for root in roots_of_others(catalog, good.stream)):
            assert run.end == ""
            assert len(run.requests) == len(good.fresh.requests)

    spoil()
    told = f"{sum(refused)} refused before any request, the others read whole"
    figures.add("catalogs with one thing spoilt", good.vendor.tap, len(refused), 0, told)


def test_a_spoilt_state_is_refused_or_goes_on_or_says_what_is_read_again(good, figures):
    refused = []

    @settings(max_examples=TIMES)
    @given(spoilt(good.state))
    def spoil(state):
        run = good.run(state=state)
        refused.append(is_refused(run))
        if refused[-1]:
            assert run.end.startswith("state")
            return
        assert run.end == ""
        assert len(run.requests) <= len(good.fresh.requests)
        if not any(good.stream in line for line in run.warnings):
            assert holds_what_it_seems_to(state, good.stream)

    spoil()
    told = f"{sum(refused)} refused before any request, none read again unsaid"
    figures.add("states with one thing spoilt", good.vendor.tap, len(refused), 0, told)


def test_partitions_spelt_otherwise_or_twice_are_not_read_anew(good, tmp_path):
    entry = copy.deepcopy(good.state["bookmarks"][good.stream])
    if "partitions" not in entry:
        inside = {"partitions": [{"context": {"list_id": 1}, **entry}]}
        run = good.run(state={"bookmarks": {good.stream: inside}})
        assert is_refused(run)
        assert "the stream has none" in run.end
        return
    first, second, *_ = entry["partitions"]
    first["context"] = {name: str(value) for name, value in first["context"].items()}
    run = good.run(state={"bookmarks": {good.stream: entry}})
    assert is_refused(run)
    assert "(integer), and not by" in run.end
    first["context"] = second["context"]
    run = good.run(state={"bookmarks": {good.stream: entry}})
    assert is_refused(run)
    assert "is there twice" in run.end
    whole = {"replication_key": first["replication_key"], "replication_key_value": "2024-01-01"}
    run = good.run(state={"bookmarks": {good.stream: whole}})
    assert is_refused(run)
    assert "its bookmark is for no partition" in run.end


def test_a_state_of_other_streams_is_told(good):
    run = good.run(state={"bookmarks": {"nothing": {"replication_key_value": "2024-01-01"}}})
    assert run.end == ""
    unknown, anew = run.warnings
    assert unknown == "state: there is no stream 'nothing': its bookmark is not used"
    assert anew.startswith(f"state: there is no bookmark of {good.stream}")
    assert good.keys(run) == good.source()


def test_a_state_of_an_sdk_run_that_was_cut_off_is_told(good):
    marks = {"progress_markers": {"Note": "Progress is not resumable if interrupted."}}
    run = good.run(state={"bookmarks": {good.stream: {**marks, "replication_key_signpost": "x"}}})
    assert run.end == ""
    (line,) = run.warnings
    assert line.startswith(f"state: there is no bookmark of {good.stream}")
    assert good.keys(run) == good.source()


def test_a_catalog_of_an_older_version_gets_the_columns_that_came_since(good):
    catalog = copy.deepcopy(good.catalog)
    for entry in catalog["streams"]:
        keys = set(entry["key_properties"])
        entry["schema"]["properties"] = {name: {"type": "string"} for name in keys}
    run = good.run(catalog=catalog)
    (schema,) = [each["schema"] for each in run.messages if each["type"] == "SCHEMA"]
    assert all(row.keys() <= schema["properties"].keys() for row in run.records[good.stream])


def test_a_deselected_key_comes_all_the_same(good):
    catalog = copy.deepcopy(good.catalog)
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if each["breadcrumb"]:
                each["metadata"] = {"selected": False}
    run = good.run(catalog=catalog)
    assert run.end == ""
    (schema,) = [each for each in run.messages if each["type"] == "SCHEMA"]
    keys = set(schema["key_properties"])
    assert schema["schema"]["properties"].keys() == keys
    rows = run.records[good.stream]
    assert [row.keys() for row in rows] == [keys] * len(good.fresh.records[good.stream])
    assert run.state == good.state


def test_a_number_in_the_environment_that_is_none_is_named(good, tmp_path):
    prefix = good.vendor.tap.upper().replace("-", "_")
    environment = {f"{prefix}_MAX_REQUESTS": "many"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SettingsError, match="setting `max_requests`: TAP_.*integer"):
            good.vendor.tap_type()(config=dict(good.config), parse_env_config=True)
