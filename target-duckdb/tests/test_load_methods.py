"""Upsert, append-only and overwrite."""

from __future__ import annotations

import gzip
import io
import json

import duckdb
import pytest
from target_duckdb.target import TargetDuckDB

PROPERTIES = {"id": {"type": "integer"}, "v": {"type": ["string", "null"]}}


@pytest.mark.parametrize("batch_size_rows", [1, 2, 100])
def test_upsert_keeps_the_last_record_of_a_key(load, query, schema, record, batch_size_rows):
    messages = [record(id=number % 3, v=str(number)) for number in range(10)]
    load(schema(PROPERTIES), *messages, batch_size_rows=batch_size_rows)
    assert query("FROM things ORDER BY id") == [(0, "9"), (1, "7"), (2, "8")]


def test_upsert_replaces_the_whole_row(load, query, schema, record):
    load(schema(PROPERTIES), record(id=1, v="old"), record(id=2, v="old"))
    load(schema(PROPERTIES), record(id=1))
    assert query("FROM things ORDER BY id") == [(1, None), (2, "old")]


def test_upsert_on_a_key_of_several_columns_of_any_type(load, query, schema, record):
    properties = {
        "at": {"type": "string", "format": "date-time"},
        "mixed": {"type": ["string", "integer"]},
        "v": {"type": "integer"},
    }
    load(
        schema(properties, ["at", "mixed"]),
        record(at="2024-01-01T00:00:00Z", mixed=5, v=1),
        record(at="2024-01-01T00:00:00Z", mixed="5", v=2),
        record(at="2024-01-01T01:00:00+01:00", mixed=5, v=3),
    )
    assert query("SELECT mixed, v FROM things ORDER BY v") == [('"5"', 2), ("5", 3)]


def test_without_a_key_every_record_is_a_row(load, query, schema, record):
    for _ in range(2):
        load(schema(PROPERTIES, key=()), record(id=1), record(id=1))
    assert query("SELECT id FROM things") == [(1,)] * 4


def test_append_only_ignores_the_key(load, query, schema, record):
    for _ in range(2):
        load(schema(PROPERTIES), record(id=1), record(id=1), load_method="append-only")
    assert query("SELECT id FROM things") == [(1,)] * 4


def test_overwrite_empties_the_table_once_in_a_run(load, query, schema, record):
    load(schema(PROPERTIES), record(id=1), record(id=2))
    load(
        schema(PROPERTIES),
        record(id=3),
        record(id=4),
        schema(PROPERTIES | {"more": {}}),
        record(id=5),
        record(id=3, v="last"),
        load_method="overwrite",
        batch_size_rows=1,
    )
    assert query("SELECT id, v FROM things ORDER BY id") == [(3, "last"), (4, None), (5, None)]


def test_overwrite_that_fails_in_its_first_batch_keeps_the_old_rows(
    load, query, run, schema, record
):
    properties = {"id": {"type": "integer"}, "day": {"type": "string", "format": "date"}}
    load(schema(properties), record(id=1, day="2024-01-01"))
    failed = run(schema(properties), record(id=2, day="?"), load_method="overwrite")
    assert failed.returncode == 1
    assert query("SELECT id FROM things") == [(1,)]


def test_overwrite_leaves_a_table_that_gets_no_record(load, query, schema, record):
    load(schema(PROPERTIES), record(id=1))
    load(schema(PROPERTIES), load_method="overwrite")
    assert query("SELECT id FROM things") == [(1,)]


def test_metadata_columns(load, query, schema, record):
    message = record(id=1, version=7) | {"time_extracted": "2024-01-01T00:00:00Z"}
    load(schema(PROPERTIES), message, add_record_metadata=True)
    assert query(
        "SELECT _sdc_extracted_at = '2024-01-01T00:00:00Z', _sdc_received_at <= now(),"
        " _sdc_batched_at <= now(), _sdc_deleted_at, _sdc_sequence > 0, _sdc_table_version,"
        " _sdc_sync_started_at > 0 FROM things"
    ) == [(True, True, True, None, True, 7, True)]


