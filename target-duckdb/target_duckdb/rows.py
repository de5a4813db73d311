"""Rows: records made fit for their columns, and the file that collects them for DuckDB."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, cast

import msgspec
from singer_sdk.sinks.core import JSONSchemaValidator

from target_duckdb.columns import BIGINT, BOOLEAN, DOUBLE, EXPECTED, JSON
from target_duckdb.errors import RecordError, one_line, quoted_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

encoder = msgspec.json.Encoder(decimal_format="number")
"""Writes decimals with the digits they were received with."""

_BUFFER_BYTES = 1 << 20
_LARGEST_DOUBLE = 1.7976931348623157e308
_LARGEST_EXACT = 1 << 53  # whole numbers up to here are all exact in a float; beyond, only some are

# DuckDB's JSON reader rounds 2.5 for a BIGINT, takes "5" for 5 and 5 for "5", true for 1, and
# 1e400 for infinity, all in silence. So the kinds of values are checked here, in one C call.
KINDS: dict[str, Any] = {
    BIGINT: Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)],
    DOUBLE: Annotated[int, msgspec.Meta(ge=-_LARGEST_EXACT, le=_LARGEST_EXACT)]
    | Annotated[float, msgspec.Meta(ge=-_LARGEST_DOUBLE, le=_LARGEST_DOUBLE)],
    BOOLEAN: bool,
    JSON: Any,
}
"""The Python type of a column's values in a batch file; text, where a column is not named here."""


class RowConverter:
    """Turns the records of a stream into rows of its table.

    A row holds the record's values for the known columns only. Values of a JSON column are kept
    as text, because DuckDB's reader would round the numbers in them to 64-bit floats.

    Attributes:
        places: Names in the rows by column name. They are plain (c0, c1, ...), because
            msgspec.convert overlooks keys such as 日本, and DuckDB has names of its own (rowid).
    """

    def __init__(self, stream_name: str, columns: Mapping[str, str]) -> None:
        self.places = {name: f"c{index}" for index, name in enumerate(columns)}
        self._stream_name = stream_name
        self._columns = columns
        self._json_places = [self.places[name] for name, kind in columns.items() if kind == JSON]
        kinds = {self.places[name]: _kind(column) for name, column in columns.items()}
        # The call is known to type checkers only with literal names.
        self._row_type: Any = cast("Any", TypedDict)("Row", kinds, total=False)

    def convert(self, record: dict[str, Any]) -> dict[str, Any]:
        """Make a row of a record.

        Args:
            record: Values by property name.

        Returns:
            A new dictionary, values by place.

        Raises:
            RecordError: If a column cannot hold its value as it is.
        """
        places = self.places
        row = {places[name]: value for name, value in record.items() if name in places}
        try:
            row = msgspec.convert(row, self._row_type)
        except msgspec.ValidationError:
            row = {
                place: self._fit(name, record[name])
                for name, place in places.items()
                if name in record
            }
        for place in self._json_places:
            if row.get(place) is not None:
                row[place] = encoder.encode(row[place]).decode()
        return row

    def _fit(self, name: str, value: object) -> object:
        """Convert one value, now that the quick way has found fault with one of the record's."""
        column = self._columns[name]
        try:
            return msgspec.convert(value, _kind(column))
        except msgspec.ValidationError:
            if column == DOUBLE and type(value) is int and _is_exact(value):
                return float(value)
            problem = f"{quoted_value(value)} is not {EXPECTED[column]}"
            raise RecordError(self._stream_name, name, problem) from None


class RowFile:
    """A batch's rows as newline-delimited JSON, on disk but for the latest mebibyte.

    The file is open only while it is written to, so that a run that fails leaves no handle behind.

    Attributes:
        path: The file.
        size: Bytes of all rows.
        longest_row: Bytes of the longest row, or more.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{uuid.uuid4()}.json"
        self.longest_row = 0
        self.size = 0
        self._buffer = bytearray()

    def append(self, row: dict[str, Any]) -> None:
        """Add a row.

        Args:
            row: Values by place.
        """
        start = len(self._buffer)
        encoder.encode_into(row, self._buffer, start)
        self._buffer += b"\n"
        written = len(self._buffer) - start
        self.size += written
        self.longest_row = max(self.longest_row, written)
        if len(self._buffer) > _BUFFER_BYTES:
            self.flush()

    def extend(self, rows: Sequence[object], longest_row: int) -> None:
        """Add rows.

        Args:
            rows: Objects whose attributes are the values by place.
            longest_row: Bytes, at least those of the longest one.
        """
        lines = encoder.encode_lines(rows)
        self._buffer += lines
        self.size += len(lines)
        self.longest_row = max(self.longest_row, longest_row)
        if len(self._buffer) > _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write out what is still in memory."""
        with self.path.open("ab") as file:
            file.write(self._buffer)
        self._buffer.clear()

    def remove(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


class RecordValidator(JSONSchemaValidator):
    """Checks records against their schema, with errors that name stream and column."""

    def __init__(self, stream_name: str, schema: dict[str, Any]) -> None:
        super().__init__(schema)
        self._stream_name = stream_name

    def validate(self, record: dict[str, Any]) -> None:
        """Check a record.

        Args:
            record: Values by property name.

        Raises:
            RecordError: If the record breaks its schema. (Not the SDK's InvalidRecord: the sink
                would log it with a traceback before raising it.)
        """
        for error in self.validator.iter_errors(record):
            place = ".".join(str(step) for step in error.absolute_path) or "(the whole record)"
            raise RecordError(self._stream_name, place, one_line(error.message, 200))


def _kind(column: str) -> Any:
    """Return the Python type of a column's values or null, as they stand in a row file."""
    return KINDS.get(column, str) | None


def _is_exact(value: int) -> bool:
    """Tell whether a whole number stays the same as a 64-bit float."""
    try:
        return float(value) == value
    except OverflowError:
        return False
