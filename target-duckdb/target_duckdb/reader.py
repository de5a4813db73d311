"""Reads the messages, and keeps stop signals waiting while one is handled."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import InvalidInputLine
from singer_sdk.io_base import GenericSingerReader

from target_duckdb.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from target_duckdb.quick import QuickRows

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
        for number, line in enumerate(file_input or self.default_input, start=1):
            self.busy = True
            if self.quick_rows:
                if self.quick_rows.take(line):
                    counter["RECORD"] += 1
                    self._stop_if_told()
                    continue
                self.settle()
            try:
                message = self.deserialize_json(line)
                kind = _kind(message, callbacks)
            except InvalidInputLine as error:
                problem = f"Line {number} of the input {error}: {_start_of(line)}"
                raise InvalidInputLine(problem) from error
            callbacks[kind](message)
            counter[kind] += 1
            self._stop_if_told()
        self.settle()
        return counter

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


def _start_of(line: bytes | str) -> str:
    """Show the start of a line; Python code may hand over text instead of bytes."""
    start = line[:80]
    return one_line(start if isinstance(start, str) else start.decode(errors="replace"))
