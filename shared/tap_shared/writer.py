"""Writing Singer messages to standard output."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding import GenericSingerWriter, SingerMessageType
from singer_sdk.singerlib.messages import Message
from typing_extensions import override

from tap_shared.errors import OutputError

if t.TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 1 << 16


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

    def flush(self) -> None:
        """Write what has been collected.

        Raises:
            OutputError: if nobody takes it.
        """
        lines, self._lines = bytes(self._lines), bytearray()
        self._is_writing = True
        try:
            sys.stdout.buffer.write(lines)
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
