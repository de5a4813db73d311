"""The Python types of the values that a JSON schema allows, for msgspec to check in one call."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

SAYS_NOTHING = {"type", "format", "title", "description", "default", "examples"}
"""Keywords that demand nothing, beside the type."""

_OF_OBJECTS = {"properties", "required", "additionalProperties"}
_SIMPLE: dict[str, Any] = {
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "string": str,
    "null": type(None),
}


class UnknownTypeError(Exception):
    """A schema asks for something that no type says."""


def type_of(schema: object) -> Any:
    """Return a type that takes no value which the schema refuses; it may refuse a few more.

    Args:
        schema: A JSON schema.

    Raises:
        UnknownTypeError: If there is no such type.
    """
    if schema is True or schema == {}:
        return Any
    if not isinstance(schema, dict) or not schema.keys() <= SAYS_NOTHING | _OF_OBJECTS | {"items"}:
        raise UnknownTypeError
    names = schema.get("type", [])
    kinds = [_named(name, schema) for name in ([names] if isinstance(names, str) else names)]
    if not kinds:
        raise UnknownTypeError
    return reduce(or_, kinds)


def is_plain(name: str) -> bool:
    """Return whether a name of a property can be one of a struct's; msgspec checks no others."""
    return name.isprintable() and not set(name) & {'"', "\\"}


def _named(name: object, schema: dict[str, Any]) -> Any:
    if name == "object":
        return _object(schema)
    if name == "array":
        return list[type_of(schema.get("items", True))]  # type: ignore[misc] # known at run time
    if name in _SIMPLE:
        return _SIMPLE[str(name)]
    raise UnknownTypeError


def _object(schema: dict[str, Any]) -> Any:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    required = set(schema.get("required", ()))
    if not properties and not required:
        return dict[str, type_of(others)]  # type: ignore[misc] # known at run time
    if not isinstance(others, bool) or required - set(properties):
        raise UnknownTypeError
    if not all(map(is_plain, properties)):
        raise UnknownTypeError
    members: list[Any] = []
    for place, (name, declared) in enumerate(properties.items()):
        kind = type_of(declared)
        member = f"p{place}"
        members.append((member, kind) if name in required else (member, kind | UnsetType, UNSET))
    return msgspec.defstruct(
        "Object",
        members,
        rename={f"p{place}": name for place, name in enumerate(properties)},
        forbid_unknown_fields=not others,
        kw_only=True,
        gc=False,
    )
