"""The files that a run is given: settings, catalog and state.

Their shapes are checked once, before the SDK sees them, for it takes much for what it is not: a
state of another shape for none, so that everything is read again.
"""

from __future__ import annotations

import io
import json
import typing as t

from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from tap_shared.errors import SettingsError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.exceptions import ValidationError

Shape = dict[str, t.Any]


def _list_of(shape: Shape) -> Shape:
    return {"type": ["array", "null"], "items": shape}


def _object_of(shape: Shape) -> Shape:
    return {"type": "object", "additionalProperties": shape}


OBJECT: Shape = {"type": "object"}
TEXT: Shape = {"type": "string"}
TEXT_OR_NULL: Shape = {"type": ["string", "null"]}
YES_OR_NO: Shape = {"type": ["boolean", "null"]}

METADATA: Shape = {
    "type": "object",
    "properties": {
        "inclusion": TEXT_OR_NULL,
        "selected": YES_OR_NO,
        "selected-by-default": YES_OR_NO,
        "table-key-properties": _list_of(TEXT),
        "replication-key": TEXT_OR_NULL,
        "replication-method": TEXT_OR_NULL,
        "forced-replication-method": TEXT_OR_NULL,
        "valid-replication-keys": _list_of(TEXT),
    },
}
ANY_SCHEMA: Shape = {"$ref": "#/$defs/schema"}
CATALOG: Shape = {
    "$defs": {
        "schema": {
            "type": "object",
            "properties": {"properties": _object_of(ANY_SCHEMA), "items": ANY_SCHEMA},
        },
    },
    "type": "object",
    "required": ["streams"],
    "properties": {
        "streams": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tap_stream_id", "schema", "metadata"],
                "properties": {
                    "tap_stream_id": TEXT,
                    "stream": TEXT_OR_NULL,
                    "key_properties": _list_of(TEXT),
                    "replication_key": TEXT_OR_NULL,
                    "replication_method": TEXT_OR_NULL,
                    "schema": {"allOf": [ANY_SCHEMA], "required": ["properties"]},
                    "metadata": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["breadcrumb", "metadata"],
                            "properties": {
                                "breadcrumb": {"type": "array", "items": TEXT},
                                "metadata": METADATA,
                            },
                        },
                    },
                },
            },
        }
    },
}

# What a bookmark's value must be is the stream's to say.
BOOKMARK: Shape = {
    "type": "object",
    "properties": {"progress_markers": OBJECT},
}
STATE: Shape = {
    "type": "object",
    "required": ["bookmarks"],
    "properties": {
        "bookmarks": _object_of(
            {
                **BOOKMARK,
                "properties": {
                    **BOOKMARK["properties"],
                    "partitions": {
                        "type": "array",
                        "items": {
                            **BOOKMARK,
                            "required": ["context"],
                            "properties": {**BOOKMARK["properties"], "context": OBJECT},
                        },
                    },
                },
            }
        )
    },
}


def checked_file(file: t.IO[str] | None, option: str) -> t.IO[str] | None:
    """Return a file like the one given, after a look whether it holds a JSON object.

    Args:
        file: what the option names, if it is given.
        option: for messages.

    Raises:
        SettingsError: if it does not.
    """
    if file is None:
        return None
    name = f"{option} {file.name}"
    try:
        text = file.read()
        content = json.loads(text)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name} is no JSON: it is no text in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{name} is no JSON, or not all of it: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{name} holds no JSON object, which is what begins with {{")
    return io.StringIO(text)


def check_state(state: object) -> None:
    """Look whether a state has the shape of one; an empty one is that of a first run.

    Raises:
        SettingsError: if it has not.
    """
    if state == {}:
        return
    advice = 'it must look like {"bookmarks": {"<stream>": {…}}}'
    inner = state.items() if isinstance(state, dict) else ()
    for name, value in inner:
        if name != "bookmarks" and isinstance(value, dict) and "bookmarks" in value:
            advice += f", which is what its `{name}` alone looks like"
    _check("state", state, STATE, advice)


def completed(catalog: t.Any, keys: Mapping[str, t.Any]) -> t.Any:
    """Return a catalog in the form in which the SDK takes all of it into account.

    `replication-method` in the metadata counts, which the SDK does not read: it is how Meltano's
    `metadata` and every Singer user choose the method of a stream. And a stream keeps its key
    where the catalog names none or deselects it, or else loaders would double its rows.

    Args:
        catalog: as it was given; anything but a dict is left to the SDK.
        keys: the properties of each stream's key.

    Raises:
        SettingsError: if it has not the shape of a catalog.
    """
    if not isinstance(catalog, dict):
        return catalog
    advice = "make the catalog anew with --discover"
    catalog = json.loads(json.dumps(catalog, default=float))  # a copy, in which a tuple is a list
    _check("catalog", catalog, CATALOG, advice)
    known = set()
    for entry in catalog["streams"]:
        name = entry["tap_stream_id"]
        if name in known:
            raise SettingsError(f"catalog: stream {name} is there twice; {advice}")
        known.add(name)
        roots = [each["metadata"] for each in entry["metadata"] if not each["breadcrumb"]]
        if len(roots) != 1:
            raise SettingsError(
                f"catalog: stream {name} must have one entry of `metadata` with the breadcrumb [], "
                f"which says whether it is selected; {advice}"
            )
        if any(len(each["breadcrumb"]) == 1 for each in entry["metadata"]):
            raise SettingsError(
                f"catalog: stream {name}: a breadcrumb must be [] or lead to a property, as "
                f'["properties", "id"] does; {advice}'
            )
        entry["stream"] = name
        entry["key_properties"] = entry.get("key_properties") or keys.get(name)
        method = roots[0].get("replication-method")
        entry["replication_method"] = method or entry.get("replication_method")
        for key in keys.get(name, ()):
            if key not in entry["schema"]["properties"]:
                raise SettingsError(f"catalog: the schema of {name} lacks its key {key}; {advice}")
            automatic = {"breadcrumb": ["properties", key], "metadata": {"inclusion": "automatic"}}
            entry["metadata"].append(automatic)
    return catalog


def _check(name: str, content: object, shape: Shape, advice: str) -> None:
    error = next(DEFAULT_JSONSCHEMA_VALIDATOR(shape).iter_errors(content), None)
    if error is not None:
        raise SettingsError(f"{name}: {_place(error, content)} {_wanted(error)}; {advice}")


def _place(error: ValidationError, content: t.Any) -> str:
    path = list(error.absolute_path)
    if not path:
        return "it"
    place = f"`{'.'.join(map(str, path))}`"
    if path[0] != "streams" or len(path) < 3:  # noqa: PLR2004 (of a stream, and more than its number)
        return place
    entry = content["streams"][path[1]]
    return f"{place} (stream {entry.get('tap_stream_id')})"


def _wanted(error: ValidationError) -> str:
    wanted = t.cast("str | list[str]", error.validator_value)
    if error.validator == "required":
        given = t.cast("dict[str, t.Any]", error.instance)
        return f"lacks `{next(name for name in wanted if name not in given)}`"
    return f"must be of type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
