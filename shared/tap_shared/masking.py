"""Keeping credentials out of everything that is printed."""

from __future__ import annotations

import base64
import html
import json
import logging
import math
import re
import typing as t
from urllib.parse import quote, quote_plus

MASK = "***"

SHORTEST_SECRET = 4
"""Characters; fewer would be found, and masked, in any text."""

SHORTEST_BASE64 = 8
"""Characters; fewer would be found in texts that hold no secret."""

_PERCENT = re.compile("%[0-9A-F]{2}")


class Secrets:
    """The values that no log line may show, and the guard that masks them.

    A value is known by several spellings: as it is, as it stands in a URL, a form, JSON, HTML or
    base64, and as Python prints it. The guard sits where log records are made, so that it holds for
    every logger, handler and level, those of urllib3 and of a user's log configuration included.
    """

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: object) -> None:
        """Mask `value` from now on, unless it is too short to be a secret."""
        text = str(value)
        if len(text.strip()) < SHORTEST_SECRET:
            return
        # A lone surrogate, which no encoding knows, is no reason to show the rest.
        quoted = {
            quote(text, errors="replace"),
            quote(text, safe="", errors="replace"),
            quote_plus(text, errors="replace"),
        }
        lower = {_PERCENT.sub(lambda code: code[0].lower(), each) for each in quoted}
        written = {repr(text)[1:-1], json.dumps(text)[1:-1]}
        escaped = {html.escape(text), html.escape(text, quote=False), *_html_codes(text)}
        self._spellings |= {text, *written, *quoted, *lower, *escaped, *_in_base64(text)}
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


def _html_codes(text: str) -> set[str]:
    """Return a text whose special characters are numbered, as some templates write them."""
    special = [each for each in text if not each.isalnum()]
    found = {html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")}
    for form in ("&#{:d};", "&#x{:x};", "&#x{:X};"):
        found.add("".join(form.format(ord(each)) if each in special else each for each in text))
    return found


def _in_base64(text: str) -> set[str]:
    """Return what a text looks like within base64, wherever it begins in the encoded bytes.

    Three bytes make four characters, so there are three ways. Characters at either end that also
    depend on the bytes before and after it are left out.
    """
    content = text.encode(errors="replace")
    found = set()
    for before in range(3):
        bits = before * 8
        first, last = math.ceil(bits / 6), (bits + len(content) * 8) // 6
        standard = base64.b64encode(b"\0" * before + content).decode()[first:last]
        found |= {standard, standard.replace("+", "-").replace("/", "_")}
    return {each for each in found if len(each) >= SHORTEST_BASE64}


SECRETS = Secrets()
"""The secrets of this process: one, because logging is one."""
