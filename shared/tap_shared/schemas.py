"""Schemas: one JSON file a stream, completed with what is the same for all."""

from __future__ import annotations

import inspect
import typing as t

from singer_sdk import SchemaDirectory, StreamSchema
from typing_extensions import override

if t.TYPE_CHECKING:
    from types import ModuleType

    from singer_sdk.schema.source import Schema
    from singer_sdk.streams.core import Stream

UNMAPPED = "_unmapped"
"""The property that keeps what the vendor sends and no schema names."""

UNMAPPED_SCHEMA = {
    "type": ["object", "null"],
    "description": "What the vendor sent and this schema has no room for, by name.",
    "additionalProperties": True,
}


class FileSchema(StreamSchema):
    """The schema of the file that is named as the stream, in a tap's folder of schemas.

    The stream's docstring becomes the schema's description, so that what a record is and what a
    read costs reaches the user through the catalog; and each schema gets the property `_unmapped`.
    """

    def __init__(self, folder: ModuleType) -> None:
        super().__init__(SchemaDirectory(folder))
        self._schemas: dict[str, Schema] = {}

    @override
    def get_stream_schema(self, stream: Stream, stream_class: type[Stream]) -> Schema:
        if stream.name not in self._schemas:
            schema = super().get_stream_schema(stream, stream_class)
            self._schemas[stream.name] = {
                **schema,
                "description": inspect.cleandoc(stream_class.__doc__ or ""),
                "properties": {**schema["properties"], UNMAPPED: UNMAPPED_SCHEMA},
            }
        return self._schemas[stream.name]
