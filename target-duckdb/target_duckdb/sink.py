"""The sink of a stream: collects its records, and loads them batch by batch."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MissingKeyPropertiesError
from singer_sdk.sinks import BatchSink

from target_duckdb.columns import BIGINT, column_type
from target_duckdb.errors import TargetDuckDBError
from target_duckdb.rows import RecordValidator, RowConverter, RowFile
from target_duckdb.table import VERSION_COLUMN

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_duckdb.target import TargetDuckDB

MOST_BYTES = 64 << 20
"""Of a batch's rows; DuckDB takes several times as much memory to load them."""


class DuckDBSink(BatchSink):
    """Loads the records that a stream sends under one schema.

    Attributes:
        columns: Types of the columns that its records have values for, by name.
    """

    def __init__(
        self,
        target: TargetDuckDB,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._table = target.table(stream_name)
        self.columns: dict[str, str] = {}
        # Not in setup(): the SDK would log a second, empty-handed line about an error in there.
        self._refuse_bad_schema()
        self._add_columns({name: column_type(kind) for name, kind in self._properties.items()})

    @override
    def get_validator(self) -> RecordValidator | None:
        """Return the validator of records, or None if the user wants none."""
        return RecordValidator(self.stream_name, self.schema) if self.validate_schema else None

    @override
    def start_batch(self, context: dict[str, Any]) -> None:
        """Open a file for the rows of a new batch.

        Args:
            context: The batch's context; gets the file as `rows`.
        """
        context["rows"] = RowFile(self._target.folder)
        self._target.batch_started(self.stream_name)

    @property
    @override
    def is_full(self) -> bool:
        """Whether the batch has all the records that it may have, or all the bytes."""
        rows = (self._pending_batch or {}).get("rows")
        return super().is_full or (rows is not None and rows.size >= MOST_BYTES)

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Add a record to the batch.

        Args:
            record: Values by property name; may be changed.
            context: The batch's context.

        Raises:
            RecordError: If a column cannot hold its value as it is.
        """
        version = self._target.record_version
        if version is None:
            self._table.has_unversioned_rows = True
        else:
            if VERSION_COLUMN not in self.columns:
                self._add_columns({VERSION_COLUMN: BIGINT})
            record[VERSION_COLUMN] = version
        row = self._converter.convert(record)
        if len(row) < len(record):
            self._warn_of_unknown(record)
        context["rows"].append(row)

    def take(self, rows: Sequence[object], longest_row: int) -> None:
        """Add rows that need no conversion to the batch.

        Args:
            rows: Objects whose attributes are the values by place.
            longest_row: Bytes, at least those of the longest one.
        """
        self._table.has_unversioned_rows = True
        context = self._get_context({})
        context["rows"].extend(rows, longest_row)
        self.tally_record_read(len(rows))
        self.record_counter_metric.increment(len(rows))

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Load a batch in one transaction.

        Args:
            context: The batch's context.

        Raises:
            RecordError: If a value does not fit its column, or a key is null.
        """
        rows: RowFile = context["rows"]
        method = self.config["load_method"]
        merged = self._table.load(
            rows,
            self._converter.places,
            required=self.key_properties,
            key=() if method == "append-only" else self.key_properties,
            empty_first=method == "overwrite" and not self._table.has_loaded,
        )
        rows.remove()
        self.tally_duplicate_merged(merged)

    @override
    def mark_drained(self) -> None:
        """Note that the batch is committed, and let the states go out that waited for it."""
        super().mark_drained()
        self._target.batch_committed(self.stream_name)

    @override
    def activate_version(self, new_version: int) -> None:
        """Remove the rows of other versions, once all records received so far are loaded.

        Args:
            new_version: The version whose rows stay.
        """
        self._target.drain_one(self)
        if self._table.has_unversioned_rows:
            self.logger.warning(
                "Stream '%s': ACTIVATE_VERSION is ignored, because records of this run came "
                "without a version and would be removed",
                self.stream_name,
            )
            return
        self._table.activate_version(new_version, hard_delete=self.config["hard_delete"])

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Check a record. Times stay text, which DuckDB reads faster than Python."""
        if self._validator is not None:
            self._validator.validate(record)
        return record

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        for name in self.key_properties:
            if name not in record:
                raise MissingKeyPropertiesError(
                    f"Stream '{self.stream_name}': a record lacks the key property '{name}'"
                )

    @property
    def places(self) -> Mapping[str, str]:
        """Names of the columns in a batch file, by their own names."""
        return self._converter.places

    @property
    def _properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.schema["properties"]
        return properties

    def _refuse_bad_schema(self) -> None:
        problem = None
        missing = [name for name in self.key_properties if name not in self._properties]
        if not self._properties:
            problem = "the schema has no properties, so there is nothing to make columns of"
        elif "" in self._properties:
            problem = "a property has an empty name, which no column can have"
        elif reference := next(_outside(self.schema), None):
            problem = f"the schema refers to {reference}, which is not within it"
        elif missing:
            problem = f"the key property '{missing[0]}' is not in the schema"
        if problem:
            raise TargetDuckDBError(f"Stream '{self.stream_name}': {problem}")

    def _add_columns(self, incoming: dict[str, str]) -> None:
        self._table.prepare(incoming)
        names = [*self.columns, *incoming]
        self.columns = {name: self._table.columns[name] for name in names}
        self._converter = RowConverter(self.stream_name, self.columns)

    def _warn_of_unknown(self, record: dict[str, Any]) -> None:
        for name in record.keys() - self.columns.keys() - self._warned_missing_fields:
            self._warned_missing_fields.add(name)
            self.logger.warning(
                "Stream '%s': '%s' is not in the schema, so it is not loaded",
                self.stream_name,
                name,
            )


def _outside(schema: object) -> Iterator[str]:
    """Yield the references of a schema that lead out of it: they would be fetched."""
    if isinstance(schema, dict):
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            reference = schema.get(keyword)
            if isinstance(reference, str) and not reference.startswith("#"):
                yield reference
    inner = schema.values() if isinstance(schema, dict) else schema
    for each in inner if isinstance(inner, Iterable) and not isinstance(inner, str) else ():
        yield from _outside(each)
