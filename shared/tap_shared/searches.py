"""Streams that ask for something that costs credits, or that the vendor works out meanwhile."""

from __future__ import annotations

import time
import typing as t
from abc import abstractmethod
from dataclasses import replace

from typing_extensions import override

from tap_shared.api import Request, at
from tap_shared.errors import StreamError
from tap_shared.stream import ApiStream
from tap_shared.walks import Page

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record

FIRST_WAIT = 2.0
"""Seconds before the first look at a task; each further wait is half as long again."""

PATIENCE = 300.0
"""Seconds after which a task is given up."""


class PaidStream(ApiStream):
    """A stream whose requests cost credits: counted before, and never repeated blindly.

    Attributes:
        balance_request: how to ask for the credits that are left.
        balance_at: where the answer holds them.
    """

    balance_request: t.ClassVar[Request]
    balance_at: t.ClassVar[str]
    selected_by_default = False

    @property
    @override
    def is_read_in_full(self) -> bool:
        # What was paid for stays, though its input may leave the settings.
        return False

    def most_credits(self, context: Context) -> int:
        """Return the most that one request for a partition can cost."""
        del context
        return 1

    @override
    def request(self, context: Context, asked: Mapping[str, t.Any]) -> Request:
        self._tap.credits.spend(self.most_credits(context), self.name)
        return replace(super().request(context, asked), costs_credits=True)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        before = self._balance()
        yield from super()._sync_records(context, write_messages=write_messages)
        after = self._balance()
        self.logger.info("%s: credits before %s, after %s", self.name, before, after)

    def _balance(self) -> t.Any:
        try:
            body = self._tap.transport.send(self.balance_request, self.name)
        except StreamError as error:
            self.logger.warning("the balance can't be read: %s", error)
            return "unknown"
        return at(body, self.balance_at)


class SearchStream(PaidStream):
    """A stream of searches: start a task, look at it until it is ready, read it, go on."""

    @abstractmethod
    def start_request(self, context: Context, page: t.Any) -> Request:
        """Return the request that starts the search; `page` is `None` for the first one."""

    @abstractmethod
    def result_request(self, started: t.Any, context: Context) -> Request:
        """Return the request that looks at a task, given the body that answered its start."""

    @abstractmethod
    def is_ready(self, body: t.Any) -> bool:
        """Return whether a task is done.

        Raises:
            StreamError: if it has failed.
        """

    def next_page(self, body: t.Any) -> t.Any:
        """Return what starts the next page, `None` after the last one."""
        del body

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        page = None
        seen: list[t.Any] = []
        while page not in seen:
            seen.append(page)
            self._tap.credits.spend(self.most_credits(context), self.name)
            start = replace(self.start_request(context, page), costs_credits=True)
            started = self._tap.transport.send(start, self.name)
            body = self._wait_for(self.result_request(started, context))
            yield Page([record for _, record in self.answer(body, context).keyed])
            page = self.next_page(body)
            if page is None:
                return
        raise StreamError(f"{self.name}: the next page is one that was read already")

    def _wait_for(self, request: Request) -> t.Any:
        wait, waited = FIRST_WAIT, 0.0
        while waited < PATIENCE:
            time.sleep(wait)
            waited += wait
            wait *= 1.5
            body = self._tap.transport.send(request, self.name)
            if self.is_ready(body):
                return body
        raise StreamError(f"{self.name}: the vendor has not finished after {waited:.0f} s")
