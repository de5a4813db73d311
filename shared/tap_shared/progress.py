"""Progress of a stream: a live line in a terminal, otherwise a log line every half minute."""

from __future__ import annotations

import time
import typing as t

if t.TYPE_CHECKING:
    import logging

    from tap_shared.console import LiveLine
    from tap_shared.quota import Budget
    from tap_shared.results import StreamResult

SECONDS_BETWEEN_LINES = 30.0

SECONDS_BETWEEN_UPDATES = 0.1
"""Of the live line; a terminal costs more than a page that comes fast."""


class Progress:
    """Shows records, pages, partitions, requests, and the time to go.

    Args:
        result: where the records of the stream are counted.
        logger: where lines are logged.
        budget: where requests are counted.
        live: the line of a terminal, which replaces the log lines.

    Attributes:
        result: the result of the stream.
        of_pages: how many pages the present partition has, where that is known.
    """

    def __init__(
        self,
        result: StreamResult,
        logger: logging.Logger,
        budget: Budget,
        live: LiveLine | None = None,
    ) -> None:
        self.result = result
        self.of_pages: int | None = None
        self._pages = 0
        self._partition = 0
        self._logger = logger
        self._budget = budget
        self._live = live
        self._interval = SECONDS_BETWEEN_UPDATES if live else SECONDS_BETWEEN_LINES
        self._started = self._last_line = time.monotonic()
        if live:
            live.show(self._line(0))

    def partition(self, number: int) -> None:
        """Note which partition is read, the first one is 0."""
        self._partition = number

    def page(self, of_pages: int | None) -> None:
        """Count a page."""
        self._pages += 1
        self.of_pages = of_pages or self.of_pages
        now = time.monotonic()
        if now - self._last_line < self._interval:
            return
        self._last_line = now
        line = self._line(now - self._started)
        if self._live:
            self._live.show(line)
        else:
            self._logger.info("%s", line)

    def _line(self, seconds: float) -> str:
        line = f"{self.result.stream}: {self.result.records} records, {self._pages} pages"
        done, of = self._pages, self.of_pages
        if self.result.partitions > 1:
            done, of = self._partition, self.result.partitions
            line += f", partition {done + 1}"
        if of:
            line += f" of {of}"
        if of and done:
            line += f", about {seconds / done * max(0, of - done):.0f} s to go"
        return f"{line}; {self._budget.requests.total()} requests used"
