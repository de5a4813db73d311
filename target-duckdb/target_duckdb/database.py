"""Opens the database file, with words for what can be in the way."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from target_duckdb.errors import TargetDuckDBError, one_line


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
        raise TargetDuckDBError(_explain(file, str(error))) from error
    # Date-times without an offset mean the same on every machine.
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _explain(file: Path, message: str) -> str:
    if "set lock on file" in message or "used by another process" in message:
        holder = re.search(r"PID \d+", message)
        process = f"another process ({holder.group()})" if holder else "another process"
        return f"{file} is in use by {process}; DuckDB lets one process write at a time"
    if "not a valid DuckDB database file" in message:
        return f"{file} is not a DuckDB file"
    return f"Cannot open {file}: {one_line(message)}"
