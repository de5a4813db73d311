"""The fast path of records: from the body of an answer to RECORD lines without a dict.

Most rows need nothing done to them: their properties are those of the schema, and each value has
its type. A decoder made for the schema finds that out while it reads, several times faster than
code that looks at one value after the other, and its objects are written as quickly. So an answer
is opened only as far as its rows, which stay bytes and are decoded together as `TypedRow`s; what a
schema can't say to the decoder (instants, numbers with a fraction, objects) is made true then.
Where one row does not fit, each is tried by itself; and the one that has an older name, an unknown
property or a number as text is decoded as a dict and shaped as `records.py` does. All ways give the
same record. A page goes out in one piece, for what stands around a record in its line is the same
for all of them.
"""

from __future__ import annotations

import typing as t
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, Raw, UnsetType
from singer_sdk.mapper import SameRecordTransform

from tap_shared.conform import BEYOND_64_BITS, conformer
from tap_shared.schemas import UNMAPPED

if t.TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from singer_sdk import Stream

decode = msgspec.json.Decoder(float_hook=Decimal).decode
"""Decodes JSON; numbers with a fraction come as `Decimal`."""

elements = msgspec.json.Decoder(list[Raw]).decode
"""Decodes JSON to a list of the bytes of its elements."""

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_whole = msgspec.json.Decoder(Raw).decode

_TYPES: dict[str, t.Any] = {
    "string": str,
    "integer": Annotated[int, msgspec.Meta(ge=-BEYOND_64_BITS, le=BEYOND_64_BITS - 1)],
    "boolean": bool,
}


def decode_to_rows(content: bytes, records_at: str) -> t.Any:
    """Decode a body, except for its list of records, which stays `Raw`.

    Args:
        content: JSON.
        records_at: where the list is, as a dotted path; empty for the body itself.

    Raises:
        msgspec.DecodeError: if the content is no JSON.
    """
    first, _, rest = records_at.partition(".")
    if not first:
        return _whole(content) if bytes(memoryview(content)[:1]) == b"[" else decode(content)
    try:
        members = _members(content)
    except msgspec.ValidationError:
        return decode(content)  # it has another form, perhaps that of an error
    return {
        name: decode_to_rows(member, rest) if name == first else decode(member)
        for name, member in members.items()
    }


class TypedRow(msgspec.Struct, gc=False):
    """A row of a stream; each of its properties is an attribute."""

    attributes: ClassVar[dict[str, str]]  # msgspec knows it by this spelling alone

    def get(self, name: str) -> t.Any:
        """Return the value of a property, `None` where there is none."""
        value = getattr(self, self.attributes.get(name, ""), None)
        return None if value is UNSET else value


class RowDecoder:
    """Decodes the rows of one stream.

    Args:
        schema: the stream's schema.
        primary_keys: the properties that tell its records apart.
        conversions: functions for single properties, before the schema's type counts.
    """

    def __init__(
        self,
        schema: Mapping[str, t.Any],
        primary_keys: Sequence[str],
        conversions: Mapping[str, Callable[[t.Any], t.Any]],
    ) -> None:
        # Not every name of a property is one of Python's.
        properties = {name: each for name, each in schema["properties"].items() if name != UNMAPPED}
        self._attributes = {name: f"p{n}" for n, name in enumerate(properties)}
        fields = []
        self._conforms: list[tuple[str, Callable[[t.Any], t.Any]]] = []
        for name, declared in properties.items():
            attribute = self._attributes[name]
            kind = t.Any if name in conversions else _type(declared)
            fields.append((attribute, kind | None | UnsetType, UNSET))
            if name in conversions:
                self._conforms.append((attribute, conversions[name]))
            conform = conformer(declared)
            if conform and (kind is t.Any or "format" in declared):
                self._conforms.append((attribute, conform))
        row = msgspec.defstruct(
            "Row",
            fields,
            bases=(TypedRow,),
            namespace={"attributes": self._attributes},
            rename={attribute: name for name, attribute in self._attributes.items()},
            forbid_unknown_fields=True,
            gc=False,
        )
        self._decode = msgspec.json.Decoder(list[row], float_hook=Decimal).decode  # type: ignore[valid-type] # known at run time only
        self._empty = row()
        self._key = attrgetter(*[self._attributes[name] for name in primary_keys])
        self._has_one_key = len(primary_keys) == 1

    def decode(
        self, content: bytes, partition: Mapping[str, t.Any]
    ) -> Sequence[tuple[Hashable, TypedRow]] | None:
        """Decode a list of rows, and return each with its key; `None` if one needs a closer look.

        Args:
            content: JSON.
            partition: what a row may lack of its partition.
        """
        try:
            rows: list[TypedRow] = self._decode(content)
            for attribute, conform in self._conforms:
                for row in rows:
                    value = getattr(row, attribute)
                    if value is not None and value is not UNSET:
                        setattr(row, attribute, conform(value))
        except ValueError:
            return None
        if partition and self._empty in rows:
            return None  # what it has of the partition would make it look like a row
        for name, value in partition.items():
            attribute = self._attributes.get(name, "")
            for row in rows if attribute else ():
                if getattr(row, attribute) is UNSET:
                    setattr(row, attribute, value)
        keys = list(map(self._key, rows))
        parts = keys if self._has_one_key else [part for key in keys for part in key]
        return None if None in parts or UNSET in parts else list(zip(keys, rows, strict=True))


def _type(declared: Mapping[str, t.Any]) -> t.Any:
    """Return the type that the decoder can check, `Any` where it can't."""
    names = declared.get("type", [])
    names = {names} if isinstance(names, str) else set(names)
    names.discard("null")
    return _TYPES.get(names.pop(), t.Any) if len(names) == 1 else t.Any


def are_written_as_they_are(stream: Stream) -> bool:
    """Return whether a stream's records become messages without the SDK's help.

    They do unless something is deselected, mapped, flattened or counted.
    """
    mapped = stream.stream_maps
    return (
        all(stream.mask.values())
        and all(type(each) is SameRecordTransform for each in mapped)
        and len(mapped) == 1
        and not mapped[0].flattening_enabled
        and stream.ABORT_AT_RECORD_COUNT is None
    )
