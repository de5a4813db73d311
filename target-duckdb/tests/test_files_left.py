"""Files with records: who can read them, and what a killed loader leaves behind."""

from __future__ import annotations

import http.server
import json
import signal
import stat
import subprocess
import threading
import time

import pytest
from target_duckdb.batch_folder import PREFIX

pytestmark = pytest.mark.slow

PROPERTIES = {"id": {"type": "integer"}, "v": {"type": "string"}}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files of the processes of a test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def folders_in(temporary):
    return sorted(temporary.glob(f"{PREFIX}*"))


def test_a_new_warehouse_is_its_owner_s_alone_and_an_old_one_keeps_its_mode(
    run, schema, record, database
):
    assert run(schema(PROPERTIES), record(id=1, v="x")).returncode == 0
    assert mode(database) == 0o600
    database.chmod(0o640)
    assert run(schema(PROPERTIES), record(id=2, v="x")).returncode == 0
    assert mode(database) == 0o640


def start(command, as_lines, schema, record):
    """A loader with records in a file of a batch, which waits for more."""
    loader = subprocess.Popen(command(), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    # More than the mebibyte that stays in memory.
    messages = [record(id=number, v="x" * 100) for number in range(20_000)]
    loader.stdin.write(as_lines([schema(PROPERTIES), *messages]))
    loader.stdin.flush()
    return loader


def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_next_start_removes_what_a_killed_loader_left(
    command, run, as_lines, schema, record, temporary, database
):
    killed = start(command, as_lines, schema, record)
    until(lambda: any(temporary.glob(f"{PREFIX}*/*.json")))
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (left,) = folders_in(temporary)
    assert mode(left) == 0o700
    assert {mode(path) for path in left.iterdir()} == {0o600}
    assert run(schema(PROPERTIES), record(id=1, v="x")).returncode == 0
    assert folders_in(temporary) == []


def test_a_start_leaves_the_folder_of_a_loader_that_runs(
    command, run, as_lines, schema, record, temporary, database, tmp_path
):
    running = start(command, as_lines, schema, record)
    until(lambda: any(temporary.glob(f"{PREFIX}*/*.json")))
    (folder,) = folders_in(temporary)
    other = str(tmp_path / "other.duckdb")
    assert run(schema(PROPERTIES), record(id=1, v="x"), path=other).returncode == 0
    assert folders_in(temporary) == [folder]
    running.communicate()
    assert running.returncode == 0
    assert folders_in(temporary) == []


@pytest.mark.parametrize("place", ["property", "inside", "definition"])
def test_a_schema_that_refers_to_an_address_is_refused_and_nothing_is_fetched(
    error_of, schema, record, place
):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"type": "integer"}).encode())

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        outside = {"$ref": f"http://127.0.0.1:{server.server_port}/schema"}
        properties = {
            "property": {"id": outside},
            "inside": {"id": {"type": "object", "properties": {"x": outside}}},
            "definition": {"id": {"allOf": [{"items": outside}]}},
        }[place]
        error = error_of(schema(properties), record(id=1))
        server.shutdown()
    assert error.startswith("Stream 'things': the schema refers to http://127.0.0.1:")
    assert asked == []
