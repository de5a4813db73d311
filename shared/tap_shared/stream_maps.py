"""Stream maps: checked before the first request, and explained when an expression fails."""

from __future__ import annotations

import ast
import difflib
import fnmatch
import typing as t

from singer_sdk.mapper import CustomStreamMap, SameRecordTransform
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from tap_shared.bookmarks import shown
from tap_shared.errors import SettingsError, WholeStreamError
from tap_shared.schemas import UNMAPPED

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from singer_sdk import Stream
    from singer_sdk.mapper import StreamMap

    Maps = Mapping[str, t.Any]

ELSE, FILTER, SOURCE = "__else__", "__filter__", "__source__"
OPERATORS = {ELSE, FILTER, SOURCE, "__alias__", "__key_properties__"}
REMOVED = (None, "__NULL__")

NAMES = {"_", "record", "self", "config", "fake", "__stream_name__", "__original_stream_name__"}
"""What an expression can name besides properties and functions."""

ALIKE = 0.85
"""How alike two names must be for one to be a slip of the other: `emails` is, `email_hash` not."""


def check_map_settings(maps: Maps, given: Maps) -> None:
    """Check that all that expressions read from `config` is there.

    Hashes without a salt would tell who is meant, for lists of addresses can be hashed.

    Args:
        maps: the setting `stream_maps`.
        given: the setting `stream_map_config`.

    Raises:
        SettingsError: if something is missing or empty.
    """
    expressions = [
        value
        for stream_map in maps.values()
        if isinstance(stream_map, dict)
        for value in stream_map.values()
    ]
    for expression in expressions:
        for name in _keys(_nodes(expression), {"config"}):
            if given.get(name) in (None, ""):
                raise SettingsError(
                    f"setting `stream_map_config.{name}` is empty, and `stream_maps` need it: set "
                    "it; extractors `--hashed` take their salt from PII_SALT"
                )


def check_stream_maps(maps: Maps, schemas: Mapping[str, Maps], selected: Collection[str]) -> None:
    """Check that stream maps name only what there is.

    A map for a stream or property that does not exist would have no effect, and what it was to
    hash or leave out would be emitted as it is.

    Args:
        maps: the setting `stream_maps`.
        schemas: the schemas of all streams, those that are not selected included.
        selected: the names of the streams that are.

    Raises:
        SettingsError: if one does not, or if a selected stream has no map where `__else__` drops
            all such streams.
    """
    for key, stream_map in maps.items():
        if key == ELSE:
            continue
        named = stream_map.get(SOURCE, key) if isinstance(stream_map, dict) else key
        found = [schemas[name] for name in schemas if fnmatch.fnmatchcase(name, str(named))]
        if not found:
            raise _slip(f"there is no stream {shown(named)}", named, schemas)
        if isinstance(stream_map, dict):
            _check_properties(key, stream_map, found)
    left = sorted(name for name in selected if ELSE in maps and not list(_of(maps, name)))
    if left:
        raise SettingsError(
            f"setting `stream_maps`: {', '.join(left)} is selected, but has no map, and `{ELSE}` "
            "drops such streams: add a map for it, or deselect it"
        )


def _check_properties(key: str, stream_map: Maps, schemas: Collection[Maps]) -> None:
    known = {name for schema in schemas for name in schema["properties"]} | {UNMAPPED}
    for name, value in stream_map.items():
        where = f"stream {shown(key)}"
        if name.startswith("__") and name.endswith("__"):
            if name not in OPERATORS:
                raise _slip(f"{where} has the operator {shown(name)}, unknown", name, OPERATORS)
            _check_expression(where, value if name == FILTER else None, known)
        elif name not in known and value in REMOVED:
            raise _slip(f"{where} has no property {shown(name)} to remove", name, known)
        elif name not in known and difflib.get_close_matches(name, known, 1, ALIKE):
            advice = "; a new property needs a name that is less like it"
            raise _slip(f"{where} has no property {shown(name)}", name, known, advice)
        elif value not in REMOVED:
            _check_expression(f"{where}, property {shown(name)}", value, known)


def _check_expression(where: str, expression: object, known: Collection[str]) -> None:
    """Check the names in an expression."""
    used = _nodes(expression)
    own = {each.id for each in used if isinstance(each, ast.Name) and type(each.ctx) is ast.Store}
    functions = CustomStreamMap.functions.fget(None).keys()  # type: ignore[attr-defined] # it uses no instance
    named = {each.id for each in used if isinstance(each, ast.Name)} - own - NAMES - functions
    named |= set(_keys(used, {"_", "record"}))
    for name in sorted(named - {"True", "False", "None"} - set(known)):
        raise _slip(f"{where}: {shown(name)} is no property", name, known)


