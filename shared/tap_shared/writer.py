"""Writing Singer messages to standard output."""

from __future__ import annotations

import sys
import typing as t
from datetime import UTC, datetime

from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding import GenericSingerWriter, SingerMessageType
from singer_sdk.singerlib.messages import Message
from typing_extensions import override

from tap_shared.errors import OutputError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_BYTES = 1 << 16

RECORDS_AT_ONCE = 64
"""Lines that are made together; more would no longer fit the processor's cache."""


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Collects RECORD lines and writes many at once; every other message goes out at once.

    A stop signal must not cut a line in two: while bytes leave, it waits.
    """

    def __init__(self) -> None:
        self._lines = bytearray()
        self._is_writing = False
        self._afterwards: Callable[[], None] | None = None

    @override
    def serialize_message(self, message: Message) -> bytes:
        return encoder.encode(message.to_dict())

    @override
    def write_message(self, message: Message) -> None:
        self._lines += self.format_message(message)
        self._lines += b"\n"
        if message.type is not SingerMessageType.RECORD or len(self._lines) >= MOST_BYTES:
            self.flush()

    def write_records(self, stream: str, records: Sequence[object], version: int | None) -> None:
        """Write the records of one page, as the SDK's RECORD messages.

        Args:
            stream: the stream's name.
            records: what can be encoded as JSON objects.
            version: the version of a stream read in full, if its loader wants to know.
        """
        message: dict[str, object] = {"type": "RECORD", "stream": stream, "record": {}}
        if version is not None:
            message["version"] = version
        message["time_extracted"] = datetime.now(UTC)
        head, _, tail = encoder.encode(message).partition(b"{}")
        tail += b"\n"
        for start in range(0, len(records), RECORDS_AT_ONCE):
            lines = encoder.encode_lines(records[start : start + RECORDS_AT_ONCE])
            # No line of JSON has a line break inside.
            self._lines += head + lines[:-1].replace(b"\n", tail + head) + tail
            if len(self._lines) >= MOST_BYTES:
                self.flush()

    def flush(self) -> None:
        """Write what has been collected.

        Raises:
            OutputError: if nobody takes it.
        """
        lines, self._lines = bytes(self._lines), bytearray()
        self._is_writing = True
        left = memoryview(lines)
        try:
            # Without Python's own buffer (PYTHONUNBUFFERED) a signal leaves a part unwritten.
            while left:
                left = left[sys.stdout.buffer.write(left) :]
            sys.stdout.flush()
        except OSError as error:
            raise OutputError(
                f"the output can't be written ({error.strerror}): is the loader still there, "
                "and is there room on its disk? Run again to go on from the last state"
            ) from error
        finally:
            self._is_writing = False
        if self._afterwards:
            self._afterwards()

    def when_not_writing(self, action: Callable[[], None]) -> None:
        """Call `action` now, or as soon as the line being written is complete."""
        if self._is_writing:
            self._afterwards = action
        else:
            action()
