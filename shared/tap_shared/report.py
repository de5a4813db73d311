"""What a run tells at its end."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterable


class Report:
    """Collects the trouble of single streams while the others go on.

    Attributes:
        failures: stream, partition (empty for the whole stream), and what happened.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self.failures: list[tuple[str, str, str]] = []
        self._unmapped: set[tuple[str, str]] = set()
        self._misfits: set[tuple[str, str]] = set()
        self._logger = logger

    def failed(self, stream: str, message: str, partition: str = "") -> None:
        """Note that a stream, or one partition of it, could not be read."""
        self.failures.append((stream, partition, message))
        line = message if message.startswith(f"{stream}:") else f"{stream}: {message}"
        self._logger.error("%s; the run goes on without it", line)

    def unmapped(self, stream: str, names: Iterable[str]) -> None:
        """Warn once of each property that a vendor sends and no schema names."""
        new = [name for name in names if (stream, name) not in self._unmapped]
        if new:
            self._unmapped |= {(stream, name) for name in new}
            self._logger.warning(
                "%s: the vendor sends %s, which the schema does not name", stream, ", ".join(new)
            )

    def misfits(self, stream: str, names: Iterable[str]) -> None:
        """Warn once of each property of which a value is not of the type in its schema."""
        new = [name for name in names if (stream, name) not in self._misfits]
        if new:
            self._misfits |= {(stream, name) for name in new}
            self._logger.warning(
                "%s: the vendor sends %s in another type than the schema says: such values are "
                "no longer in their columns, but in `_unmapped`",
                stream,
                ", ".join(new),
            )

    def table(self) -> str:
        """Return the failures, one a line."""
        rows = [("stream", "partition", "what happened"), *self.failures]
        stream_width = max(len(row[0]) for row in rows)
        partition_width = max(len(row[1]) for row in rows)
        return "\n".join(
            f"{stream:{stream_width}}  {partition:{partition_width}}  {message}"
            for stream, partition, message in rows
        )
