"""A value that its column cannot hold as it is ends the run, and leaves nothing behind."""

from __future__ import annotations

import pytest

TIME = "a date and time such as 2024-01-31T10:20:30Z"


@pytest.mark.parametrize("validate_records", [True, False])
@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ({"type": "integer"}, "2.5"),
        ({"type": "integer"}, '"5"'),
        ({"type": "integer"}, "true"),
        ({"type": "integer"}, "9223372036854775808"),
        ({"type": "number"}, '"2.5"'),
        ({"type": "number"}, "9007199254740993"),
        ({"type": "number"}, "1e400"),
        ({"type": "number"}, "-1e400"),
        ({"type": "number"}, "true"),
        ({"type": "boolean"}, "1"),
        ({"type": "boolean"}, '"true"'),
        ({"type": "string"}, "5"),
        ({"type": "string"}, "{}"),
        ({"type": "string", "format": "date-time"}, "5"),
        ({"type": "string", "format": "date-time"}, '"yesterday"'),
        ({"type": "string", "format": "date-time"}, '"epoch"'),
        ({"type": "string", "format": "date-time"}, '"2024-02-30T00:00:00Z"'),
        ({"type": "string", "format": "date"}, '"2024-01-01T10:00:00Z"'),
        ({"type": "string", "format": "time"}, '"10:00:00+02:00"'),
        ({"type": "string", "format": "time"}, '"25:00:00"'),
    ],
)
def test_no_value_is_rounded_or_cast_in_silence(
    load, query, schema, property_, value, validate_records
):
    nullable = {**property_, "type": [property_["type"], "null"]}
    things = [
        schema({"v": nullable}, key=()),
        '{"type": "RECORD", "stream": "things", "record": {"v": null}}',
        f'{{"type": "RECORD", "stream": "things", "record": {{"v": {value}}}}}',
    ]
    with pytest.raises(Exception, match="Stream 'things', column 'v': .* is not "):
        load(*things, validate_records=validate_records)
    assert query("SELECT count(*) FROM things") == [(0,)]


def test_the_error_names_stream_column_and_value_and_no_state_goes_out(run, schema, record, state):
    result = run(
        schema({"id": {"type": "integer"}, "day": {"type": "string", "format": "date-time"}}),
        record(id=1, day="2024-01-01T00:00:00Z"),
        record(id=2, day="2024-01-01T00:00:00Z"),
        state({"id": 2}),
        record(id=3, day="2024-01-01T00:00:00Z"),
        record(id=4, day="not yet"),
        state({"id": 4}),
        batch_size_rows=2,
    )
    assert result.stdout == b'{"id":2}\n'
    assert result.returncode == 1
    last = result.stderr.decode().splitlines()[-1]
    assert last.endswith(f"| Stream 'things', column 'day': 'not yet' is not {TIME}")


def test_the_whole_batch_is_rolled_back(run, query, schema, record):
    properties = {"id": {"type": "integer"}, "day": {"type": "string", "format": "date-time"}}
    result = run(
        schema(properties),
        record(id=1, day="2024-01-01"),
        record(id=2, day="2024-01-01"),
        record(id=1, day="2025-01-01"),
        record(id=3, day="not yet"),
        batch_size_rows=2,
    )
    assert result.returncode == 1
    assert query("SELECT id, year(day) FROM things ORDER BY id") == [(1, 2024), (2, 2024)]


def test_a_long_value_is_shortened(error_of, schema, record):
    for validate_records in (True, False):
        error = error_of(
            schema({"v": {"type": "integer"}}, key=()),
            record(v="x" * 1_000_000),
            validate_records=validate_records,
        )
        assert error.startswith("Stream 'things', column 'v': 'xxx")
        assert len(error) < 300


def test_a_null_in_the_key(error_of, schema, record):
    error = error_of(schema({"id": {"type": ["integer", "null"]}}), record(id=None))
    assert error == "Stream 'things', column 'id': is part of the key and must not be null"


def test_a_record_without_its_key(error_of, schema, record):
    error = error_of(schema({"id": {"type": "integer"}}), record(other=1))
    assert error == "Stream 'things': a record lacks the key property 'id'"


def test_a_record_that_breaks_its_schema_inside_an_object(error_of, schema, record):
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}}
    error = error_of(schema({"o": inner}, key=()), record(o={"n": "x"}))
    assert error == "Stream 'things', column 'o.n': 'x' is not of type 'integer'"


def test_a_property_that_the_schema_lacks_is_named_once(run, query, schema, record):
    messages = [record(id=1, more=1), record(id=2, more=2)]
    result = run(schema({"id": {"type": "integer"}}), *messages)
    assert result.stderr.decode().count("'more' is not in the schema") == 1
    assert query("FROM things ORDER BY id") == [(1,), (2,)]
