"""Column types: which one a JSON schema asks for, how they widen, and what they accept."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from target_duckdb.errors import TargetDuckDBError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The names are spelt as DuckDB's catalog spells them, so that they can be compared with it.
BIGINT = "BIGINT"
DOUBLE = "DOUBLE"
BOOLEAN = "BOOLEAN"
VARCHAR = "VARCHAR"
TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"
DATE = "DATE"
TIME = "TIME"
JSON = "JSON"

EXPECTED = {
    BIGINT: "a whole number of 64 bits",
    DOUBLE: "a number that a 64-bit float can hold",
    BOOLEAN: "true or false",
    VARCHAR: "text",
    TIMESTAMPTZ: "a date and time such as 2024-01-31T10:20:30Z",
    DATE: "a date such as 2024-01-31",
    TIME: "a time of day such as 10:20:30, in UTC if it names an offset",
    JSON: "JSON",
}
"""Every column type of this target, and in words what a value of it is."""

_SIMPLE_TYPES = {"integer": BIGINT, "number": DOUBLE, "boolean": BOOLEAN}
_TEXT_FORMATS = {"date-time": TIMESTAMPTZ, "date": DATE, "time": TIME}
_TEXTS = {VARCHAR, TIMESTAMPTZ, DATE, TIME}

# DuckDB's own casts drop what a type has no room for (the time of day in a DATE, the offset in a
# TIME) and know words such as "epoch"; a value must have this shape before it is cast.
_TEXT_SHAPES = {
    TIMESTAMPTZ: r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?",
    DATE: r"\d{4}-\d{2}-\d{2}",
    TIME: r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]00(:?00)?)?",
}


def column_type(schema: object) -> str:
    """Choose the column type for a property.

    Args:
        schema: The property's JSON schema.

    Returns:
        The one type that holds every value the schema allows as it is: JSON where the schema
        mixes kinds of values, or names none.
    """
    types = list(_types_allowed(schema))
    return reduce(_common_type, types) if types else JSON


def widened_type(column: str, incoming: str) -> str:
    """Choose the type of an existing column for which a new type is announced.

    Args:
        column: The type the column has.
        incoming: The type that the schema now asks for.

    Returns:
        A type that holds the old values and the new ones; `column` itself where it is wide enough.
    """
    if incoming == VARCHAR and column != JSON:
        return VARCHAR
    return _common_type(column, incoming)


def as_type(column: str, old: str, new: str) -> str:
    """Write the SQL that turns a stored value into its equal of a wider type.

    Args:
        column: SQL of the column.
        old: The type the column has.
        new: The type it is to have, one that `widened_type` returned.

    Returns:
        An SQL expression; the session's time zone must be UTC.
    """
    if old == TIMESTAMPTZ:
        column = f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    elif old in _TEXTS:
        column = f"CAST({column} AS VARCHAR)"
    return f"to_json({column})" if new == JSON else f"CAST({column} AS {new})"


def staged_type(column: str) -> str:
    """Name the type as which a batch file's values are read, before they are checked.

    Args:
        column: The type of the column they are meant for.

    Returns:
        VARCHAR for everything that is text in the batch file, else `column`.
    """
    return column if column in _SIMPLE_TYPES.values() else VARCHAR


def is_unreadable(staged: str, column: str) -> str | None:
    """Write the SQL that finds text which is no value of a column's type.

    Args:
        staged: SQL of the staged column.
        column: The type of the column it is meant for.

    Returns:
        An SQL condition, or None if every staged value is fine.
    """
    if column not in _TEXT_SHAPES:
        return None
    return (
        f"({staged} IS NOT NULL AND (NOT regexp_full_match({staged}, '{_TEXT_SHAPES[column]}')"
        f" OR TRY_CAST({staged} AS {column}) IS NULL))"
    )


def case_folded(name: str) -> str:
    """Fold a name as DuckDB does when it compares identifiers.

    Args:
        name: The name of a table or column.

    Returns:
        The name with ASCII letters, and no others, in lower case.
    """
    return name.encode().lower().decode()


def refuse_twins(stream_name: str, names: Iterable[str]) -> None:
    """Refuse names of columns that differ by case only.

    Args:
        stream_name: The stream, for the message.
        names: Names of properties and of the table's columns; equal ones are no twins.

    Raises:
        TargetDuckDBError: If DuckDB would take two different names for the same column.
    """
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(case_folded(name), name)
        if twin != name:
            raise TargetDuckDBError(
                f"Stream '{stream_name}': the columns '{twin}' and '{name}' differ by case only, "
                "which DuckDB cannot tell apart; rename or leave out one of them"
            )


def _types_allowed(schema: object) -> Iterator[str]:
    """Yield the column type of each kind of value that a schema allows, null excepted."""
    if not isinstance(schema, dict):
        yield JSON
    elif "type" in schema:
        yield from _types_named(schema)
    elif options := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        for option in options:
            yield from _types_allowed(option)
    else:
        yield JSON


def _types_named(schema: dict[str, Any]) -> Iterator[str]:
    kinds = schema["type"]
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind == "string":
            yield _TEXT_FORMATS.get(schema.get("format", ""), VARCHAR)
        elif kind != "null":
            yield _SIMPLE_TYPES.get(kind, JSON)


def _common_type(first: str, second: str) -> str:
    if first == second:
        return first
    if {first, second} == {BIGINT, DOUBLE}:
        return DOUBLE
    if {first, second} <= _TEXTS:
        return VARCHAR
    return JSON
