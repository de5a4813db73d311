"""Reads the messages, and keeps stop signals waiting while one is handled."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from decimal import Decimal
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import InvalidInputLine
from singer_sdk.io_base import GenericSingerReader

from target_duckdb.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from target_duckdb.quick import QuickRows

_BYTES_AT_ONCE = 1 << 16  # as much as a pipe holds

# Decimals, as in the SDK's own reader, keep numbers in JSON columns as they were written.
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class MessageReader(GenericSingerReader[bytes]):
    """Reads messages as bytes, so that the system's text encoding does not matter.

    Attributes:
        busy: Whether a message is being handled, so that stopping now would break it off.
        stop_signal: Number of a signal to raise again when no message is being handled.
        quick_rows: The fast path of the stream that the latest record was of.
    """

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        self.stop_signal: int | None = None
        self.quick_rows: QuickRows | None = None

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input."""
        return sys.stdin.buffer

    def process_lines(
        self,
        file_input: IO[bytes] | None,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
    ) -> Counter[str]:
        """Hand each message to the callback for its type.

        Args:
            file_input: The lines; default standard input.
            callbacks: What handles a message, by message type.

        Returns:
            The number of messages by type.

        Raises:
            InvalidInputLine: If a line is no message.
        """
        counter: Counter[str] = Counter()
        for lines in _lines_that_came(file_input or self.default_input):
            self.busy = True
            if not self._takes(lines, counter):
                for line in BytesIO(lines):
                    self.busy = True
                    if not self._takes(line, counter):
                        self._handle(line, callbacks, counter)
                    self._stop_if_told()
            self._stop_if_told()
        self.settle()
        return counter

    def _takes(self, lines: bytes, counter: Counter[str]) -> bool:
        taken = self.quick_rows.take(lines) if self.quick_rows else 0
        counter["RECORD"] += taken
        return taken > 0

    def _handle(
        self,
        line: bytes,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counter: Counter[str],
    ) -> None:
        self.settle()
        try:
            message = self.deserialize_json(line)
            kind = _kind(message, callbacks)
        except InvalidInputLine as error:
            number = counter.total() + 1
            start = one_line(line[:80].decode(errors="replace"))
            raise InvalidInputLine(f"Line {number} of the input {error}: {start}") from error
        callbacks[kind](message)
        counter[kind] += 1

    def take_records(self, lines: bytes, handle: Callable[[dict[str, Any]], None]) -> None:
        """Handle the records of a file.

        Args:
            lines: RECORD messages of one stream.
            handle: What handles a message.

        Raises:
            InvalidInputLine: If a line is no message.
        """
        if self.quick_rows and self.quick_rows.take(lines):
            return
        for line in BytesIO(lines):
            if self.quick_rows and self.quick_rows.take(line):
                continue
            self.settle()
            try:
                handle(self.deserialize_json(line))
            except InvalidInputLine as error:
                start = one_line(line[:80].decode(errors="replace"))
                raise InvalidInputLine(f"A record in a batch file {error}: {start}") from error

    def settle(self) -> None:
        """Finish what the fast path has begun; the next record chooses it anew."""
        quick_rows, self.quick_rows = self.quick_rows, None
        if quick_rows:
            quick_rows.settle()

    def _stop_if_told(self) -> None:
        self.busy = False
        if self.stop_signal is not None:
            signal.raise_signal(self.stop_signal)

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Decode a line.

        Args:
            line: UTF-8 text of a JSON object.

        Returns:
            The object.

        Raises:
            InvalidInputLine: If the line is anything else.
        """
        try:
            message = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInputLine(f"is not valid JSON ({one_line(str(error))})") from error
        if not isinstance(message, dict):
            raise InvalidInputLine("is not a JSON object")
        return message


def _kind(message: dict[str, Any], known: Container[str]) -> str:
    kind = message.get("type")
    if not isinstance(kind, str):
        raise InvalidInputLine("is a message without a type")
    if kind not in known:
        raise InvalidInputLine("is a message of an unknown type")
    return kind


def _lines_that_came(file: IO[bytes] | IO[str]) -> Iterator[bytes]:
    """Yield whole lines, as many at once as have come."""
    if not hasattr(file, "read1"):  # Python code may hand over anything that has lines, even text
        yield from (line.encode() if isinstance(line, str) else line for line in file)
        return
    rest = b""
    while came := file.read1(_BYTES_AT_ONCE):
        whole, line_break, begun = came.rpartition(b"\n")
        if line_break:
            yield rest + whole + line_break
            rest = begun
        else:
            rest += begun
    if rest:
        yield rest
