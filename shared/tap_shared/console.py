"""What a person sees of a run in a terminal, or in the console of Meltano."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import typing as t
from pathlib import Path
from threading import RLock

from tap_shared.masking import SECRETS

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SDK_LOG_CONFIG = "SINGER_SDK_LOG_CONFIG"
"""The variable by which the SDK is given a logging configuration; Meltano sets it."""

REPEATED = {
    "Skipping deselected stream '%s'.",
    "Skipping parse of env var settings...",
}
"""Messages of the SDK that tell nothing, or that one line tells of all streams."""

CONSOLE_FORMATS = {"colored", "uncolored", "plain"}
"""Log formats of Meltano that show a metric without its stream."""

CLEAR = "\r\x1b[K"


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Return whether a log record is more than noise of the SDK: a filter of a logger."""
    return record.msg not in REPEATED


def shows_metrics() -> bool:
    """Return whether something other than a person may read the log.

    Meltano passes its settings to plugins as environment variables.
    """
    if SDK_LOG_CONFIG not in os.environ:
        return not sys.stderr.isatty()
    config = Path(
        os.environ.get("MELTANO_PROJECT_ROOT", ""),
        os.environ.get("MELTANO_CLI_LOG_CONFIG", "logging.yaml"),
    )
    if any(config.with_suffix(suffix).exists() for suffix in (config.suffix, ".yaml", ".yml")):
        return True
    return os.environ.get("MELTANO_CLI_LOG_FORMAT") not in CONSOLE_FORMATS


class LiveLine:
    """The last line of a terminal, written over and over, below the lines that are logged.

    Rich is no dependency of the SDK and takes 0.1 s to import; click's progress bar does not know
    of log lines.

    Args:
        terminal: where the line stands.
    """

    def __init__(self, terminal: t.TextIO) -> None:
        self._terminal = terminal
        self._line = ""
        # The same thread may log while it shows a line: in the handler of a signal.
        self._lock = RLock()

    def show(self, line: str) -> None:
        """Show a line in place of the last one, cut to the width of the terminal."""
        with self._lock:
            # Zero where nobody knows. The last column would let some terminals wrap.
            width = os.get_terminal_size(self._terminal.fileno()).columns or 80
            # The cursor goes back, so that another process writes over the line, not behind it.
            self._line = f"{SECRETS.mask(line)[: width - 1]}\r"
            with contextlib.suppress(OSError):  # a terminal that was closed is no trouble
                self.write("")

    def write(self, text: str) -> None:
        """Write text above the line, as the handler of a logger does."""
        with self._lock:
            self._terminal.write(f"{CLEAR}{text}{self._line}")
            self._terminal.flush()

    def flush(self) -> None:
        """Do nothing: all is written already."""

    def clear(self) -> None:
        """Remove the line."""
        with self._lock, contextlib.suppress(OSError):
            self._line = ""
            self.write("")


@contextlib.contextmanager
def live_line() -> Iterator[LiveLine | None]:
    """Keep a line at the end of the terminal for a while, below the lines that are logged.

    Yields:
        The line; `None` without a terminal, or where the messages go to it as well.
    """
    is_wanted = (
        sys.stderr.isatty()
        and not sys.stdout.isatty()
        and SDK_LOG_CONFIG not in os.environ
        and os.environ.get("TERM") != "dumb"
    )
    if not is_wanted:
        yield None
        return
    line = LiveLine(sys.stderr)
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
    ]
    for handler in handlers:
        handler.setStream(line)
    try:
        yield line
    finally:
        line.clear()
        for handler in handlers:
            handler.setStream(sys.stderr)
