"""What a user sees: one line for each failure, and an exit code other than zero."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.slow

ID = {"id": {"type": "integer"}}
PROGRAM = str(Path(sys.executable).with_name("target-duckdb"))


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            '{"type": "RECORD", "stream": "thi',
            "Line 1 of the input is not valid JSON (",
        ),
        ('"text"', 'Line 1 of the input is not a JSON object: "text"'),
        ("{}", "Line 1 of the input is a message without a type: {}"),
        (
            '{"type": "NEWS"}',
            'Line 1 of the input is a message of an unknown type: {"type": "NEWS"}',
        ),
        (
            '{"type": "RECORD", "stream": "things", "record": {"id": 1}}',
            "A record for stream 'things' was encountered before a corresponding schema.",
        ),
        (
            '{"type": "ACTIVATE_VERSION", "stream": "things", "version": 1}',
            "Stream 'things': a message came before the stream's SCHEMA",
        ),
        (
            '{"type": "RECORD", "stream": "things", "record": [1]}',
            "Stream 'things': a record is not an object",
        ),
    ],
)
def test_an_invalid_message(error_of, line, error):
    assert error_of(line).startswith(error)


def test_an_invalid_schema_and_a_missing_member_are_one_line(error_of, schema):
    assert "Schema Validation Error" in error_of(schema({"id": {"type": "text"}}))
    assert "missing required" in error_of('{"type": "RECORD", "record": {"id": 1}}')


def test_text_that_is_not_utf_8(command):
    result = subprocess.run(command(), input=b'{"a":"\xff"}\n', capture_output=True, check=False)
    assert result.returncode == 1
    assert b"Line 1 of the input is not valid JSON" in result.stderr.splitlines()[-1]


def test_a_misspelt_setting_is_refused_with_the_right_name(error_of):
    assert error_of(pth="x") == "There is no setting 'pth'; did you mean 'path'?"


def test_a_setting_of_no_known_name_is_refused_with_all_names(error_of):
    error = error_of(zzz=1)
    assert error.startswith("There is no setting 'zzz'; there are add_record_metadata, batch_")


def test_a_wrong_value_of_a_setting(error_of):
    error = error_of(load_method="merge")
    assert error.startswith("'merge' is not one of ['append-only', 'upsert', 'overwrite']")


def test_a_configuration_file_that_is_missing():
    result = subprocess.run([PROGRAM, "--config", "no.json"], capture_output=True, check=False)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert b"| ERROR " in result.stderr
    assert b"no.json" in result.stderr


def test_a_folder_that_is_missing(error_of, schema, tmp_path):
    file = tmp_path / "no" / "warehouse.duckdb"
    error = error_of(schema(ID), path=str(file))
    assert error == f"The folder of {file} does not exist; create it first"


def test_a_file_that_is_not_duckdb_s(error_of, schema, database):
    database.write_text("hello")
    assert error_of(schema(ID)) == f"{database} is not a DuckDB file"
    assert database.read_text() == "hello"


def test_a_path_that_is_a_folder(error_of, schema, tmp_path):
    error = error_of(schema(ID), path=str(tmp_path))
    assert error.startswith(f"Cannot open {tmp_path}: ")


def test_a_file_in_use_by_another_process(error_of, query, schema, record, database):
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS v")
        error = error_of(schema(ID), record(id=1))
    assert error.startswith(f"{database} is in use by another process (PID ")
    assert query("FROM mine") == [(1,)]
    assert query("SELECT table_name FROM duckdb_tables()") == [("mine",)]


def test_a_batch_file_that_cannot_be_read_is_named(error_of, schema):
    error = error_of(
        schema(ID),
        {
            "type": "BATCH",
            "stream": "things",
            "encoding": {"format": "jsonl"},
            "manifest": ["file:///no/such/file"],
        },
    )
    start = "Stream 'things': the batch file file:///no/such/file cannot be read: "
    assert error.startswith(start)


def test_a_traceback_is_shown_at_log_level_debug(command):
    result = subprocess.run(
        command(), input=b"[]\n", capture_output=True, check=False, env={"LOGLEVEL": "DEBUG"}
    )
    assert result.returncode == 1
    assert b"Traceback" in result.stderr


def test_messages_from_a_file_are_utf_8_whatever_the_machine_s_encoding(
    command, as_lines, query, schema, record, tmp_path
):
    file = tmp_path / "messages.jsonl"
    file.write_bytes(as_lines([schema({"é": {"type": "string"}}, key=()), record(é="日本")]))
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run(
        [*command(), "--input", str(file)], capture_output=True, check=True, env=ascii_only
    )
    assert query("SELECT é FROM things") == [("日本",)]


def test_settings_from_the_environment(as_lines, query, schema, record, database, tmp_path):
    subprocess.run(
        [PROGRAM, "--config", "ENV"],
        input=as_lines([schema(ID), record(id=1)]),
        capture_output=True,
        check=True,
        env={"TARGET_DUCKDB_PATH": str(database)},
        cwd=tmp_path,
    )
    assert query("FROM things") == [(1,)]


def test_a_time_without_an_offset_is_utc_wherever_the_machine_is(
    command, as_lines, query, schema, record
):
    properties = {"t": {"type": "string", "format": "date-time"}}
    subprocess.run(
        command(),
        input=as_lines([schema(properties, key=()), record(t="2024-01-01T10:20:30")]),
        capture_output=True,
        check=True,
        env={"TZ": "America/New_York"},
    )
    assert query("SELECT CAST(t AS VARCHAR) FROM things") == [("2024-01-01 10:20:30+00",)]


def test_no_file_of_a_batch_is_left_behind(command, as_lines, schema, record, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    for messages in ([record(id=1)], [record(id=1), record(id="x")]):
        subprocess.run(
            command(batch_size_rows=10),
            input=as_lines([schema(ID), *messages]),
            capture_output=True,
            check=False,
            env={"TMPDIR": str(folder)},
        )
        assert list(folder.iterdir()) == []


def test_version_and_about():
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, check=True)
    assert version.stdout.startswith(b"target-duckdb v")
    module = [sys.executable, "-m", "target_duckdb", "--about", "--format", "json"]
    about = subprocess.run(module, capture_output=True, check=True)
    assert json.loads(about.stdout)["name"] == "target-duckdb"


@pytest.mark.parametrize("length", [0, 2048, 4096, 12_287])
def test_a_file_that_a_killed_run_has_not_finished_making_is_made_anew(
    run, schema, record, database, length
):
    duckdb.connect(str(database)).close()
    database.write_bytes(database.read_bytes()[:length])
    result = run(schema(ID), record(id=1))
    assert result.returncode == 0, result.stderr
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchall() == [(1,)]
