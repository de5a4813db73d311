"""Partitions: the parts that a stream is read in, mostly one for each record of its parent."""

from __future__ import annotations

import typing as t

from tap_shared.errors import StreamError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from singer_sdk.helpers.types import Context

    from tap_shared.report import Report
    from tap_shared.sync import SyncedStream
    from tap_shared.walks import Row


class Partitions:
    """What is known in a run of the partitions of its streams; each parent is read once.

    Args:
        streams: all streams, by name.
        report: which of them have failed.
    """

    def __init__(self, streams: Mapping[str, SyncedStream], report: Report) -> None:
        self._streams = streams
        self._report = report
        self._found: dict[str, dict[str, Context]] = {}

    def parent_of(self, stream: SyncedStream) -> SyncedStream | None:
        """Return the stream whose records are the partitions of this one, if there is one."""
        return next((each for each in self._streams.values() if type(each) is stream.parent), None)

    def selected_children(self, parent: SyncedStream) -> list[SyncedStream]:
        """Return the selected streams whose partitions are a stream's records."""
        streams = self._streams.values()
        return [each for each in streams if each.selected and each.parent is type(parent)]

    def order(self, stream: SyncedStream) -> tuple[bool, int, str]:
        """Return what streams are sorted by.

        Full reads first, for a budget that ends in an incremental stream then ends in one that can
        go on tomorrow; parents before their children, whose partitions they know.
        """
        incremental = stream.is_incremental
        parent = self.parent_of(stream)
        if parent is None:
            return incremental, 0, stream.name
        after_incremental, depth, _ = self.order(parent)
        return incremental or after_incremental, depth + 1, stream.name

    def of(self, stream: SyncedStream) -> Iterable[Context]:
        """Return the partitions of a stream: those of its parent's records, or its own, or one.

        Raises:
            StreamError: if the parent could not be read.
        """
        parent = self.parent_of(stream)
        if parent is None:
            return stream.partitions_of_its_own()
        if self._report.has_failed(parent.name):
            raise StreamError(f"{stream.name}: not read, because {parent.name} could not be")
        if stream.name not in self._found:
            self._read(parent, [stream, *self.selected_children(parent)])
        return self._found[stream.name].values()

    def keep(self, children: Iterable[SyncedStream], records: Iterable[Row]) -> None:
        """Note the partitions that a parent's records are for streams below it."""
        for child in children:
            self._found.setdefault(child.name, {}).update(_partitions(child, records))

    def _read(self, parent: SyncedStream, children: Sequence[SyncedStream]) -> None:
        """Read a parent that is not selected, once for all its children."""
        found: dict[str, dict[str, Context]] = {child.name: {} for child in children}
        for partition in self.of(parent):
            for page in parent.pages(partition, parent.start(partition)):
                for child in children:
                    found[child.name].update(_partitions(child, page.records))
                if page.records and parent.ABORT_AT_RECORD_COUNT is not None:
                    break  # a test wants one record
        self._found.update(found)


def _partitions(stream: SyncedStream, records: Iterable[Row]) -> dict[str, Context]:
    """Return the partitions that a parent's records are, each once."""
    found = (stream.partition(record) for record in records)
    return {repr(partition): partition for partition in found if partition is not None}
