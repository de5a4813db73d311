"""The SDK's own suite for targets."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from singer_sdk.testing import get_target_test_class
from singer_sdk.testing import target_test_streams as streams
from target_duckdb.target import TargetDuckDB

folder = tempfile.mkdtemp()
atexit.register(shutil.rmtree, folder)

TestTargetDuckDB = get_target_test_class(
    TargetDuckDB, config={"path": str(Path(folder) / "suite.duckdb")}
)


def test_each_state_goes_out_as_soon_as_its_records_are_committed(load, capsys):
    """The suite leaves this stream out, because the SDK passes on the last state only."""
    text = (resources.files(streams) / "multiple_state_messages.singer").read_text("utf-8")
    load(*text.splitlines(), batch_size_rows=3)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"test_multiple_state_messages_a": 1, "test_multiple_state_messages_b": 0},
        {"test_multiple_state_messages_a": 3, "test_multiple_state_messages_b": 2},
        {"test_multiple_state_messages_a": 5, "test_multiple_state_messages_b": 6},
    ]
