"""Keeping credentials out of everything that is printed."""

from __future__ import annotations

import json
import logging
import re
import typing as t
from urllib.parse import quote, quote_plus

MASK = "***"


class Secrets:
    """The values that no log line may show, and the guard that masks them.

    A value is known by several spellings: as it is, as it stands in a URL, a form or JSON, and as
    Python prints it. The guard sits where log records are made, so that it holds for every logger,
    handler and level, those of urllib3 and of a log configuration of the user's included.
    """

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: object) -> None:
        """Mask `value` from now on; an empty one is nothing to hide."""
        text = str(value)
        if not text.strip():
            return
        # A lone surrogate, which no encoding knows, is no reason to show the rest.
        quoted = {
            quote(text, errors="replace"),
            quote(text, safe="", errors="replace"),
            quote_plus(text, errors="replace"),
        }
        written = {repr(text)[1:-1], json.dumps(text)[1:-1]}
        self._spellings |= {text, *written, *quoted}
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def mask(self, text: str) -> str:
        """Return `text` with every known value replaced by `***`."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def guard_logging(self) -> None:
        """Mask every log record that is made from now on in this process."""
        make_record = logging.getLogRecordFactory()

        def make_masked_record(*args: t.Any, **kwargs: t.Any) -> logging.LogRecord:
            return self._masked(make_record(*args, **kwargs))

        logging.setLogRecordFactory(make_masked_record)

    def _masked(self, record: logging.LogRecord) -> logging.LogRecord:
        text = record.getMessage()
        masked = self.mask(text)
        if masked != text:
            record.msg, record.args = masked, ()
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            masked_traceback = self.mask(traceback)
            if masked_traceback != traceback:
                # A handler prints the exception from the object: it must not get it.
                record.msg, record.args = f"{masked}\n{masked_traceback}", ()
                record.exc_info = None
        return record


SECRETS = Secrets()
"""The secrets of this process: one, because logging is one."""
