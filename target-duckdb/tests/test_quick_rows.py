"""The fast path loads what the long way loads, and refuses what it refuses."""

from __future__ import annotations

import io
import json
from unittest import mock

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidInputLine
from target_duckdb import sink as sink_module
from target_duckdb import target as target_module
from target_duckdb.quick import quick_rows
from target_duckdb.sink import DuckDBSink
from target_duckdb.table import Table
from target_duckdb.target import TargetDuckDB

PROPERTIES = {
    "id": {"type": "integer"},
    "count": {"type": ["integer", "null"]},
    "rate": {"type": ["number", "null"]},
    "flag": {"type": "boolean"},
    "name": {"type": ["null", "string"], "description": "A name."},
    "at": {"type": ["string", "null"], "format": "date-time"},
    "on": {"type": ["string", "null"], "format": "date"},
    "short": {"type": ["string", "null"], "maxLength": 2},
    "map": {"type": ["object", "null"], "properties": {"n": {"type": "integer"}}},
    "either": {"type": ["integer", "string", "null"]},
    "free": {"type": ["object", "array", "null"]},
    "list": {"type": ["array", "null"], "items": {"type": ["number", "null"]}},
    "deep": {
        "type": "object",
        "properties": {
            "on": {"type": "boolean"},
            "steps": {
                "type": "array",
                "items": {
                    "type": ["object", "null"],
                    "required": ["n"],
                    "properties": {"n": {"type": "integer"}},
                },
            },
        },
        "additionalProperties": {"type": "string"},
    },
    "closed": {
        "type": "object",
        "properties": {"n": {"type": "number"}},
        "additionalProperties": False,
    },
    "numbers": {"type": "object", "additionalProperties": {"type": "number"}},
    "chosen": {"type": "object", "properties": {"n": {"enum": [1, 2]}}},
    "any": {},
    "日本": {"type": ["string", "null"]},
    "rowid": {"type": ["integer", "null"]},
}
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.sampled_from(["2024-01-31T10:20:30Z", "2024-01-31", {"n": 1}, {"n": "x"}, [], 2**63, 1.0]),
    st.sampled_from([{}, {"n": 1.5, "m": None}, [1, 2.50, None], ["x"], {"on": 1}, {"n": True}]),
    st.sampled_from([{"on": True, "steps": [None, {"n": 1}]}, {"steps": [{}]}, {"x": "y"}]),
)
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
plain = st.fixed_dictionaries(
    {"id": st.integers(0, 3), "flag": st.booleans()},
    optional={
        "count": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        "rate": st.floats(allow_nan=False, allow_infinity=False),
        "name": st.text(max_size=5),
        "at": st.just("2024-01-31T10:20:30.123456Z"),
        "on": st.just("2024-01-31"),
        "short": st.text(max_size=2),
        "map": st.fixed_dictionaries({"n": st.integers()}),
        "either": st.one_of(st.integers(), st.text(max_size=2)),
        "free": st.lists(documents, max_size=3)
        | st.dictionaries(st.text(max_size=3), documents, max_size=3),
        "list": st.lists(
            st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        ),
        "deep": st.fixed_dictionaries(
            {},
            optional={
                "on": st.booleans(),
                "x": st.text(max_size=2),
                "steps": st.lists(
                    st.none()
                    | st.fixed_dictionaries({"n": st.integers()}, optional={"m": documents}),
                    max_size=2,
                ),
            },
        ),
        "closed": st.fixed_dictionaries({}, optional={"n": st.integers()}),
        "numbers": st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
        "chosen": st.fixed_dictionaries({}, optional={"n": st.integers(1, 2)}),
        "any": documents,
        "日本": st.text(max_size=2),
        "rowid": st.integers(0, 9),
    },
)
odd = st.builds(
    lambda row, name, value: {**row, name: value},
    plain,
    st.sampled_from([*PROPERTIES, "unknown"]),
    values,
)
messages = st.one_of(
    plain.map(lambda row: {"type": "RECORD", "stream": "things", "record": row}),
    plain.map(
        lambda row: {"type": "RECORD", "stream": "things", "record": row, "time_extracted": "x"}
    ),
    plain.map(lambda row: {"type": "RECORD", "stream": "others", "record": row}),
    plain.map(lambda row: {"type": "RECORD", "stream": "things", "record": row, "version": 1}),
    st.just({"type": "STATE", "value": {"n": 1}}),
)
runs = st.one_of(
    st.lists(messages, max_size=12),
    st.tuples(
        st.lists(messages, max_size=6),
        odd.map(lambda row: [{"type": "RECORD", "stream": "things", "record": row}]),
        st.lists(messages, max_size=6),
    ).map(lambda parts: [*parts[0], *parts[1], *parts[2]]),
)


def schema(stream):
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": PROPERTIES, "required": ["flag"]},
        "key_properties": ["id"] if stream == "things" else [],
    }


