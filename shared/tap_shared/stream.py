"""A stream of a vendor's API: what each one declares, and how all of them are read."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone
from functools import cached_property, partial

import msgspec
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_shared.ahead import Ahead
from tap_shared.api import Request, at
from tap_shared.bookmarks import Bookmark, instant
from tap_shared.errors import (
    BudgetError,
    CredentialsError,
    LastingError,
    RefusedError,
    RunError,
    StreamError,
    WholeStreamError,
)
from tap_shared.progress import Progress
from tap_shared.records import RecordShaper
from tap_shared.replication import ReplicatedStream
from tap_shared.rows import RowDecoder, are_written_as_they_are, decode, decode_to_rows
from tap_shared.walks import Answer, OneAnswer, Page

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter

    from tap_shared.tap import ApiTap
    from tap_shared.walks import Row, Walk

NOT_FOUND = 404
NEEDS_MORE_RIGHTS = {401, 403}

MOST_FAILURES = 3
"""Partitions in a row on which the vendor fails for good; each costs all tries and their waits."""


class ApiStream(ReplicatedStream):
    """One list of a vendor, read page by page along its walk.

    Attributes:
        path: the path under `api_url`; a name in braces is filled in from the partition.
        walk: how the rows are read.
        incremental_walk: how they are read when the stream is replicated incrementally, where
            that differs.
        records_at: where an answer holds its records, as a dotted path.
        parent: the stream with one partition of this one in each of its records.
        parent_keys: a partition's properties, each with the parent's property that it comes from.
        partition_is_query: whether the partition's properties are the query of its requests.
        method: the HTTP method.
        old_names: earlier names of properties, each with the present one.
        left_out: what the vendor adds to its rows, and is no property of theirs.
        conversions: functions for single properties, where more is to be mended than the schema
            says; never called for null.
        needs: what the account must have, where a normal one lacks it; a refusal of the
            credentials is then this stream's trouble alone.
        when_short: what becomes of a full read that `max_requests` ends.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # records are made true to type by the tap

    path: t.ClassVar[str]
    walk: t.ClassVar[Walk] = OneAnswer()
    incremental_walk: t.ClassVar[Walk | None] = None
    records_at: t.ClassVar[str] = ""
    parent: t.ClassVar[type[ApiStream] | None] = None
    parent_keys: t.ClassVar[Mapping[str, str]] = {}
    partition_is_query: t.ClassVar[bool] = False
    method: t.ClassVar[str] = "GET"
    old_names: t.ClassVar[Mapping[str, str]] = {}
    left_out: t.ClassVar[Sequence[str]] = ()
    conversions: t.ClassVar[Mapping[str, Callable[[t.Any], t.Any]]] = {}
    needs: t.ClassVar[str] = ""
    when_short: t.ClassVar[str] = "is read in full or not at all"

    _tap: ApiTap
    _has_safe_point = False
    _row_decoder: RowDecoder | None = None
    _writes_pages = False
    _next_partitions: Iterable[Context] = ()
    _failures_in_a_row = 0

    def partitions_of_its_own(self) -> Iterable[Context]:
        """Return the partitions of a stream without a parent: one, if it has none."""
        return [{}]

    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        """Return the query of every request, beside what the walk asks for."""
        return context if self.partition_is_query else {}

    def request(self, context: Context, asked: Mapping[str, t.Any]) -> Request:
        """Return one request, with what the walk asks for; of a POST it is the JSON body."""
        path = self.path.format_map(context)
        sent = {**self.parameters(context), **asked}
        if self.method == "POST":
            return Request(path, method="POST", json=sent)
        return Request(path, sent)

    def walk_for(self, context: Context) -> Walk:
        """Return how a partition's rows are read, where settings have a say in it."""
        del context
        return self.walk

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

    def records_in(self, body: t.Any) -> t.Any:
        """Return the list of records in a decoded body; a lone object counts as a list of one."""
        found = at(body, self.records_at)
        return [found] if isinstance(found, dict) else found

    @property
    def is_read_in_full(self) -> bool:
        """Whether a read brings all rows; those of an incremental parent are not all there."""
        parent = self._tap.parent_of(self)
        return not self.is_incremental and (parent is None or parent.is_read_in_full)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield the records of one partition, or of the whole stream."""
        for page in self.pages(context or {}, None):
            yield from t.cast("Sequence[Record]", page.records)

    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of one partition along the walk; raises what transport and walk raise."""
        walk = (self.is_incremental and self.incremental_walk) or self.walk_for(context)
        yield from walk.pages(partial(self._ask, context), since)

    def _ask(
        self,
        context: Context,
        asked: Mapping[str, t.Any],
        then: Iterable[Mapping[str, t.Any]] = (),
    ) -> Answer:
        following = (self.request(context, each) for each in then)
        if isinstance(self.walk, OneAnswer):
            following = (self.request(each, {}) for each in self._next_partitions)
        most = self._tap.transport.in_flight
        try:
            body = self._ahead.answer(self.request(context, asked), following, most)
        except (CredentialsError, RefusedError) as error:
            if self.needs and error.status in NEEDS_MORE_RIGHTS:
                line = f"{error}; it needs {self.needs}: deselect it otherwise"
                raise WholeStreamError(line) from error
            raise
        return self.answer(body, context)

    @cached_property
    def _ahead(self) -> Ahead:
        return Ahead(self._send)

    def _send(self, request: Request) -> t.Any:
        decoding = decode
        if self._row_decoder:
            decoding = partial(decode_to_rows, records_at=self.records_at)
        return self._tap.transport.send(request, self.name, decoding)

    def answer(self, body: t.Any, context: Context) -> Answer:
        """Return the records of a decoded body, shaped and each with its key.

        Raises:
            StreamError: if the body holds no list of records, or a record has no key: an error,
                because an empty page would look like the end.
        """
        rows = self.records_in(body)
        if not isinstance(rows, list):
            where = f"in `{self.records_at}`" if self.records_at else "as the body"
            raise StreamError(f"{self.name}: the answer has no list of records {where}")
        keyed: list[tuple[Hashable, Row]] = []
        for row in rows:
            typed = self._row_decoder and self._row_decoder.decode(row, context)
            keyed.append(typed or self._shaped(row, context))
        return Answer(keyed, body)

    def _shaped(self, row: t.Any, context: Context) -> tuple[Hashable, Record]:
        try:
            row = decode(row) if isinstance(row, msgspec.Raw) else row
        except ValueError as error:
            raise StreamError(f"{self.name}: the answer holds a record that is no JSON") from error
        if not isinstance(row, dict):
            raise StreamError(f"{self.name}: the answer holds a record that is no object")
        record = t.cast("Record", self.post_process(row, context))  # `None` is the SDK's
        return self._shaper.shape(record, context)

    @cached_property
    def _shaper(self) -> RecordShaper:
        return RecordShaper(
            self.name,
            self.schema,
            self.primary_keys,
            old_names=self.old_names,
            left_out=self.left_out,
            conversions=self.conversions,
            keep_unmapped=self.config["keep_unmapped"],
            report=self._tap.report,
        )

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        # Instead of the SDK's own loop, which moves bookmarks record by record, writes state in
        # between, and ends the run with the first stream that fails.
        progress = Progress(self.name, self.logger, self._tap.transport.budget)
        self._writes_pages = write_messages and are_written_as_they_are(self)
        if self._writes_pages and self._leaves_rows_alone:
            self._row_decoder = RowDecoder(self.schema, self.primary_keys, self.conversions)
        versioned = self.is_read_in_full and self.config["emit_activate_version_messages"]
        self._stream_version = self._initialized_at if versioned else None
        complete = True
        try:
            with self.get_record_counter() as counter, self.get_sync_timer():
                partitions = list(self._tap.partitions_of(self))
                for number, partition in enumerate(partitions):
                    if number:  # the first one shows whether they can be read at all
                        rest = range(number + 1, len(partitions))
                        self._next_partitions = (partitions[each] for each in rest)
                    try:
                        for records in self._read(partition, progress, writes_state=write_messages):
                            yield from self._hand_on(records, progress, counter, write_messages)
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
            progress.records += len(records)
            return
        for record in t.cast("Sequence[Record]", records):
            self._check_max_record_limit(progress.records)
            if writes:
                self._write_record_message(record)
            counter.increment()
            progress.records += 1
            yield record

    @property
    def _leaves_rows_alone(self) -> bool:
        """Whether the vendor's rows are the records, as the schema and the class declare them."""
        own = type(self)
        return own.post_process is ApiStream.post_process and own.records_in is ApiStream.records_in

    def _read(
        self, partition: Context, progress: Progress, *, writes_state: bool
    ) -> Iterator[Sequence[Row]]:
        """Yield a partition's records page by page, and move its bookmark at each safe point."""
        bookmark = None
        if self.is_incremental and self.replication_key:
            state = self.get_context_state(partition or None)
            bookmark = Bookmark(state, self.replication_key, self.name)
        for page in self.pages(partition, self.start(partition, bookmark)):
            progress.page(page.of_pages)
            self._tap.keep_for_children(self, page.records)
            if bookmark:
                # Before they are written, for what is deselected is taken out of them then.
                bookmark.see(page.records)
            yield page.records
            if bookmark and page.is_safe_point:
                self._checkpoint(bookmark, writes_state=writes_state)
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
        known = min(bookmark.value, datetime.now(timezone.utc))
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
