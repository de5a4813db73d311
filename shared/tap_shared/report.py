"""What a run notes while it reads: the result of each stream, and warnings given once."""

from __future__ import annotations

import contextlib
import time
import typing as t

from singer_sdk.exceptions import SyncLifecycleSignal

from tap_shared.errors import BudgetError
from tap_shared.masking import SECRETS
from tap_shared.results import Failure, Outcome, StreamResult

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator


class Report:
    """Collects the results of streams; one may fail while the others go on.

    Attributes:
        results: the result of each stream, by name.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self.results: dict[str, StreamResult] = {}
        self._unmapped: set[tuple[str, str]] = set()
        self._misfits: set[tuple[str, str]] = set()
        self._logger = logger

    def result(self, stream: str) -> StreamResult:
        """Return the result of a stream."""
        return self.results.setdefault(stream, StreamResult(stream))

    @contextlib.contextmanager
    def reading(self, stream: str, *, incremental: bool) -> Iterator[StreamResult]:
        """Measure the read of a stream, and note how it ends; the caller counts the records."""
        result = self.result(stream)
        started = time.monotonic()
        try:
            yield result
        except BudgetError:
            result.outcome = Outcome.OUT_OF_REQUESTS
            raise
        # The SDK's lifecycle signals end a test of the connection, after one record.
        except (SystemExit, KeyboardInterrupt, GeneratorExit, SyncLifecycleSignal):
            result.outcome = Outcome.STOPPED
            raise
        except BaseException as error:
            self._note(stream, str(error))
            raise
        else:
            done = Outcome.UP_TO_DATE if incremental else Outcome.COMPLETE
            result.outcome = Outcome.FAILED if result.failures else done
        finally:
            result.seconds = time.monotonic() - started

    def failed(self, stream: str, message: str, partition: str = "") -> None:
        """Note that a stream, or one partition of it, could not be read."""
        self._note(stream, message, partition)
        line = message if message.startswith(f"{stream}:") else f"{stream}: {message}"
        self._logger.error("%s; the run goes on without it", line)

    def _note(self, stream: str, message: str, partition: str = "") -> None:
        result = self.result(stream)
        result.outcome = Outcome.FAILED
        # Masked here, because a structured log gets the result as an object; and a row is one line.
        texts = (" ".join(SECRETS.mask(text).split()) for text in (partition, message))
        result.failures.append(Failure(*texts))

    def has_failed(self, stream: str) -> bool:
        """Return whether a stream, or a partition of it, could not be read."""
        return stream in self.results and bool(self.results[stream].failures)

    def failures(self) -> list[str]:
        """Return the streams that could not be read, or not completely."""
        return [name for name in self.results if self.has_failed(name)]

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
