"""What a new SCHEMA does to a table that is there already."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"
DATE_TIME = {"type": "string", "format": "date-time"}
ID = {"id": {"type": "integer"}}


def kind(*names, **more):
    return {"type": [*names, "null"], **more}


def test_a_new_property_becomes_a_column(load, query, schema, record):
    load(schema(ID), record(id=1))
    load(schema(ID | {"more": kind("string")}), record(id=2, more="x"))
    assert query("FROM things ORDER BY id") == [(1, None), (2, "x")]


def test_a_dropped_property_leaves_its_column(load, query, schema, record):
    load(schema(ID | {"more": kind("string")}), record(id=1, more="x"))
    load(schema(ID), record(id=2))
    assert query("FROM things ORDER BY id") == [(1, "x"), (2, None)]


def test_rows_under_the_old_schema_never_replace_newer_ones(load, query, schema, record):
    more = ID | {"more": kind("string")}
    load(
        schema(ID),
        record(id=1),
        record(id=2),
        schema(more),
        record(id=1, more="new"),
        record(id=3, more="new"),
        record(id=2, more="new"),
        batch_size_rows=3,
    )
    assert query("FROM things ORDER BY id") == [(1, "new"), (2, "new"), (3, "new")]


@pytest.mark.parametrize(
    ("old", "value", "new", "column", "found"),
    [
        (kind("integer"), 2**53, kind("number"), "DOUBLE", float(2**53)),
        (kind("integer"), -(2**63), kind("number"), "DOUBLE", -float(2**63)),
        (kind("integer"), 5, kind("string"), "VARCHAR", "5"),
        (kind("number"), 0.1, kind("string"), "VARCHAR", "0.1"),
        (kind("boolean"), True, kind("string"), "VARCHAR", "true"),
        (kind("string"), "5", kind("integer"), "JSON", '"5"'),
        (kind("string"), "a\x00\"b'", kind("object"), "JSON", '"a\\u0000\\"b\'"'),
        (kind("integer"), 2**53 + 1, kind("array"), "JSON", "9007199254740993"),
        (kind("number"), 19.99, kind("boolean"), "JSON", "19.99"),
        (kind("boolean"), False, {}, "JSON", "false"),
        (kind("object"), {"a": 1}, kind("string"), "JSON", '{"a":1}'),
        (
            kind("string", format="date-time"),
            "2024-01-01T02:00:00.5+02:00",
            kind("string"),
            "VARCHAR",
            "2024-01-01T00:00:00.500000Z",
        ),
        (
            kind("string", format="date-time"),
            "2024-01-01T00:00:00Z",
            kind("integer"),
            "JSON",
            '"2024-01-01T00:00:00.000000Z"',
        ),
        (
            kind("string", format="date"),
            "2024-01-01",
            kind("string", format="date-time"),
            "VARCHAR",
            "2024-01-01",
        ),
        (kind("string", format="time"), "10:20:30", kind("object"), "JSON", '"10:20:30"'),
        (kind("number"), 2.5, kind("integer"), "DOUBLE", 2.5),
        (kind("string"), "x", kind("string", format="date"), "VARCHAR", "x"),
    ],
)
def test_a_changed_type_keeps_what_was_loaded(
    load, query, schema, record, old, value, new, column, found
):
    load(schema(ID | {"v": old}), record(id=1, v=value), record(id=2, v=None))
    load(schema(ID | {"v": new}), record(id=3, v=None))
    kinds = dict(query("SELECT column_name, data_type FROM duckdb_columns()"))
    assert kinds["v"] == column
    assert query("SELECT v FROM things ORDER BY id") == [(found,), (None,), (None,)]


def test_an_integer_column_that_becomes_number_holds_fractions(load, query, schema, record):
    load(
        schema(ID | {"v": kind("integer")}),
        record(id=1, v=2),
        schema(ID | {"v": kind("number")}),
        record(id=2, v=2.5),
    )
    assert query("SELECT v FROM things ORDER BY id") == [(2.0,), (2.5,)]


def test_an_integer_that_a_float_would_round_stops_the_widening(
    load, query, error_of, schema, record
):
    load(schema(ID | {"v": kind("integer")}), record(id=1, v=2**53 + 1))
    error = error_of(schema(ID | {"v": kind("number")}), record(id=2, v=2.5))
    assert error == (
        "Stream 'things', column 'v': cannot become DOUBLE, as the new schema asks, because "
        "9007199254740993 in the table would be rounded"
    )
    assert query("SELECT v FROM things") == [(2**53 + 1,)]


def test_a_key_that_becomes_text_still_finds_its_row(load, query, schema, record):
    load(schema(ID | {"v": kind("string")}), record(id=1, v="old"))
    load(schema({"id": kind("string"), "v": kind("string")}), record(id="1", v="new"))
    assert query("FROM things") == [("1", "new")]


def test_the_key_may_change(load, query, schema, record):
    properties = {"a": kind("integer"), "b": kind("integer")}
    load(
        schema(properties, ["a"]),
        record(a=1, b=1),
        record(a=2, b=1),
        schema(properties, ["b"]),
        record(a=3, b=1),
    )
    assert query("FROM things") == [(3, 1)]


@pytest.mark.parametrize(
    ("definition", "column"),
    [
        ({"type": "integer"}, "BIGINT"),
        ({"type": ["number", "integer", "null"]}, "DOUBLE"),
        ({"type": "string", "format": "uri"}, "VARCHAR"),
        (DATE_TIME, TIMESTAMPTZ),
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}]},
            "VARCHAR",
        ),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "DOUBLE"),
        ({"oneOf": [{"type": "integer"}, {"type": "object"}]}, "JSON"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"type": "object"}, "JSON"),
        ({"type": "array", "items": {"type": "string"}}, "JSON"),
        ({"type": "null"}, "JSON"),
        ({"enum": ["a", 1]}, "JSON"),
        ({}, "JSON"),
        (True, "JSON"),
    ],
)
def test_the_type_of_a_new_column(load, query, schema, definition, column):
    load(schema({"v": definition}, key=()))
    assert query("SELECT data_type FROM duckdb_columns() WHERE column_name = 'v'") == [(column,)]


def test_names_that_differ_by_case_only(error_of, schema):
    error = error_of(schema({"Name": kind("string"), "name": kind("string")}, key=()))
    assert error.startswith("Stream 'things': the columns 'Name' and 'name' differ by case only")


def test_a_new_name_that_differs_by_case_only_from_a_column(load, error_of, schema):
    load(schema({"Name": kind("string")}, key=()))
    error = error_of(schema({"name": kind("string")}, key=()))
    assert error.startswith("Stream 'things': the columns 'Name' and 'name' differ by case only")


def test_streams_that_differ_by_case_only(error_of, schema):
    error = error_of(schema(ID), schema(ID, stream="Things"))
    assert error.startswith("The streams 'things' and 'Things' differ by case only")


@pytest.mark.parametrize(
    ("properties", "key", "problem"),
    [
        ({}, (), "the schema has no properties, so there is nothing to make columns of"),
        ({"": {}}, (), "a property has an empty name, which no column can have"),
        (ID, ("other",), "the key property 'other' is not in the schema"),
    ],
)
def test_a_schema_of_which_no_table_can_be_made(error_of, schema, properties, key, problem):
    assert error_of(schema(properties, key)) == f"Stream 'things': {problem}"


def test_a_column_of_a_type_that_this_target_does_not_make(query, error_of, schema):
    query("CREATE TABLE things (id DECIMAL(18, 3))")
    error = error_of(schema(ID))
    assert error.startswith("Stream 'things', column 'id': the table has a column of type DECIMAL")


def test_schema_of_the_database_is_created(load, query, schema, record):
    # The database is called warehouse too, so that the name alone would be ambiguous.
    load(schema(ID), record(id=1), default_target_schema="warehouse")
    assert query("FROM warehouse.warehouse.things") == [(1,)]
