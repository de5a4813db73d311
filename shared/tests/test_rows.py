"""The fast path of a record gives what the plain one gives."""

from __future__ import annotations

import logging

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_shared.errors import StreamError
from tap_shared.records import RecordShaper
from tap_shared.report import Report
from tap_shared.rows import RowDecoder, decode, decode_to_rows

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "list_id": {"type": "integer"},
        "name": {"type": ["string", "null"]},
        "count": {"type": ["integer", "null"]},
        "rate": {"type": ["number", "null"]},
        "flag": {"type": ["boolean", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "map": {"type": ["object", "null"], "properties": {"size": {"type": ["integer", "null"]}}},
        "list": {"type": ["array", "null"], "items": {"type": "integer"}},
        "either": {"type": ["integer", "string", "null"]},
        "fields": {"type": ["object", "null"]},
        "class": {"type": ["string", "null"]},
        "_unmapped": {"type": ["object", "null"]},
    },
}
KEYS = ("list_id", "id")


def numbered(fields):
    return {str(n): each for n, each in enumerate(fields)} if isinstance(fields, list) else fields


CONVERSIONS = {"fields": numbered}
DECODER = RowDecoder(SCHEMA, KEYS, CONVERSIONS)
encode = msgspec.json.Encoder(decimal_format="number").encode

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["", "12", "-7", "1.5", "2024-01-31 10:20:30", "2024-01-31T10:20:30Z", "[]"]),
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.lists(st.tuples(st.sampled_from("ab"), scalars), max_size=2),
    st.dictionaries(st.sampled_from(["size", "date", "other"]), scalars, max_size=3),
)
names = st.sampled_from([*SCHEMA["properties"], "unknown", "old_name", "Name"])
# Most values as the schema wants them, or else no row would take the fast path.
rows = st.one_of(
    st.dictionaries(names, values, max_size=8),
    st.fixed_dictionaries(
        {"id": st.integers()},
        optional={
            "list_id": st.integers(),
            "name": st.one_of(st.none(), st.text(max_size=5)),
            "count": st.integers(),
            "rate": st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
            "flag": st.booleans(),
            "at": st.sampled_from(["2024-01-31T10:20:30Z", "2024-01-31 10:20:30", ""]),
            "map": st.fixed_dictionaries({"size": scalars}),
            "list": st.lists(scalars, max_size=3),
            "either": scalars,
            "fields": values,
            "class": st.text(max_size=2),
        },
    ),
)
partitions = st.sampled_from([{}, {"list_id": 7}, {"list_id": 7, "started_at": "2024"}])


def plain_shaper():
    return RecordShaper(
        "contacts",
        SCHEMA,
        KEYS,
        old_names={},
        left_out=(),
        conversions=CONVERSIONS,
        keep_unmapped=True,
        hidden=(),
        report=Report(logging.getLogger(__name__)),
    )


@given(rows, partitions)
def test_a_row_that_is_decoded_by_its_schema_is_the_record_that_the_plain_way_gives(row, partition):
    typed = DECODER.decode(encode([row]), partition)
    if typed is None:
        return
    key, record = plain_shaper().shape(decode(encode(row)), partition)
    ((typed_key, typed_row),) = typed
    assert typed_key == key
    assert decode(encode(typed_row)) == decode(encode(record))
    assert all(typed_row.get(name) == record.get(name) for name in SCHEMA["properties"])


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "name": None, "at": "2024-01-31T10:20:30Z"},
        {"id": 1, "list_id": 2, "rate": 0.1, "map": {"size": "3", "free": 1}, "class": "x"},
        {"id": 1, "fields": [["a", 1]], "list": ["1"], "at": "2024-01-31 10:20:30"},
    ],
)
def test_a_row_true_to_its_schema_takes_the_fast_path(row):
    assert DECODER.decode(encode([row]), {"list_id": 7})


@pytest.mark.parametrize(
    "row",
    [{}, {"unknown": 1}, {"id": "1"}, {"name": "x"}, {"id": 1, "name": 2}, {"id": None}, [], 5],
)
def test_a_row_that_is_not_takes_the_plain_one(row):
    assert DECODER.decode(encode([{"id": 1}, row]), {"list_id": 7}) is None


def test_an_empty_row_does_not_become_one_by_its_partition():
    schema = {"properties": {"list_id": {"type": "integer"}, "name": {"type": "string"}}}
    assert RowDecoder(schema, ("list_id",), {}).decode(b"[ { } ]", {"list_id": 7}) is None
    with pytest.raises(StreamError):
        plain_shaper().shape({}, {"list_id": 7})


bodies = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["data", "items", "meta"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(bodies, st.sampled_from(["", "data", "data.items"]))
def test_a_body_opened_as_far_as_its_rows_holds_what_it_holds_decoded_whole(body, records_at):
    def whole(value):
        if isinstance(value, msgspec.Raw):
            return decode(value)
        return (
            {name: whole(each) for name, each in value.items()}
            if isinstance(value, dict)
            else value
        )

    content = encode(body)
    assert whole(decode_to_rows(content, records_at)) == decode(content)


@pytest.mark.parametrize(
    "content", ["", "<p>no</p>", "[1", '[{"a":]', '{"data":[}', '{"data":[1}]']
)
@pytest.mark.parametrize("records_at", ["", "data"])
def test_what_is_no_json_is_found_out_at_once(content, records_at):
    with pytest.raises(msgspec.DecodeError):
        decode_to_rows(content.encode(), records_at)


@pytest.mark.parametrize("content", ['{"success": false}', ' [{"id": 1}]', "null", "5"])
def test_what_is_no_list_of_records_is_decoded_whole(content):
    assert decode_to_rows(content.encode(), "") == decode(content)
    assert decode_to_rows(b'{"data":%b}' % content.encode().strip(), "data.items") == {
        "data": decode(content)
    }
