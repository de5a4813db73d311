"""Showing that long work goes on."""

from __future__ import annotations

import time
import typing as t

if t.TYPE_CHECKING:
    import logging

    from tap_shared.quota import Budget

SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Logs a line every half minute: records, pages, requests, and the time still to go.

    Attributes:
        records: records handed on so far.
        of_pages: how many pages the present walk has, where that is known.
    """

    def __init__(self, stream: str, logger: logging.Logger, budget: Budget) -> None:
        self.records = 0
        self.of_pages: int | None = None
        self._pages = 0
        self._stream = stream
        self._logger = logger
        self._budget = budget
        self._started = self._last_line = time.monotonic()

    def page(self, of_pages: int | None) -> None:
        """Count a page."""
        self._pages += 1
        self.of_pages = of_pages or self.of_pages
        now = time.monotonic()
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            self._logger.info("%s", self._line(now - self._started))

    def _line(self, seconds: float) -> str:
        line = f"{self._stream}: {self.records} records, {self._pages} pages"
        if self.of_pages:
            to_go = seconds / self._pages * max(0, self.of_pages - self._pages)
            line += f" of {self.of_pages}, about {to_go:.0f} s to go"
        return f"{line}; {self._budget.requests.total()} requests used"
