"""The fast path of records: from their lines to the batch file without a dict.

A decoder made for the stream's schema and columns reads many lines at once, checks them, and takes
the values it needs, several times faster than the SDK's way of a record: decode, copy, map,
validate, convert, encode. It takes only lines about which there is no doubt: RECORD messages of the
stream that the line before was of, without a version, in which every value is of the kind that its
schema asks for and its column holds, however deep it lies. For any others `take` says no, and each
goes the long way, where all errors are raised and all warnings given. Rows taken are counted and
written some at a time, and before anything else happens: `settle`.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from singer_sdk.mapper import SameRecordTransform

from target_duckdb.columns import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    JSON,
    TIME,
    TIMESTAMPTZ,
    VARCHAR,
)
from target_duckdb.inside import SAYS_NOTHING, UnknownTypeError, is_plain, type_of
from target_duckdb.rows import KINDS, encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_duckdb.sink import DuckDBSink
    from target_duckdb.target import TargetDuckDB

ROWS_AT_ONCE = 256

_TEXTS = {VARCHAR, TIMESTAMPTZ, DATE, TIME}
_COLUMNS = {"integer": {BIGINT}, "number": {DOUBLE}, "boolean": {BOOLEAN}, "string": _TEXTS}


def quick_rows(target: TargetDuckDB, sink: DuckDBSink) -> QuickRows | None:
    """Return the fast path of a sink, or None if each of its records needs the long way."""
    maps = target.mapper.stream_maps[sink.stream_name]
    keywords = {"type", "properties", "required", "title", "description", "additionalProperties"}
    if (
        [type(each) for each in maps] != [SameRecordTransform]
        or maps[0].flattening_enabled
        or sink.include_sdc_metadata_properties
        or any(name.startswith("_sdc_") for name in sink.schema["properties"])
        or not sink.schema.keys() <= keywords
        or not all(map(is_plain, sink.places))
    ):
        return None
    return QuickRows(target, sink)


class QuickRows:
    """Takes the lines of one stream's plain records.

    Args:
        target: The target.
        sink: The stream's sink.
    """

    def __init__(self, target: TargetDuckDB, sink: DuckDBSink) -> None:
        self._target = target
        self._sink = sink
        places = sink.places
        required = {*sink.schema.get("required", ()), *sink.key_properties}
        received: list[Any] = []
        self._documents: list[tuple[str, Any]] = []
        for name, declared in sink.schema["properties"].items():
            place = places[name]
            kind = _kind(declared, sink.columns[name])
            if sink.columns[name] == JSON and kind is not UnsetType:
                self._documents.append((place, kind))
                kind = Any
            received.append((place, kind) if name in required else (place, kind | UnsetType, UNSET))
        record = msgspec.defstruct(
            "Record",
            received,
            rename={place: name for name, place in places.items()},
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        message = msgspec.defstruct(
            "Message",
            [
                ("type", Literal["RECORD"]),
                ("stream", Literal[sink.stream_name]),
                ("record", record),
                ("version", UnsetType, UNSET),
            ],
            kw_only=True,
            gc=False,
        )
        # The batch file's names are the places, which are the attributes of both.
        row = msgspec.defstruct(
            "Row", [(place, Any, UNSET) for place, *_ in received], kw_only=True, gc=False
        )
        decoder = msgspec.json.Decoder(message, float_hook=Decimal)
        self._decode: Callable[[bytes], list[Any]] = decoder.decode_lines
        self._rows: Any = list[row]  # type: ignore[valid-type] # known at run time only
        self._longer = len(received) * len('"c1000":,')
        self._pending: list[Any] = []
        self._longest = 0

    def take(self, lines: bytes) -> int:
        """Take lines if all of them are plain records of the stream.

        Args:
            lines: Messages.

        Returns:
            How many there are, 0 if they need the long way.
        """
        try:
            records = [message.record for message in self._decode(lines)]
            for place, kind in self._documents:
                for record in records:
                    document = getattr(record, place)
                    if document is not UNSET:
                        msgspec.convert(document, kind)
                        if document is not None:  # a column holds a document as text, as it came
                            setattr(record, place, encoder.encode(document).decode())
        except (ValueError, RecursionError):
            return 0
        # The decoder takes line breaks for mere space, but two objects have nothing else between.
        are_lines = lines.startswith(b"{") and lines.endswith(b"}\n")
        if not are_lines or lines.count(b"}\n{") != len(records) - 1:
            return 0
        self._pending += records
        # In the batch file each quote and backslash of a document has one more before it.
        self._longest = max(self._longest, 2 * len(lines))
        if len(self._pending) >= min(ROWS_AT_ONCE, self._room):
            self.settle()
        return len(records)

    def settle(self) -> None:
        """Write what has been taken to the batch file, and load the batch when it is full."""
        while self._pending:
            taken, self._pending = self._pending[: self._room], self._pending[self._room :]
            rows = msgspec.convert(taken, self._rows, from_attributes=True)
            self._sink.take(rows, self._longest + self._longer)
            self._target.drain_if_due(self._sink)

    @property
    def _room(self) -> int:
        """The rows that the batch still has room for."""
        return self._sink.max_size - self._sink.current_size


def _kind(declared: Mapping[str, Any], column: str) -> Any:
    """Return the type of the values about which there is no doubt: null alone, if need be."""
    names = declared.get("type", [])
    names = {names} if isinstance(names, str) else set(names)
    nullable = "null" in names
    names.discard("null")
    name = names.pop() if len(names) == 1 else ""
    if column == JSON:
        with suppress(UnknownTypeError):
            return type_of(declared)
    elif column in _COLUMNS.get(name, ()) and declared.keys() <= SAYS_NOTHING:
        kind = KINDS.get(column, str)
        return kind | None if nullable else kind
    return None if nullable else UnsetType