def test_the_file_of_a_batch_is_removed_once_it_is_loaded(database, as_lines, schema, record):
    target = TargetDuckDB(config={"path": str(database)})
    target.listen(io.BytesIO(as_lines([schema(PROPERTIES), record(id=1)])))
    assert list(target.folder.glob("*.json")) == []


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_files_of_a_batch_message(load, query, schema, record, tmp_path, compression):
    file = tmp_path / "batch.jsonl"
    nothing = tmp_path / "nothing.jsonl"
    nothing.write_bytes(gzip.compress(b"") if compression == "gzip" else b"")
    content = "".join(json.dumps({"id": n, "v": "batch"}) + "\n" for n in (2, 3, 3)).encode()
    file.write_bytes(gzip.compress(content) if compression == "gzip" else content)
    message = {
        "type": "BATCH",
        "stream": "things",
        "encoding": {"format": "jsonl", "compression": compression},
        "manifest": [nothing.as_uri(), file.as_uri()],
    }
    load(schema(PROPERTIES), record(id=1, v="before"), record(id=2, v="before"), message)
    assert query("FROM things ORDER BY id") == [(1, "before"), (2, "batch"), (3, "batch")]


def test_stream_maps_and_flattening_are_the_sdk_s(load, query, schema, record):
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}}
    load(
        schema({"id": {"type": "integer"}, "o": inner}),
        record(id=1, o={"n": 5}),
        stream_maps={"things": {"__alias__": "others", "double": "int(id * 2)"}},
        flattening_enabled=True,
        flattening_max_depth=1,
    )
    assert query("SELECT id, o__n, double FROM others") == [(1, 5, 2)]


NESTED = {
    "id": {"type": "integer"},
    "v": {"type": ["string", "null"]},
    "o": {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}},
}
MAPS = {"things": {"v": "md5(v) if v else None", "double": "int(id * 2)"}}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({}, id="plain"),
        pytest.param({"stream_maps": MAPS}, id="values"),
        pytest.param({"stream_maps": {"things": {"__filter__": "id % 2 == 0"}}}, id="filter"),
        pytest.param({"stream_maps": {"copy": {"__source__": "things", "v": None}}}, id="copy"),
        pytest.param({"flattening_enabled": True, "flattening_max_depth": 1}, id="flattening"),
        pytest.param({"add_record_metadata": True}, id="metadata"),
        pytest.param({"validate_records": False}, id="unvalidated"),
        pytest.param({"batch_size_rows": 7}, id="small batches"),
    ],
)
def test_records_in_files_are_loaded_as_those_in_lines(
    load, database, schema, record, tmp_path, config
):
    rows = [{"id": n % 40, "v": f"v{n}" if n % 3 else None, "o": {"n": n}} for n in range(600)]
    found = []
    for way in ("lines", "files"):
        file = tmp_path / f"{way}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        files = {"type": "BATCH", "stream": "things", "encoding": {"format": "jsonl"}}
        messages = {
            "lines": [record(**row) for row in rows],
            "files": [{**files, "manifest": [file.as_uri()]}],
        }[way]
        load(schema(NESTED), *messages, {"type": "STATE", "value": {"n": 1}}, **config)
        with duckdb.connect(str(database)) as connection:
            tables = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1")
            content = {}
            for (table,) in tables.fetchall():
                columns = connection.execute(f"SELECT column_name FROM (DESCRIBE {table})")
                timed = ("_at", "_sdc_sequence")  # depend on the clock
                names = [name for (name,) in columns.fetchall() if not name.endswith(timed)]
                sql = f"SELECT {', '.join(names)} FROM {table} ORDER BY id"
                content[table] = names, connection.execute(sql).fetchall()
        found.append(content)
        database.unlink()
    assert found[0] == found[1]
    assert all(rows for _, rows in found[0].values())


def test_a_record_in_a_file_that_breaks_its_schema_ends_the_load(error_of, schema, tmp_path):
    file = tmp_path / "batch.jsonl"
    file.write_text('{"id": 1}\n{"id": "x"}\n')
    files = {"type": "BATCH", "stream": "things", "encoding": {"format": "jsonl"}}
    error = error_of(schema(NESTED), {**files, "manifest": [file.as_uri()]})
    assert error.startswith("Stream 'things', ")
    assert "'x' is not of type 'integer'" in error


def test_a_file_of_another_format_is_refused(error_of, schema):
    files = {"type": "BATCH", "stream": "things", "encoding": {"format": "parquet"}}
    error = error_of(schema(NESTED), {**files, "manifest": ["file:///no/such/file"]})
    assert "batch files of the format 'parquet' cannot be loaded" in error
