"""What is loaded comes back as it went in."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_duckdb.target import TargetDuckDB

TEXTS = [
    "",
    " ",
    "NULL",
    "null",
    "\\N",
    'it\'s "quoted"',
    "back\\slash",
    "line\nbreak\r\nand\ttab",
    "a\x00b",
    "\x00",
    "😀 é e\u0301",
    "\u2028",
    "{}",
    "5",
    "2024-01-01",
]


def test_texts(load, query, schema, record):
    properties = {"id": {"type": "integer"}, "text": {"type": "string"}}
    load(schema(properties), *[record(id=i, text=text) for i, text in enumerate(TEXTS)])
    assert [row[0] for row in query("SELECT text FROM things ORDER BY id")] == TEXTS


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_table_of_texts_only_keeps_its_first_row(load, query, schema, record, rows):
    texts = [f"text {number}" for number in range(rows)]
    load(schema({"text": {"type": "string"}}, key=()), *[record(text=text) for text in texts])
    assert query("SELECT text FROM things") == [(text,) for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize("length", [1_000_000, 20_000_000])
def test_a_long_text(load, query, schema, record, length):
    load(schema({"text": {"type": "string"}}, key=()), record(text="é" * length))
    assert query("SELECT length(text), text = repeat('é', length(text)) FROM things") == [
        (length, True)
    ]


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("integer", "9007199254740993", 2**53 + 1),
        ("integer", "-9223372036854775808", -(2**63)),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("number", "19.99", 19.99),
        ("number", "-0.1", -0.1),
        ("number", "5", 5.0),
        ("number", "1e300", 1e300),
        ("number", "1000000000000000000", 1e18),
        ("number", "-1208925819614629174706176", -float(2**80)),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("integer", "null", None),
    ],
)
def test_a_simple_value(load, query, kind, value, stored):
    load(
        f'{{"type":"SCHEMA","stream":"t","schema":{{"properties":{{"v":{{"type":["null","{kind}"]}}'
        '}},"key_properties":[]}',
        f'{{"type":"RECORD","stream":"t","record":{{"v":{value}}}}}',
    )
    ((value,),) = query("SELECT v FROM t")
    assert value == stored
    assert type(value) is type(stored)


@pytest.mark.parametrize(
    "text",
    [
        "5",
        '"5"',
        "true",
        "{}",
        "[]",
        '{"a b":1,"a.b":2,"a\\"b":3,"A":4,"a":5,"":6,"$":null}',
        "[1.10,0.12345678901234567890123,123456789012345678901234567890]",
        '[null,{"a":[{}]}]',
        '"a\\u0000b"',
        '"null"',
    ],
)
def test_a_json_value_keeps_every_character(load, query, text):
    load(
        '{"type":"SCHEMA","stream":"t","schema":{"properties":{"v":{}}},"key_properties":[]}',
        f'{{"type":"RECORD","stream":"t","record":{{"v":{text}}}}}',
    )
    assert query("SELECT v FROM t") == [(text,)]


def test_text_and_number_of_a_mixed_column_stay_apart(load, query, schema, record):
    load(schema({"v": {"type": ["string", "integer"]}}, key=()), record(v="5"), record(v=5))
    assert query("SELECT json_type(v) FROM things") == [("VARCHAR",), ("UBIGINT",)]


def test_null_and_missing_are_both_null(load, query, schema, record):
    properties = {"id": {"type": "integer"}, "v": {"type": ["object", "null"]}}
    load(schema(properties), record(id=1, v=None), record(id=2), record(id=3, v={"v": None}))
    assert query("SELECT v FROM things ORDER BY id") == [(None,), (None,), ('{"v":null}',)]


@pytest.mark.parametrize(
    ("form", "text", "stored"),
    [
        ("date-time", "2024-01-01T00:00:00+02:00", "2023-12-31 22:00:00+00"),
        ("date-time", "2024-01-01T10:20:30.123456Z", "2024-01-01 10:20:30.123456+00"),
        ("date-time", "2024-01-01T10:20:30", "2024-01-01 10:20:30+00"),
        ("date-time", "2024-01-01", "2024-01-01 00:00:00+00"),
        ("date", "2024-02-29", "2024-02-29"),
        ("time", "10:20:30.5", "10:20:30.5"),
        ("time", "10:20:30Z", "10:20:30"),
    ],
)
def test_a_time(load, query, schema, record, form, text, stored):
    load(schema({"v": {"type": "string", "format": form}}, key=()), record(v=text))
    assert query("SELECT CAST(v AS VARCHAR) FROM things") == [(stored,)]


@pytest.mark.parametrize(
    "name",
    ["a b", "a.b", "it's", 'q"q', "ü😀", "line\nbreak", "rowid", "select", "c0", "{}", "$[0]"],
)
def test_odd_names_of_streams_and_properties(load, query, schema, record, name):
    properties = {name: {"type": "integer"}, "other": {"type": "string"}}
    for value in ("first", "second"):
        messages = [record(name, **{name: 1, "other": value}), record(name, **{name: 2})]
        load(schema(properties, [name], name), *messages)
    quoted = '"' + name.replace('"', '""') + '"'
    rows = query(f"SELECT {quoted}, other FROM {quoted} ORDER BY 1")
    assert rows == [(1, "second"), (2, None)]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | st.text(),
            "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
            "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "truth": st.none() | st.booleans(),
            "anything": json_values,
        }
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(rows)
def test_arbitrary_values(rows):
    kinds = {"text": "string", "whole": "integer", "number": "number", "truth": "boolean"}
    properties = {name: {"type": ["null", kind]} for name, kind in kinds.items()}
    properties["anything"] = {}
    schema = {"properties": properties}
    messages = [{"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": []}]
    messages += [{"type": "RECORD", "stream": "t", "record": row} for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "t.duckdb")
        text = "".join(json.dumps(message) + "\n" for message in messages)
        TargetDuckDB(config={"path": path}).listen(io.BytesIO(text.encode()))
        with duckdb.connect(path) as connection:
            names = [*kinds, "anything"]
            found = connection.execute(f"SELECT {', '.join(names)} FROM t").fetchall()
    loaded = [dict(zip(names, row, strict=True)) for row in found]
    for row in loaded:
        row["anything"] = None if row["anything"] is None else json.loads(row["anything"])
    assert loaded == rows
