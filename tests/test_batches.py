"""Records in files instead of lines, for loaders that read them faster: the same rows arrive."""

from __future__ import annotations

import json

import duckdb
import pytest
from isolation import BIN
from pipeline import Sandbox, finished, tap_command
from vendors import VENDORS


@pytest.mark.parametrize(("name", "stream"), [("wolfeo", "contacts"), ("whatconverts", "leads")])
def test_batches_load_what_lines_load(tmp_path, name, stream):
    vendor, folder = VENDORS[name], tmp_path / "files"
    folder.mkdir()
    batches = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": folder.as_uri()},
        "batch_size": 300,
    }
    with Sandbox("--unlimited") as sandbox:
        for way, setting in (("lines", {}), ("batches", {"batch_config": batches})):
            work = tmp_path / way
            work.mkdir()
            config = {**vendor.config(sandbox), **setting}
            sent = finished(tap_command(vendor.tap, work, config, streams=[stream])).stdout
            kinds = {json.loads(line)["type"] for line in sent.splitlines()}
            assert {"lines": "RECORD", "batches": "BATCH"}[way] in kinds
            assert {"lines": "BATCH", "batches": "RECORD"}[way] not in kinds
            loader = {"path": str(tmp_path / "both.duckdb"), "default_target_schema": way}
            (work / "loader.json").write_text(json.dumps(loader))
            command = [BIN / "target-duckdb", "--config", work / "loader.json"]
            assert finished(command, input=sent).returncode == 0
        rows = len(vendor.expected(sandbox, stream))
    with duckdb.connect(str(tmp_path / "both.duckdb")) as warehouse:
        for one, other in (("lines", "batches"), ("batches", "lines")):
            query = f'FROM {one}."{stream}" EXCEPT FROM {other}."{stream}"'
            assert warehouse.execute(query).fetchall() == []
        counted = warehouse.execute(f'SELECT count(*) FROM batches."{stream}"').fetchall()
    assert counted == [(rows,)]
