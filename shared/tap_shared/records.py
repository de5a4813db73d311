"""Records: a vendor's rows made true to type, complete and keyed."""

from __future__ import annotations

import typing as t

from tap_shared.conform import conformer, renamed
from tap_shared.errors import StreamError
from tap_shared.schemas import UNMAPPED

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from tap_shared.report import Report
    from tap_shared.walks import Record


class RecordShaper:
    """Shapes the rows of one stream; what its schema asks for is worked out once.

    Args:
        stream: the stream's name.
        schema: its schema.
        primary_keys: the properties that tell its records apart.
        old_names: earlier names of properties, each with the present one.
        left_out: what is no property of a record, though the vendor adds it.
        conversions: functions for single properties, before the schema's type counts.
        keep_unmapped: whether `_unmapped` keeps what the schema does not name.
        hidden: properties of which no value may get into `_unmapped`.
        report: where that is told.
    """

    def __init__(
        self,
        stream: str,
        schema: Mapping[str, t.Any],
        primary_keys: Sequence[str],
        *,
        old_names: Mapping[str, str],
        left_out: Sequence[str],
        conversions: Mapping[str, Callable[[t.Any], t.Any]],
        keep_unmapped: bool,
        hidden: Collection[str],
        report: Report,
    ) -> None:
        self._stream = stream
        properties = {**schema["properties"]}
        properties.pop(UNMAPPED, None)
        self._names = properties.keys()
        self._primary_keys = primary_keys
        self._old_names = old_names
        self._left_out = left_out
        self._conversions = conversions
        self._keep_unmapped = keep_unmapped
        self._hidden = hidden
        self._report = report
        # A schema that is open says itself that the vendor's documents are not complete.
        self._is_open = bool(schema.get("additionalProperties"))
        found = ((name, conformer(each)) for name, each in properties.items())
        self._conformers = [(name, conform) for name, conform in found if conform]

    def shape(self, record: Record, partition: Mapping[str, t.Any]) -> tuple[Hashable, Record]:
        """Shape a record, perhaps in place, and return it with its key.

        Args:
            record: a record as the vendor sends it.
            partition: what the record may lack of its partition.

        Raises:
            StreamError: if the record lacks its key, or has nothing of its own: with a key that
                comes from the partition it would replace a good row by nulls.
        """
        record = self._renamed(record)
        if self._names.isdisjoint(record):
            raise StreamError(f"{self._stream}: a record has no property that the schema names")
        misfits = self._conform(record)
        for name, value in partition.items():
            if name in self._names:
                record.setdefault(name, value)
        if misfits or not record.keys() <= self._names:
            self._set_apart(record, misfits)
        key = [record.get(name) for name in self._primary_keys]
        if None in key:
            names = ", ".join(self._primary_keys)
            raise StreamError(f"{self._stream}: a record lacks its key ({names})")
        return key[0] if len(key) == 1 else tuple(key), record

    def _renamed(self, record: Record) -> Record:
        if not self._old_names.keys().isdisjoint(record):
            record = renamed(record, self._old_names)
        for name in self._left_out:
            record.pop(name, None)
        for name, convert in self._conversions.items():
            if record.get(name) is not None:
                record[name] = convert(record[name])
        return record

    def _conform(self, record: Record) -> Record:
        """Make a record true to type; take out, and return, what its schema has no room for."""
        misfits: Record = {}
        for name, conform in self._conformers:
            value = record.get(name)
            if value is None:
                continue
            try:
                record[name] = conform(value)
            except ValueError as error:
                if name in self._primary_keys:
                    kind = type(value).__name__  # the value itself may be an address
                    line = f"{self._stream}: a {kind} is no value of the key `{name}` by its schema"
                    raise StreamError(line) from error
                misfits[name] = value
                record[name] = None
        if misfits:
            self._report.misfits(self._stream, misfits)
        return misfits

    def _set_apart(self, record: Record, misfits: Record) -> None:
        names = sorted(record.keys() - self._names)
        unmapped = {name: record.pop(name) for name in names}
        misfits = {name: value for name, value in misfits.items() if name not in self._hidden}
        if self._keep_unmapped or misfits:
            record[UNMAPPED] = {**(unmapped if self._keep_unmapped else {}), **misfits}
        if not self._is_open:
            self._report.unmapped(self._stream, names)