def loaded(path, sent, **config):
    """Load messages; return the tables, and the error that ended it."""
    lines = "".join(json.dumps(each) + "\n" for each in sent).encode()
    target = TargetDuckDB(config={"path": str(path), **config})
    error = None
    try:
        target.listen(io.BytesIO(lines))
    except Exception as raised:  # noqa: BLE001 (whatever it is, both ways raise it)
        error = f"{type(raised).__name__}: {raised}"
        target.connection.close()
    with duckdb.connect(str(path)) as connection:
        tables = {
            name: connection.execute(f'FROM "{name}" ORDER BY ALL').fetchall()
            for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
    return tables, error


@pytest.mark.slow
@settings(max_examples=30)
@given(sent=runs, size=st.sampled_from([1, 3, 100_000]), validates=st.booleans())
def test_both_ways_lead_to_the_same_tables_and_errors(tmp_path_factory, sent, size, validates):
    folder = tmp_path_factory.mktemp("both")
    sent = [schema("things"), schema("others"), *sent]
    config = {"batch_size_rows": size, "validate_records": validates}
    quick = loaded(folder / "quick.duckdb", sent, **config)
    with mock.patch.object(target_module, "quick_rows", return_value=None):
        long = loaded(folder / "long.duckdb", sent, **config)
    assert quick == long


def test_plain_records_take_the_fast_path(tmp_path):
    row = {"id": 1, "flag": True, "name": "x", "rate": 1, "at": "2024-01-31T10:20:30Z"}
    row |= {"map": {"n": 1, "more": [2.50]}, "list": [1, None], "either": "x", "any": None}
    sent = [{"type": "RECORD", "stream": "things", "record": row}] * 5
    long_way = DuckDBSink.process_record
    with mock.patch.object(DuckDBSink, "process_record", autospec=True, side_effect=long_way) as it:
        tables, _ = loaded(tmp_path / "some.duckdb", [schema("things"), *sent])
    # The first record goes the long way, which finds out whether there is a fast one.
    assert (it.call_count, len(tables["things"])) == (1, 1)


GOOD = b'{"type":"RECORD","stream":"others","record":{"id":1,"flag":true}}'


@pytest.mark.parametrize(
    "lines",
    [
        GOOD + b" " + GOOD + b"\n",
        GOOD.replace(b'"record":', b'"record":\n') + b"\n",
        GOOD + b" " + GOOD + b"\n" + GOOD.replace(b'"record":', b'"record":\n') + b"\n",
        GOOD + b"\n\n" + GOOD + b"\n",
        b"\n" + GOOD + b"\n",
        GOOD + b"\n\n",
        GOOD + b"\n" + GOOD[:-3],
    ],
)
def test_what_is_not_one_message_a_line_is_refused(tmp_path, lines):
    target = TargetDuckDB(config={"path": str(tmp_path / "some.duckdb")})
    head = json.dumps(schema("others")).encode() + b"\n" + (GOOD + b"\n") * 2
    with pytest.raises(InvalidInputLine, match="Line [4-6] of the input is not valid JSON"):
        target.listen(io.BytesIO(head + lines))


def test_the_last_line_may_lack_its_line_break(tmp_path):
    target = TargetDuckDB(config={"path": str(tmp_path / "some.duckdb")})
    head = json.dumps(schema("others")).encode() + b"\n" + (GOOD + b"\n") * 2
    target.listen(io.BytesIO(head + GOOD))
    with duckdb.connect(str(tmp_path / "some.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM others").fetchall() == [(3,)]


def test_a_line_longer_than_what_comes_at_once(tmp_path):
    names = ["x" * size for size in (1 << 16, 1, 3 << 16, 10)]
    rows = [{"id": n, "flag": True, "name": name} for n, name in enumerate(names)]
    sent = [{"type": "RECORD", "stream": "others", "record": row} for row in rows]
    loaded(tmp_path / "some.duckdb", [schema("others"), *sent])
    with duckdb.connect(str(tmp_path / "some.duckdb")) as connection:
        found = connection.execute("SELECT name FROM others ORDER BY id").fetchall()
    assert found == [(name,) for name in names]


@pytest.mark.parametrize("row", [{"flag": True}, {"id": 1, "flag": None}, {"id": 1}])
def test_what_lacks_its_key_or_breaks_its_schema_is_refused(tmp_path, row):
    good = {"id": 1, "flag": True}
    sent = [{"type": "RECORD", "stream": "things", "record": each} for each in (good, good, row)]
    _, error = loaded(tmp_path / "some.duckdb", [schema("things"), *sent])
    assert error is not None


def test_a_document_that_grows_as_text_is_loaded(tmp_path):
    # 24 MB of quotes, each of which has a backslash before it in the batch file.
    large = {"id": 3, "flag": True, "free": ['"' * 12_000_000]}
    rows = [{"id": 1, "flag": True}, {"id": 2, "flag": True}, large]
    sent = [{"type": "RECORD", "stream": "others", "record": row} for row in rows]
    loaded(tmp_path / "some.duckdb", [schema("others"), *sent])
    with duckdb.connect(str(tmp_path / "some.duckdb")) as connection:
        (found,) = connection.execute("SELECT free FROM others WHERE id = 3").fetchone()
    assert json.loads(found) == large["free"]


@pytest.mark.parametrize("is_quick", [True, False])
def test_a_batch_ends_before_it_takes_too_much_memory(tmp_path, monkeypatch, is_quick):
    monkeypatch.setattr(sink_module, "MOST_BYTES", 10_000)
    row = {"id": 1, "flag": True, "name": "x" * 100}
    sent = [{"type": "RECORD", "stream": "others", "record": row}] * 3_000
    way = {} if is_quick else {"return_value": None}
    original = Table.load
    with (
        mock.patch.object(target_module, "quick_rows", **(way or {"side_effect": quick_rows})),
        mock.patch.object(Table, "load", autospec=True, side_effect=original) as load,
    ):
        loaded(tmp_path / "some.duckdb", [schema("others"), *sent])
    assert 5 < load.call_count < 60
    with duckdb.connect(str(tmp_path / "some.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM others").fetchall() == [(3_000,)]
