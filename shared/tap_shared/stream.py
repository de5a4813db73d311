"""A stream of a vendor's API: what each one declares, and how all of them are read."""

from __future__ import annotations

import typing as t
from functools import cached_property, partial

import msgspec
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_shared.ahead import Ahead
from tap_shared.api import Request, at
from tap_shared.errors import (
    CredentialsError,
    RefusedError,
    StreamError,
    WholeStreamError,
)
from tap_shared.records import RecordShaper
from tap_shared.rows import RowDecoder, decode, decode_to_rows, elements
from tap_shared.stream_maps import hidden_properties
from tap_shared.sync import SyncedStream
from tap_shared.walks import Answer, OneAnswer, Page

if t.TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record

    from tap_shared.walks import Row, Walk

NEEDS_MORE_RIGHTS = {401, 403}


class ApiStream(SyncedStream):
    """One list of a vendor, read page by page along its walk.

    Attributes:
        path: the path under `api_url`; a name in braces is filled in from the partition.
        walk: how the rows are read.
        incremental_walk: how they are read when the stream is replicated incrementally, where
            that differs.
        records_at: where an answer holds its records, as a dotted path.
        partition_is_query: whether the partition's properties are the query of its requests.
        method: the HTTP method.
        old_names: earlier names of properties, each with the present one.
        left_out: what the vendor adds to its rows, and is no property of theirs.
        conversions: functions for single properties, where more is to be mended than the schema
            says; never called for null.
        needs: what the account must have, where a normal one lacks it; a refusal of the
            credentials is then this stream's trouble alone.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # records are made true to type by the tap

    path: t.ClassVar[str]
    walk: t.ClassVar[Walk] = OneAnswer()
    incremental_walk: t.ClassVar[Walk | None] = None
    records_at: t.ClassVar[str] = ""
    partition_is_query: t.ClassVar[bool] = False
    method: t.ClassVar[str] = "GET"
    old_names: t.ClassVar[Mapping[str, str]] = {}
    left_out: t.ClassVar[Sequence[str]] = ()
    conversions: t.ClassVar[Mapping[str, Callable[[t.Any], t.Any]]] = {}
    needs: t.ClassVar[str] = ""

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

    def records_in(self, body: t.Any) -> t.Any:
        """Return the list of records in a decoded body; a lone object counts as a list of one."""
        found = at(body, self.records_at)
        return [found] if isinstance(found, dict) else found

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
        if self._writes_pages and not self._looks_at_rows:
            decoding = partial(decode_to_rows, records_at=self.records_at)
        return self._tap.transport.send(request, self.name, decoding)

    def answer(self, body: t.Any, context: Context) -> Answer:
        """Return the records of a decoded body, shaped and each with its key.

        Raises:
            StreamError: if the body holds no list of records, or a record has no key: an error,
                because an empty page would look like the end.
        """
        rows = self.records_in(body)
        if isinstance(rows, msgspec.Raw):
            page = self._row_decoder.decode(rows, context)
            if page is not None:
                return Answer(page, body)
            rows = elements(rows)
        if not isinstance(rows, list):
            where = f"in `{self.records_at}`" if self.records_at else "as the body"
            raise StreamError(f"{self.name}: the answer has no list of records {where}")
        return Answer([self._keyed(row, context) for row in rows], body)

    def _keyed(self, row: t.Any, context: Context) -> tuple[Hashable, Row]:
        if isinstance(row, msgspec.Raw):
            typed = self._row_decoder.decode(b"[%b]" % row, context)
            if typed:
                return typed[0]
            try:
                row = decode(row)
            except ValueError as error:
                line = f"{self.name}: the answer holds a record that is no JSON"
                raise StreamError(line) from error
        if not isinstance(row, dict):
            raise StreamError(f"{self.name}: the answer holds a record that is no object")
        record = t.cast("Record", self.post_process(row, context))  # `None` is the SDK's
        return self._shaper.shape(record, context)

    @property
    def _looks_at_rows(self) -> bool:
        """Whether the stream has code of its own that needs rows as objects."""
        own = type(self)
        return (
            own.post_process is not ApiStream.post_process
            or own.records_in is not ApiStream.records_in
        )

    @cached_property
    def _row_decoder(self) -> RowDecoder:
        return RowDecoder(self.schema, self.primary_keys, self.conversions)

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
            hidden=hidden_properties(self, self._tap.stream_map_settings),
            report=self._tap.report,
        )
