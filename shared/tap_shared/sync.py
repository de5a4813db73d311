"""How a stream is read: partition by partition, with a bookmark that moves at safe points."""

from __future__ import annotations

import abc
import typing as t
from datetime import UTC, datetime, timedelta
from functools import cached_property

from singer_sdk.helpers._batch import SDKBatchMessage
from typing_extensions import override

from tap_shared.batches import BatchCollector
from tap_shared.bookmarks import Bookmark, instant
from tap_shared.errors import (
    BudgetError,
    LastingError,
    RefusedError,
    RunError,
    StreamError,
    WholeStreamError,
)
from tap_shared.progress import Progress
from tap_shared.replication import ReplicatedStream
from tap_shared.rows import are_written_as_they_are
from tap_shared.stream_maps import MapChecker

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter
    from singer_sdk.singerlib import RecordMessage

    from tap_shared.tap import ApiTap
    from tap_shared.walks import Page, Row

NOT_FOUND = 404

MOST_FAILURES = 3
"""Partitions in a row on which the vendor fails for good; each costs all tries and their waits."""


class SyncedStream(ReplicatedStream):
    """A stream whose partitions are read one after the other, whatever becomes of one of them.

    Attributes:
        parent: the stream with one partition of this one in each of its records.
        parent_keys: a partition's properties, each with the parent's property that it comes from.
        when_short: what becomes of a full read that `max_requests` ends.
    """

    parent: t.ClassVar[type[SyncedStream] | None] = None
    parent_keys: t.ClassVar[Mapping[str, str]] = {}
    when_short: t.ClassVar[str] = "is read in full or not at all"

    _tap: ApiTap
    _has_safe_point = False
    _writes_pages = False
    _next_partitions: Iterable[Context] = ()
    _failures_in_a_row = 0
    _batches: BatchCollector | None = None

    @abc.abstractmethod
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of one partition along the walk; raises what transport and walk raise."""

    def partitions_of_its_own(self) -> Iterable[Context]:
        """Return the partitions of a stream without a parent: one, if it has none."""
        return [{}]

    def partition(self, record: Row) -> Context | None:
        """Return the partition that a parent's record is, `None` if it is not worth a request."""
        return {name: record.get(source) for name, source in self.parent_keys.items()}

    def is_gone(self, error: RefusedError) -> bool:
        """Return whether a refusal means that the partition was deleted meanwhile."""
        return error.status == NOT_FOUND

    def earliest(self, context: Context) -> datetime | None:
        """Return the instant before which a partition can have no rows, where that is known."""
        del context
        return None

    @property
    def is_read_in_full(self) -> bool:
        """Whether a read brings all rows; those of an incremental parent are not all there."""
        parent = self._tap.partitions.parent_of(self)
        return not self.is_incremental and (parent is None or parent.is_read_in_full)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        # Instead of the SDK's own loop, which moves bookmarks record by record, writes state in
        # between, and ends the run with the first stream that fails.
        report = self._tap.report
        with report.reading(self.name, incremental=self.is_incremental) as result:
            progress = Progress(
                result, self.logger, self._tap.transport.budget, self._tap.live_line
            )
            yield from self._read_partitions(progress, write_messages)

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        with self.get_batch_counter() as counter:
            self._batches = BatchCollector(self, batch_config, counter)
            try:
                for _ in self._sync_records(context, write_messages=False):
                    pass
            except BudgetError:
                self._batches.flush()  # or else a run would spend its budget for nothing
                raise
            self._batches.flush()

    def mapped(self, record: Record) -> Iterator[tuple[str, dict[str, t.Any]]]:
        """Yield what selection and stream maps make of a record, with the stream's new name."""
        for message in self._generate_record_messages(record):
            yield message.stream, message.record

    def write_batch(self, name: str, encoding: BaseBatchFileEncoding, manifest: list[str]) -> None:
        """Write a BATCH message."""
        self._tap.write_message(SDKBatchMessage(name, encoding, manifest))
        self.state_manager.is_flushed = False

    def write_state(self) -> None:
        """Write a STATE message with the present state."""
        self._write_state_message()

    @override
    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        checker = self._map_checker
        if not checker.is_needed:
            yield from super()._generate_record_messages(record)
            return
        try:
            messages = list(super()._generate_record_messages(record))
        except Exception as error:  # an expression can raise anything
            raise checker.failed(record, error) from error
        maps = {each.stream_alias: each for each in self.stream_maps}
        for message in messages:
            checker.check(maps[message.stream], message.record)
        yield from messages

    @cached_property
    def _map_checker(self) -> MapChecker:
        return MapChecker(self, self._tap.stream_map_settings)

    def _read_partitions(self, progress: Progress, write_messages: bool) -> Iterator[Record]:
        """Read all partitions, and yield the records that the SDK may want to see."""
        self._writes_pages = write_messages and are_written_as_they_are(self)
        versioned = self.is_read_in_full and self.config["emit_activate_version_messages"]
        self._stream_version = self._initialized_at if versioned else None
        complete = True
        try:
            with self.get_record_counter() as counter, self.get_sync_timer():
                partitions = list(self._tap.partitions.of(self))
                progress.result.partitions = len(partitions)
                for number, partition in enumerate(partitions):
                    progress.partition(number)
                    if number:  # the first one shows whether they can be read at all
                        rest = range(number + 1, len(partitions))
                        self._next_partitions = (partitions[each] for each in rest)
                    try:
                        for records in self._read(partition, progress, writes_state=write_messages):
                            yield from self._hand_on(records, progress, counter, write_messages)
                            del records  # large pages: the next one takes their room
                        self._failures_in_a_row = 0
                    except StreamError as error:
                        complete = self._is_passed_over(error, partition) and complete
            if versioned and complete and write_messages:
                self._write_activate_version_message(self._initialized_at)
        except BudgetError as error:
            raise self._short_of_requests(error, progress) from error
        except StreamError as error:
            self._tap.report.failed(self.name, str(error))
        finally:
            self._tap.output.flush()

    def _hand_on(
        self, records: Sequence[Row], progress: Progress, counter: Counter, writes: bool
    ) -> Iterator[Record]:
        """Write the records of a page, and yield those that the SDK may want to see."""
        if self._writes_pages:
            self._tap.output.write_records(self.name, records, self._stream_version)
            counter.increment(len(records))
            progress.result.records += len(records)
            return
        for record in t.cast("Sequence[Record]", records):
            self._check_max_record_limit(progress.result.records)
            if writes:
                self._write_record_message(record)
            elif self._batches:
                self._batches.add(record)
            counter.increment()
            progress.result.records += 1
            yield record

    def _read(
        self, partition: Context, progress: Progress, *, writes_state: bool
    ) -> Iterator[Sequence[Row]]:
        """Yield a partition's records page by page, and move its bookmark at each safe point."""
        bookmark = None
        if self.is_incremental and self.replication_key:
            state = self.get_context_state(partition or None)
            bookmark = Bookmark(state, self.replication_key, self.name)
        children = self._tap.partitions.selected_children(self)
        for page in self.pages(partition, self.start(partition, bookmark)):
            progress.page(page.of_pages)
            self._tap.partitions.keep(children, page.records)
            if bookmark:
                # Before they are written, for what is deselected is taken out of them then.
                bookmark.see(page.records)
            yield page.records
            if bookmark and page.is_safe_point:
                self._checkpoint(bookmark, writes_state=writes_state)
            del page  # large pages: the next one takes its room
        if bookmark:
            self._checkpoint(bookmark, writes_state=writes_state)

    def start(self, partition: Context, bookmark: Bookmark | None = None) -> datetime | None:
        """Return where a read of a partition begins, `None` for the very beginning.

        `start_date` is for the first run, and no lookback reaches behind it. It never moves a
        bookmark that is there: that would leave a hole.
        """
        earliest = self.earliest(partition)
        if not self.is_incremental:
            return earliest
        start_date = self.config.get("start_date")
        bounds = [bound for bound in (earliest, start_date and instant(start_date)) if bound]
        start = max(bounds, default=None)
        if bookmark is None or bookmark.value is None:
            return start
        known = min(bookmark.value, datetime.now(UTC))
        since = known - timedelta(days=self.config["lookback_days"])
        return max(since, start) if start and start < bookmark.value else since

    def _checkpoint(self, bookmark: Bookmark, *, writes_state: bool) -> None:
        self._has_safe_point |= bookmark.move()
        if writes_state:
            self._tap.state_writer.write_state(self.tap_state)

    def _is_passed_over(self, error: StreamError, partition: Context) -> bool:
        """Report the trouble of one partition; return whether it is merely no longer there."""
        if not partition or isinstance(error, WholeStreamError):
            raise error
        names = self.state_partitioning_keys or partition
        lasts = isinstance(error, LastingError)
        self._failures_in_a_row = self._failures_in_a_row + 1 if lasts else 0
        if self._failures_in_a_row == MOST_FAILURES:
            line = f"{error}; {MOST_FAILURES} in a row ended so, and the others are not tried"
            raise WholeStreamError(line) from error
        where = ", ".join(f"{name} {partition[name]}" for name in names)
        if isinstance(error, RefusedError) and self.parent and self.is_gone(error):
            self.logger.warning("%s: %s was deleted meanwhile, and is skipped", self.name, where)
            return True
        self._tap.report.failed(self.name, str(error), where)
        return False

    def _short_of_requests(self, error: BudgetError, progress: Progress) -> RunError:
        spent = self._tap.transport.budget.requests[self.name]
        if self.is_incremental and (self._has_safe_point or not spent):
            return error
        if self.is_incremental:
            return RunError(
                f"{error}: stream {self.name} came to no safe point, so that the next run would "
                "begin where this one began; raise max_requests, or set a later start_date"
            )
        needed = f"needs about {progress.of_pages} requests" if progress.of_pages else "needs more"
        text = f"{error}: stream {self.name} {self.when_short}, and {needed}"
        return RunError(f"{text}; raise max_requests, or deselect the stream")
