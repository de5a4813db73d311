"""A stream's table: its columns, and the transactions that change it."""

# ruff: noqa: S608 - names cannot be bound as parameters; all are quoted here

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from target_duckdb.columns import (
    BIGINT,
    DOUBLE,
    EXPECTED,
    TIMESTAMPTZ,
    as_type,
    is_unreadable,
    refuse_twins,
    staged_type,
    widened_type,
)
from target_duckdb.errors import RecordError, TargetDuckDBError, quoted_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_duckdb.rows import RowFile

VERSION_COLUMN = "_sdc_table_version"
DELETED_COLUMN = "_sdc_deleted_at"

# Written in full because a user's schema may be called temp, and a user's table staging.
_STAGING = "temp.main.staging"
_SMALLEST_READER_BUFFER = 16 << 20  # bytes; DuckDB's own default for one row


class Table:
    """The table of one stream, through all the schemas the stream has in a run.

    Attributes:
        stream_name: Name of the stream, and of the table.
        columns: Column types by name, as the database has them.
        has_loaded: Whether this run has loaded a batch.
        has_unversioned_rows: Whether this run has loaded records without a version.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schema_name: str, stream_name: str
    ) -> None:
        self.stream_name = stream_name
        self.columns: dict[str, str] = {}
        self.has_loaded = False
        self.has_unversioned_rows = False
        self._connection = connection
        # With the database's name in front, because a schema may have the same name.
        catalog = connection.execute("SELECT current_database()").fetchall()[0][0]
        self._schema_name = schema_name
        self._schema = f"{_quoted(catalog)}.{_quoted(schema_name)}"
        self._table = f"{self._schema}.{_quoted(stream_name)}"

    def prepare(self, incoming: Mapping[str, str]) -> None:
        """Create the table, or add and widen columns, so that it can take records.

        Columns that are not among the incoming ones stay as they are.

        Args:
            incoming: Column types by name, at least one.

        Raises:
            TargetDuckDBError: If a column cannot have that name, or cannot be widened.
        """
        with self._transaction():
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
            existing = self._read_columns()
            refuse_twins(self.stream_name, [*existing, *incoming])
            if not existing:
                columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in incoming.items())
                self._connection.execute(f"CREATE TABLE {self._table} ({columns})")
            else:
                for name, kind in incoming.items():
                    self._adapt(name, existing.get(name), kind)
            columns_now = self._read_columns()
        self.columns = columns_now

    def load(
        self,
        rows: RowFile,
        places: Mapping[str, str],
        *,
        required: Sequence[str],
        key: Sequence[str],
        empty_first: bool,
    ) -> int:
        """Load a batch in one transaction.

        Args:
            rows: The rows, in the order in which they were received.
            places: The columns that the rows have values for, with their names in the rows.
            required: Columns that must not be null.
            key: Columns by which a row replaces earlier ones; if empty, all rows are added.
            empty_first: Whether to remove everything that was in the table before.

        Returns:
            How many rows of the batch were replaced by later ones of the same batch.

        Raises:
            RecordError: If a value does not fit its column, or a required one is null.
        """
        values = {
            name: f"CAST(staged.{place} AS {self.columns[name]})" for name, place in places.items()
        }
        merged = 0
        with self._transaction():
            self._stage(rows, places)
            self._refuse_bad_values(places, required)
            if empty_first:
                self._connection.execute(f"DELETE FROM {self._table}")
            if key:
                merged = self._keep_latest([values[name] for name in key])
                same_key = " AND ".join(f"loaded.{_quoted(name)} = {values[name]}" for name in key)
                self._connection.execute(
                    f"DELETE FROM {self._table} AS loaded USING {_STAGING} AS staged"
                    f" WHERE {same_key}"
                )
            self._connection.execute(
                f"INSERT INTO {self._table} ({', '.join(map(_quoted, places))})"
                f" SELECT {', '.join(values.values())} FROM {_STAGING} AS staged"
            )
            self._connection.execute(f"DROP TABLE {_STAGING}")
        self.has_loaded = True
        return merged

    def activate_version(self, version: int, *, hard_delete: bool) -> None:
        """Remove the rows of every other version, and those without one.

        Args:
            version: The version whose rows stay.
            hard_delete: Whether to delete the rows; if not, they are marked with the time.
        """
        if hard_delete:
            self.prepare({VERSION_COLUMN: BIGINT})
            change = f"DELETE FROM {self._table} WHERE {VERSION_COLUMN} IS DISTINCT FROM ?"
        else:
            self.prepare({VERSION_COLUMN: BIGINT, DELETED_COLUMN: TIMESTAMPTZ})
            change = (
                f"UPDATE {self._table} SET {DELETED_COLUMN} = now()"
                f" WHERE {DELETED_COLUMN} IS NULL AND {VERSION_COLUMN} IS DISTINCT FROM ?"
            )
        with self._transaction():
            self._connection.execute(change, [version])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        except BaseException:
            # An error so bad that DuckDB has already rolled back must not be hidden by another.
            with suppress(duckdb.Error):
                self._connection.rollback()
            raise
        self._connection.commit()

    def _read_columns(self) -> dict[str, str]:
        return dict(
            self._connection.execute(
                "SELECT column_name, data_type FROM duckdb_columns()"
                " WHERE database_name = current_database()"
                " AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?)"
                " ORDER BY column_index",
                [self._schema_name, self.stream_name],
            ).fetchall()
        )

    def _adapt(self, name: str, column: str | None, incoming: str) -> None:
        alter = f"ALTER TABLE {self._table}"
        if column is None:
            self._connection.execute(f"{alter} ADD COLUMN {_quoted(name)} {incoming}")
            return
        if column not in EXPECTED:
            raise TargetDuckDBError(
                f"Stream '{self.stream_name}', column '{name}': the table has a column of type "
                f"{column}, which this target does not load; rename the table or drop the column"
            )
        wanted = widened_type(column, incoming)
        if wanted == column:
            return
        if (column, wanted) == (BIGINT, DOUBLE):
            self._refuse_rounding(name)
        self._connection.execute(
            f"{alter} ALTER COLUMN {_quoted(name)}"
            f" SET DATA TYPE {wanted} USING {as_type(_quoted(name), column, wanted)}"
        )

    def _refuse_rounding(self, name: str) -> None:
        rounded = self._connection.execute(
            f"SELECT {_quoted(name)} FROM {self._table}"
            f" WHERE CAST(CAST({_quoted(name)} AS DOUBLE) AS HUGEINT) <> {_quoted(name)} LIMIT 1"
        ).fetchall()
        if rounded:
            raise RecordError(
                self.stream_name,
                name,
                f"cannot become DOUBLE, as the new schema asks, because {rounded[0][0]} in the "
                "table would be rounded",
            )

    def _stage(self, rows: RowFile, places: Mapping[str, str]) -> None:
        rows.flush()
        types = ", ".join(
            f"{place}: '{staged_type(self.columns[name])}'" for name, place in places.items()
        )
        path = str(rows.path).replace("'", "''")
        self._connection.execute(
            f"CREATE TEMPORARY TABLE {_STAGING} AS FROM read_json('{path}',"
            f" format = 'newline_delimited', auto_detect = false, columns = {{{types}}},"
            f" maximum_object_size = {max(rows.longest_row, _SMALLEST_READER_BUFFER)})"
        )

    def _refuse_bad_values(self, places: Mapping[str, str], required: Sequence[str]) -> None:
        faults = [(name, f"{places[name]} IS NULL") for name in required]
        for name, place in places.items():
            if unreadable := is_unreadable(place, self.columns[name]):
                faults.append((name, unreadable))
        if not faults:
            return
        counts = ", ".join(f"count(*) FILTER (WHERE {fault})" for _, fault in faults)
        found = self._connection.execute(f"SELECT {counts} FROM {_STAGING}").fetchall()[0]
        for (name, fault), count in zip(faults, found, strict=True):
            if count:
                value = self._connection.execute(
                    f"SELECT {places[name]} FROM {_STAGING} WHERE {fault} LIMIT 1"
                ).fetchall()[0][0]
                if value is None:
                    raise RecordError(
                        self.stream_name, name, "is part of the key and must not be null"
                    )
                problem = f"{quoted_value(value)} is not {EXPECTED[self.columns[name]]}"
                raise RecordError(self.stream_name, name, problem)

    def _keep_latest(self, key: Sequence[str]) -> int:
        removed = self._connection.execute(
            f"DELETE FROM {_STAGING} WHERE rowid NOT IN"
            f" (SELECT max(rowid) FROM {_STAGING} AS staged GROUP BY {', '.join(key)})"
        ).fetchall()
        return int(removed[0][0])


def _quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'
