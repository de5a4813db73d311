"""Whether the state that a run is given fits its streams: looked at before anything is read."""

from __future__ import annotations

import json
import typing as t

from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from tap_shared.bookmarks import Bookmark, shown, unfit

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

    from tap_shared.stream import ApiStream

# What is there though nothing has been read yet.
WITHOUT_BOOKMARK = {"context", "partitions", "starting_replication_value"}


def check_bookmarks(
    state: Mapping[str, t.Any], streams: Mapping[str, ApiStream], logger: logging.Logger
) -> None:
    """Look whether each selected stream can go on from its bookmarks, and say which can't.

    Raises:
        SettingsError: if a bookmark does not fit its stream.
    """
    bookmarks: Mapping[str, t.Any] = state.get("bookmarks", {})
    unknown = sorted(bookmarks.keys() - streams.keys())
    if unknown:
        names = ", ".join(map(shown, unknown))
        logger.warning("state: there is no stream %s: its bookmark is not used", names)
    anew = [
        stream.name
        for stream in streams.values()
        if stream.selected and stream.is_incremental and bookmarks
        if not _is_bookmarked(stream, bookmarks.get(stream.name))
    ]
    if anew:
        logger.warning(
            "state: there is no bookmark of %s, or not of all: what has none is read from "
            "`start_date` on, or from the beginning where that is not set",
            ", ".join(anew),
        )


def _is_bookmarked(stream: ApiStream, found: Mapping[str, t.Any] | None) -> bool:
    """Look at all bookmarks of a stream; return whether each is there that should be."""
    if found is None:
        return False
    names = _partitioned_by(stream)
    partitions = found.get("partitions", [])
    if partitions and not names:
        raise unfit(stream.name, "it has partitions, but the stream has none")
    if names and found.get("replication_key_value") is not None:
        raise unfit(stream.name, f"its bookmark is for no partition ({', '.join(names)})")
    _check_contexts(stream, [each["context"] for each in partitions], names)
    key = t.cast("str", stream.replication_key)
    missing = [
        each
        for each in (found, *partitions)
        if Bookmark(dict(each), key, stream.name).value is None and each.keys() - WITHOUT_BOOKMARK
    ]
    return not missing


def _partitioned_by(stream: ApiStream) -> Sequence[str]:
    """Return the names that tell a stream's partitions apart; none where it has no partitions."""
    own = next(iter(stream.partitions_of_its_own()), {}) if stream.parent is None else {}
    return stream.state_partitioning_keys or tuple(stream.parent_keys) or tuple(own)


def _check_contexts(
    stream: ApiStream, contexts: Sequence[Mapping[str, t.Any]], names: Sequence[str]
) -> None:
    # A partition that is spelt otherwise would not be found, and be read from the beginning.
    properties = {name: stream.schema["properties"].get(name, {}) for name in names}
    shape = {"required": [*names], "properties": properties, "additionalProperties": False}
    fits = DEFAULT_JSONSCHEMA_VALIDATOR(shape).is_valid
    known = set()
    for context in contexts:
        if not fits(context):
            wanted = ", ".join(f"{name} ({each.get('type')})" for name, each in properties.items())
            what = f"a partition is given by {wanted}, and not by {shown(context)}"
            raise unfit(stream.name, what)
        spelling = json.dumps(context, sort_keys=True)
        if spelling in known:
            raise unfit(stream.name, f"the partition {shown(context)} is there twice")
        known.add(spelling)
