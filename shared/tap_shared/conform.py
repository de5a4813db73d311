"""Making values true to the type that a schema declares.

Small vendors send numbers as text, an empty map as `[]` (PHP does), nothing as an empty text, and
instants in four styles.
A schema says what a property is; here, once for all streams, the vendor's value becomes that. A
value that can't become it stays as it came: nothing is dropped, and the loader names it.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Conform = Callable[[t.Any], t.Any]


def conformer(schema: Mapping[str, t.Any]) -> Conform | None:
    """Return the function that makes a value true to `schema`, `None` where any value is.

    Objects and arrays are changed in place. A property of two types other than null is left
    alone: both are right.
    """
    types = schema.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    types.discard("null")
    if len(types) != 1:
        return None
    (name,) = types
    if name == "object":
        return _object(schema.get("properties", {}))
    if name == "array":
        return _array(schema.get("items", {}))
    if name == "string" and schema.get("format") == "date-time":
        return date_time
    return _SCALARS.get(name)


def renamed(record: Mapping[str, t.Any], names: Mapping[str, str]) -> dict[str, t.Any]:
    """Return a record whose properties have their new names, in their old places.

    Args:
        record: a record of the vendor.
        names: old names, each with the new one; where a record has both, the new one counts.
    """
    return {
        names.get(name, name): value
        for name, value in record.items()
        if names.get(name) not in record
    }


def date_time(value: t.Any) -> t.Any:
    """Return an instant as RFC 3339 in UTC.

    Known are text with a zone, text without one (a schema calls it a date-time only where the
    vendor means UTC), unix seconds, and PHP's object of `date` and `timezone`.
    """
    if isinstance(value, dict) and value.get("timezone") in {"UTC", "+00:00", "Z"}:
        value = value.get("date")
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not isinstance(value, str) or (value[10:11] == "T" and value.endswith("Z")):
        return value
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        return f"{value.replace(' ', 'T', 1)}Z" if len(value) > len("2024-01-31") else value
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _integer(value: t.Any) -> t.Any:
    if value == "":
        return None
    digits = value.removeprefix("-") if isinstance(value, str) else ""
    return int(value) if digits.isascii() and digits.isdigit() else value


def _number(value: t.Any) -> t.Any:
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        number = Decimal(value.replace(",", ""))
    except InvalidOperation:
        return value
    return number if number.is_finite() else value


def _string(value: t.Any) -> t.Any:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return str(value) if is_number else value


def _object(properties: Mapping[str, t.Any]) -> Conform:
    found = ((name, conformer(schema)) for name, schema in properties.items())
    conformers = [(name, conform) for name, conform in found if conform]

    def conform_object(value: t.Any) -> t.Any:
        if value == []:
            return {}
        if value == "":
            return None
        if isinstance(value, dict):
            for name, conform in conformers:
                if value.get(name) is not None:
                    value[name] = conform(value[name])
        return value

    return conform_object


def _array(items: Mapping[str, t.Any]) -> Conform:
    conform = conformer(items)

    def conform_array(value: t.Any) -> t.Any:
        if value == "":
            return None
        return [conform(each) for each in value] if conform and isinstance(value, list) else value

    return conform_array


def _boolean(value: t.Any) -> t.Any:
    return None if value == "" else value


_SCALARS: dict[str, Conform] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
}
