"""Opens the database file, with words for what can be in the way."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from target_duckdb.errors import TargetDuckDBError, one_line

HEADERS = 3 * 4096
"""Bytes of the headers that DuckDB writes before anything else."""


def connect(path: str) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, or create it in an existing folder.

    Args:
        path: Path of the file.

    Returns:
        A connection whose time zone is UTC.

    Raises:
        TargetDuckDBError: If the file cannot be opened.
    """
    file = Path(path).expanduser()
    if not file.parent.is_dir():
        raise TargetDuckDBError(f"The folder of {file} does not exist; create it first")
    try:
        connection = duckdb.connect(str(file))
    except duckdb.Error as error:
        if "lock" in str(error) or not _is_unfinished(file):
            raise TargetDuckDBError(_explain(file, str(error))) from error
        file.unlink()
        connection = duckdb.connect(str(file))
    # Date-times without an offset mean the same on every machine.
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _is_unfinished(file: Path) -> bool:
    """Tell whether a loader was stopped while it made the file, which can hold no row yet.

    DuckDB itself never opens such a file again.
    """
    if not file.is_file() or file.stat().st_size >= HEADERS:
        return False
    start = file.read_bytes()
    return not start.strip(b"\0") or start[8:12] == b"DUCK"


def _explain(file: Path, message: str) -> str:
    if "set lock on file" in message or "used by another process" in message:
        holder = re.search(r"PID \d+", message)
        process = f"another process ({holder.group()})" if holder else "another process"
        return f"{file} is in use by {process}; DuckDB lets one process write at a time"
    if "not a valid DuckDB database file" in message:
        return f"{file} is not a DuckDB file"
    return f"Cannot open {file}: {one_line(message)}"
