"""Making values true to the type that a schema declares.

Small vendors send numbers as text, an empty map as `[]` (PHP does), nothing as an empty text, and
instants in four styles.
A schema says what a property is; here, once for all streams, the vendor's value becomes that. For
a value that can't become it, a `ValueError` is raised: a column has no room for it.
"""

from __future__ import annotations

import sys
import typing as t
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Conform = Callable[[t.Any], t.Any]

BEYOND_64_BITS = 1 << 63
LARGEST_FLOAT = Decimal(sys.float_info.max)
LATEST = 253402300799
"""Unix seconds at the end of the year 9999."""


def conformer(schema: Mapping[str, t.Any]) -> Conform | None:
    """Return the function that makes a value true to `schema`, `None` where any value is.

    It takes any value but `None`, and raises `ValueError` for one that can't become true. Objects
    are changed in place. Of a property of two types other than null, each is left as it is.
    """
    types = schema.get("type", [])
    names = [each for each in ([types] if isinstance(types, str) else types) if each != "null"]
    if len(names) != 1:
        return _one_of(names) if names else None
    name = str(names[0])
    if name == "object":
        return _object(schema.get("properties", {}))
    if name == "array":
        return _array(schema.get("items", {}))
    if name == "string":
        text: Conform = _FORMATS.get(schema.get("format", ""), _string)
        return text
    return _SCALARS[name]


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


def date_time(value: object) -> str | None:
    """Return an instant as RFC 3339 in UTC.

    Known are text with a zone, text without one (a schema calls it a date-time only where the
    vendor means UTC), unix seconds, and PHP's object of `date` and `timezone`.
    """
    if isinstance(value, str) and value[10:11] == "T" and value.endswith("Z"):  # nearly all are
        datetime.fromisoformat(value[:-1])
        return value
    if isinstance(value, dict) and value.get("timezone") in {"UTC", "+00:00", "Z"}:
        value = value.get("date")
    if type(value) is int and 0 <= value <= LATEST:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not isinstance(value, str):
        raise _misfit(value)
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        return f"{value.replace(' ', 'T', 1)}Z" if len(value) > len("2024-01-31") else value
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:  # in UTC it is before the year 1, or after 9999
        raise _misfit(value) from None


def _date(value: object) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or len(value) != len("2024-01-31"):
        raise _misfit(value)
    date.fromisoformat(value)
    return value


def _misfit(value: object) -> ValueError:
    return ValueError(f"no room for a value of the type {type(value).__name__}")


def _integer(value: t.Any) -> int | None:
    if value == "":
        return None
    if isinstance(value, str):
        digits = value.removeprefix("-")
        whole = int(value) if digits.isascii() and digits.isdigit() else None
    elif isinstance(value, Decimal):
        whole = int(value) if abs(value) < BEYOND_64_BITS and value == int(value) else None
    else:
        whole = value
    if type(whole) is int and -BEYOND_64_BITS <= whole < BEYOND_64_BITS:
        return whole
    raise _misfit(value)


def _number(value: object) -> int | float | Decimal | None:
    number = value
    if isinstance(value, str):
        if not value:
            return None
        try:
            number = Decimal(value.replace(",", ""))
        except InvalidOperation:
            raise _misfit(value) from None
    # What a 64-bit float holds: no loader takes more everywhere.
    if isinstance(number, Decimal):
        if number.is_finite() and abs(number) <= LARGEST_FLOAT:
            return number
    elif type(number) is float or (
        type(number) is int and abs(number) <= LARGEST_FLOAT and int(float(number)) == number
    ):
        return number
    raise _misfit(value)


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return str(value)
    raise _misfit(value)


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if value == "":
        return None
    raise _misfit(value)


def _one_of(names: Iterable[str]) -> Conform:
    types = {each for name in names for each in _PYTHON_TYPES[name]}

    def conform_one_of(value: object) -> t.Any:
        if type(value) not in types:
            raise _misfit(value)
        return value

    return conform_one_of


def _object(properties: Mapping[str, t.Any]) -> Conform:
    found = ((name, conformer(schema)) for name, schema in properties.items())
    conformers = [(name, conform) for name, conform in found if conform]

    def conform_object(value: object) -> t.Any:
        if value == []:
            return {}
        if value == "":
            return None
        if isinstance(value, dict):
            for name, conform in conformers:
                if value.get(name) is not None:
                    value[name] = conform(value[name])
            return value
        raise _misfit(value)

    return conform_object


def _array(items: Mapping[str, t.Any]) -> Conform:
    conform = conformer(items)

    def conform_array(value: object) -> t.Any:
        if value == "":
            return None
        if not isinstance(value, list):
            raise _misfit(value)
        return [each if each is None else conform(each) for each in value] if conform else value

    return conform_array


_SCALARS: dict[str, Conform] = {"boolean": _boolean, "integer": _integer, "number": _number}
_FORMATS: dict[str, Conform] = {"date-time": date_time, "date": _date}
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float, Decimal),
    "object": (dict,),
    "string": (str,),
}
