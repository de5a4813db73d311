"""A state goes out only after everything received before it is committed, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from target_duckdb.table import Table
from target_duckdb.target import TargetDuckDB

ID = {"id": {"type": "integer"}}


@pytest.fixture
def start(command, as_lines, tmp_path):
    """Start a process that has been sent messages, and may be sent more."""
    # A killed process leaves its folder of batch files behind.
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    processes = []

    def start(*messages, **config) -> subprocess.Popen:
        process = subprocess.Popen(
            command(**config),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        processes.append(process)
        process.stdin.write(as_lines(messages))
        process.stdin.flush()
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def _read_until(stream, text: bytes) -> None:
    for line in stream:
        if text in line:
            return
    pytest.fail(f"the process ended without a line with {text!r}")


def test_a_killed_run_keeps_its_checkpoints(start, query, schema, record, state):
    messages = [record(id=1), state({"id": 1}), record(id=2), state({"id": 2}), record(id=3)]
    process = start(schema(ID), *messages, batch_size_rows=2)
    _read_until(process.stdout, b'{"id":1}')
    process.kill()
    process.wait()
    assert {(1,), (2,)} <= set(query("FROM things"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_commits_what_was_received(start, query, schema, record, state, number):
    process = start(
        schema(ID, stream="slow"),
        record("slow", id=1),
        state({"slow": 1}),
        schema(ID),
        record(id=1),
        record(id=2),
        batch_size_rows=2,
    )
    _read_until(process.stderr, b"'things' is full")
    process.send_signal(number)
    output, log = process.communicate()
    assert process.returncode == 128 + number
    assert output == b'{"slow":1}\n'
    assert b"Traceback" not in log
    assert query("FROM slow") == [(1,)]
    assert query("FROM things") == [(1,), (2,)]


def test_a_stop_signal_amid_a_transaction_waits_for_its_end(
    load, query, schema, record, state, capsys, monkeypatch
):
    original = Table.load

    def load_amid_a_signal(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGTERM)
        assert capsys.readouterr().out == ""
        return original(*args, **kwargs)

    monkeypatch.setattr(Table, "load", load_amid_a_signal)
    with pytest.raises(SystemExit) as stopped:
        load(schema(ID), record(id=1), state({"id": 1}), record(id=2), record(id=3))
    assert stopped.value.code == 128 + signal.SIGTERM
    assert query("FROM things") == [(1,), (2,), (3,)]
    assert capsys.readouterr().out == '{"id":1}\n'


def test_a_stop_signal_amid_a_batch_ends_the_run_after_it(
    load, query, schema, record, state, capsys, monkeypatch
):
    original = Table.load

    def load_amid_a_signal(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGTERM)
        return original(*args, **kwargs)

    monkeypatch.setattr(Table, "load", load_amid_a_signal)
    messages = [record(id=1), record(id=2), state({"id": 2}), record(id=3)]
    with pytest.raises(SystemExit) as stopped:
        load(schema(ID), *messages, batch_size_rows=2)
    assert stopped.value.code == 128 + signal.SIGTERM
    assert query("FROM things") == [(1,), (2,)]
    assert capsys.readouterr().out == ""


def test_a_state_waits_for_every_stream(load, schema, record, state, capsys, monkeypatch):
    monkeypatch.setattr(TargetDuckDB, "checkpoint_seconds", 3600)
    load(
        schema(ID),
        schema(ID, stream="slow"),
        state({"n": 0}),
        record("slow", id=1),
        state({"n": 1}),
        record(id=1),
        record(id=2),
        state({"n": 2}),
        record("slow", id=2),
        record("slow", id=3),
        batch_size_rows=2,
    )
    assert capsys.readouterr().out.splitlines() == ['{"n":0}', '{"n":2}']


@pytest.mark.parametrize(("seconds", "expected"), [(-1, [1, 2]), (3600, [2])])
def test_a_state_makes_old_batches_be_committed(
    load, schema, record, state, capsys, monkeypatch, seconds, expected
):
    monkeypatch.setattr(TargetDuckDB, "checkpoint_seconds", seconds)
    load(schema(ID), record(id=1), state(1), record(id=2), state(2))
    assert [int(line) for line in capsys.readouterr().out.splitlines()] == expected


def test_a_state_is_passed_on_as_it_came(load, state, capsys):
    load('{"type":"STATE","value":{"a b":[1.10,null,"é"],"big":9007199254740993}}')
    assert capsys.readouterr().out == '{"a b":[1.10,null,"é"],"big":9007199254740993}\n'


def test_no_state_goes_out_for_a_batch_that_could_not_be_committed(
    run, query, schema, record, state
):
    properties = ID | {"day": {"type": "string", "format": "date"}}
    result = run(
        schema(properties),
        record(id=1, day="2024-01-01"),
        state({"id": 1}),
        record(id=2, day="?"),
        state({"id": 2}),
    )
    assert result.returncode == 1
    assert result.stdout == b""
    assert query("FROM things") == []
