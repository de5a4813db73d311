"""What a run brought: a fast run that lost a record is none.

A program of its own, because a million keys would swell the harness (see `measure`). Run by the
environment whose database it opens.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator


def in_files(folder: Path, stream: str, key: str) -> dict[str, int]:
    """Count the keys in the output, or in what dlt extracted, and size the last STATE."""
    found = re.compile(rb'"%s":\s*(\d+)' % key.encode())
    extracted = sorted(folder.glob(f"pipelines/**/{stream}.*.typed-jsonl*"))
    keys: set[bytes] = set()
    records = state_bytes = 0
    for line in _lines(extracted or [folder / "output"]):
        here = found.findall(line)
        records += len(here)
        keys.update(here)
        if line.startswith((b'{"type":"STATE"', b'{"type": "STATE"')):
            state_bytes = len(line)
    return {"records": records, "distinct": len(keys), "state_bytes": state_bytes}


def _lines(files: list[Path]) -> Iterator[bytes]:
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            yield from lines


def in_duckdb(folder: Path, stream: str, key: str) -> dict[str, int]:
    """Count the rows of the stream's table."""
    import duckdb

    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
        return _counted(database.execute(_query("main", stream, key)).fetchone())


def in_postgres(folder: Path, stream: str, key: str) -> dict[str, int]:
    """Count the rows of the stream's table, and drop them."""
    import psycopg

    schema = folder.name
    with psycopg.connect((folder / "address").read_text()) as database:
        counted = _counted(database.execute(_query(schema, stream, key)).fetchone())
        database.execute(f'DROP SCHEMA "{schema}" CASCADE')
    return counted


def _query(schema: str, table: str, key: str) -> str:
    return f'SELECT count(*), count(DISTINCT "{key}") FROM "{schema}"."{table}"'  # noqa: S608 (our own names)


def _counted(row: tuple[int, int] | None) -> dict[str, int]:
    records, distinct = row or (0, 0)
    return {"records": records, "distinct": distinct, "state_bytes": 0}


CHECKS = {check.__name__: check for check in (in_files, in_duckdb, in_postgres)}

if __name__ == "__main__":
    _, check, folder, stream, key = sys.argv
    print(json.dumps(CHECKS[check](Path(folder), stream, key)))