def _nodes(expression: object) -> list[ast.AST]:
    """Return all of an expression; whether it can be parsed is for the SDK to say."""
    try:
        return list(ast.walk(ast.parse(expression))) if isinstance(expression, str) else []
    except SyntaxError:
        return []


def _keys(used: Collection[ast.AST], objects: Collection[str]) -> Iterator[str]:
    """Yield what an expression reads as `record['…']` or `record.get('…')` of these objects."""
    for each in used:
        if isinstance(each, ast.Subscript):
            of, key = each.value, each.slice
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.args:
            of, key = each.func.value, each.args[0]
            if each.func.attr != "get":
                continue
        else:
            continue
        is_meant = isinstance(of, ast.Name) and of.id in objects
        if is_meant and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def _slip(what: str, name: object, known: Collection[str], advice: str = "") -> SettingsError:
    nearest = difflib.get_close_matches(str(name), known, 1)
    hint = f": did you mean `{nearest[0]}`?" if nearest else ""
    return SettingsError(f"setting `stream_maps`: {what}{hint}{advice}")


def _of(maps: Maps, stream: str) -> Iterator[Maps | None]:
    """Yield the maps of a stream, `None` for one that drops it."""
    for key, stream_map in maps.items():
        named = stream_map.get(SOURCE, key) if isinstance(stream_map, dict) else key
        if key != ELSE and fnmatch.fnmatchcase(stream, str(named)):
            yield stream_map if isinstance(stream_map, dict) else None


def hidden_properties(stream: Stream, maps: Maps) -> set[str]:
    """Return the properties whose values may reach no other property, such as `_unmapped`.

    They are those that are deselected, themselves or a part of them, and those that a stream map
    changes or removes.
    """
    names = stream.schema["properties"].keys()
    hidden = {path[1] for path, is_selected in stream.mask.items() if not is_selected and path}
    for stream_map in _of(maps, stream.name):
        if stream_map is None or ELSE in stream_map:
            return set(names)
        hidden |= stream_map.keys() & names
    return hidden


class MapChecker:
    """Checks what the stream maps of one stream made of a record.

    Args:
        stream: the stream.
        maps: the setting `stream_maps`.
    """

    def __init__(self, stream: Stream, maps: Maps) -> None:
        self._stream = stream
        self._maps = [each for each in _of(maps, stream.name) if each is not None]
        self._validators: dict[int, dict[str, t.Any]] = {}

    @property
    def is_needed(self) -> bool:
        """Whether the stream has maps at all."""
        return any(type(each) is not SameRecordTransform for each in self._stream.stream_maps)

    def check(self, stream_map: StreamMap, record: Mapping[str, t.Any]) -> None:
        """Check that mapped values have the type that their schema announces.

        Raises:
            WholeStreamError: if one has not: the target would refuse it, or store another value.
        """
        for name, validator in self._validators_of(stream_map).items():
            if name in record and not validator.is_valid(record[name]):
                kind = type(record[name]).__name__
                raise WholeStreamError(
                    f"setting `stream_maps`: stream {self._stream.name}, property {shown(name)}: "
                    f"the expression gives a value of type {kind}, and the property has the type "
                    f"{validator.schema.get('type')}: convert it, or use another property"
                )

    def failed(self, record: dict[str, t.Any], error: Exception) -> WholeStreamError:
        """Return the error of an expression that failed for a record."""
        for stream_map in self._stream.stream_maps:
            for name, expression in self._expressions(stream_map):
                try:
                    stream_map._eval(expression, ast.parse(expression).body[0], record, name)  # type: ignore[attr-defined] # noqa: SLF001 (to find the expression)
                except Exception as found:  # noqa: BLE001 (an expression can raise anything)
                    cause = found.__cause__ or found
                    return WholeStreamError(
                        f"setting `stream_maps`: stream {self._stream.name}, property "
                        f"{shown(name)}: {expression} failed with {type(cause).__name__}"
                    )
        return WholeStreamError(
            f"setting `stream_maps`: a map of stream {self._stream.name} failed with "
            f"{type(error).__name__}"
        )

    def _expressions(self, stream_map: StreamMap) -> Iterator[tuple[str, str]]:
        if isinstance(stream_map, CustomStreamMap):
            for each in self._maps:
                named = (pair for pair in each.items() if pair[0] not in OPERATORS - {FILTER})
                yield from (pair for pair in named if isinstance(pair[1], str))

    def _validators_of(self, stream_map: StreamMap) -> dict[str, t.Any]:
        number = id(stream_map)
        if number not in self._validators:
            properties = stream_map.transformed_schema.get("properties", {})
            names = {name for each in self._maps for name in each if name in properties}
            is_custom = isinstance(stream_map, CustomStreamMap)
            self._validators[number] = {
                name: DEFAULT_JSONSCHEMA_VALIDATOR(properties[name])
                for name in (names if is_custom else ())
            }
        return self._validators[number]
