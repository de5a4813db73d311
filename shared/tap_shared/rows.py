"""The fast path of a record: from the body of an answer to its RECORD line without a dict.

Most rows need nothing done to them: their properties are those of the schema, and each value has
its type. A decoder made for the schema finds that out while it reads, several times faster than
code that looks at one value after the other, and its objects are written as quickly. So an answer
is opened only as far as its rows, which stay bytes; each is decoded as a `TypedRow`; what a schema
can't say to the decoder (instants, numbers with a fraction, objects) is made true afterwards. A row
that does not fit, because it has an older name, an unknown property or a number as text, is decoded
as a dict and shaped as `records.py` does: both ways give the same record. A page of either goes out
in one piece, for what stands around a record in its line is the same for all of them.
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

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_elements = msgspec.json.Decoder(list[Raw]).decode

_TYPES: dict[str, t.Any] = {
    "string": str,
    "integer": Annotated[int, msgspec.Meta(ge=-BEYOND_64_BITS, le=BEYOND_64_BITS - 1)],
    "boolean": bool,
}


def decode_to_rows(content: bytes, records_at: str) -> t.Any:
    """Decode a body, except for the rows of its list of records, which stay `Raw`.

    Args:
        content: JSON.
        records_at: where the list is, as a dotted path; empty for the body itself.

    Raises:
        msgspec.DecodeError: if the content is no JSON.
    """
    first, _, rest = records_at.partition(".")
    try:
        if not first:
            return _elements(content)
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
        self._decode = msgspec.json.Decoder(row, float_hook=Decimal).decode
        self._key = attrgetter(*[self._attributes[name] for name in primary_keys])
        self._has_one_key = len(primary_keys) == 1

    def decode(
        self, content: t.Any, partition: Mapping[str, t.Any]
    ) -> tuple[Hashable, TypedRow] | None:
        """Decode a row, and return it with its key; `None` if it needs a closer look.

        Args:
            content: the `Raw` JSON of the row; anything else needs a closer look.
            partition: what the row may lack of its partition.
        """
        if not isinstance(content, Raw):
            return None
        if partition and b'"' not in bytes(content):
            return None  # it is empty: what it has of the partition would make it look like a row
        try:
            row = self._decode(content)
            for attribute, conform in self._conforms:
                value = getattr(row, attribute)
                if value is not None and value is not UNSET:
                    setattr(row, attribute, conform(value))
        except ValueError:
            return None
        for name, value in partition.items():
            attribute = self._attributes.get(name, "")
            if attribute and getattr(row, attribute) is UNSET:
                setattr(row, attribute, value)
        key = (self._key(row),) if self._has_one_key else self._key(row)
        return None if None in key or UNSET in key else (key, t.cast("TypedRow", row))


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
