"""What the tests share: ways to load messages, and to look at what was loaded."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from target_duckdb.target import TargetDuckDB


def _lines(messages) -> bytes:
    """Write messages as lines; a message that is text already is sent as it is."""
    texts = [m if isinstance(m, str) else json.dumps(m, ensure_ascii=False) for m in messages]
    return "".join(f"{text}\n" for text in texts).encode()


@pytest.fixture(autouse=True)
def _restored_signals():
    """Take back the handlers that every target installs."""
    handlers = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def database(tmp_path) -> Path:
    """Where the database of a test is."""
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def load(database):
    """Load messages in this process, where errors can be caught."""

    def load(*messages, **config) -> None:
        target = TargetDuckDB(config={"path": str(database), **config})
        target.listen(io.BytesIO(_lines(messages)))

    return load


@pytest.fixture
def query(database):
    """Ask the database, and get all rows."""

    def query(sql: str) -> list[tuple]:
        with duckdb.connect(str(database)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    return query


@pytest.fixture
def command(tmp_path, database):
    """The command line of the installed target, with a configuration file."""

    def command(**config) -> list[str]:
        file = tmp_path / "config.json"
        file.write_text(json.dumps({"path": str(database), **config}))
        return [str(Path(sys.executable).with_name("target-duckdb")), "--config", str(file)]

    return command


@pytest.fixture
def run(command):
    """Pipe messages into a process of its own."""

    def run(*messages, **config) -> subprocess.CompletedProcess:
        return subprocess.run(
            command(**config), input=_lines(messages), capture_output=True, check=False
        )

    return run


@pytest.fixture
def error_of(run):
    """Pipe messages into a process that must fail, and get its one line of error."""

    def error_of(*messages, **config) -> str:
        result = run(*messages, **config)
        log = result.stderr.decode()
        assert result.returncode == 1, log
        assert "Traceback" not in log
        errors = [line for line in log.splitlines() if not any(k in line for k in _HARMLESS)]
        assert len(errors) == 1, log
        assert "| ERROR " in errors[0]
        return errors[0].split(" | ", 3)[3]

    return error_of


_HARMLESS = ("| INFO ", "| WARNING ")


def _schema(properties, key=("id",), stream="things"):
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": properties},
        "key_properties": list(key),
    }


def _record(stream="things", version=None, **values):
    message = {"type": "RECORD", "stream": stream, "record": values}
    return message if version is None else {**message, "version": version}


@pytest.fixture
def as_lines():
    """Spell messages as a tap does."""
    return _lines


@pytest.fixture
def schema():
    """Make a SCHEMA message."""
    return _schema


@pytest.fixture
def record():
    """Make a RECORD message."""
    return _record


@pytest.fixture
def state():
    """Make a STATE message."""
    return lambda value: {"type": "STATE", "value": value}
