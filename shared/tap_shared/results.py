"""The result of each stream of a run: collected while it is read, logged as a table at the end."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import asdict, dataclass, field
from datetime import UTC

from tap_shared.bookmarks import instant_or_none

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Outcome(enum.StrEnum):
    """How the read of a stream ended."""

    NOT_READ = "not read"
    COMPLETE = "complete"
    UP_TO_DATE = "incremental, up to date"
    OUT_OF_REQUESTS = "stopped by request budget"
    STOPPED = "stopped by signal"
    FAILED = "failed"


class Failure(t.NamedTuple):
    """What could not be read, and why.

    Attributes:
        partition: the partition that failed, empty for the whole stream.
        message: what happened, without credentials.
    """

    partition: str
    message: str


@dataclass
class StreamResult:
    """What a run did with one stream.

    Attributes:
        stream: the stream's name.
        outcome: how its read ended.
        records: records emitted.
        requests: requests sent for it, retries included.
        seconds: duration of its read.
        bookmark_before: its bookmark at the start of the run, empty without one.
        bookmark_after: its bookmark at the end of the run.
        partitions: number of partitions, 0 while unknown.
        failures: what of it could not be read.
    """

    stream: str
    outcome: Outcome = Outcome.NOT_READ
    records: int = 0
    requests: int = 0
    seconds: float = 0.0
    bookmark_before: str = ""
    bookmark_after: str = ""
    partitions: int = 0
    failures: list[Failure] = field(default_factory=list)

    def to_dict(self) -> dict[str, t.Any]:
        """Return the result as JSON types, for a structured log."""
        failures = [each._asdict() for each in self.failures]
        return {**asdict(self), "outcome": self.outcome.value, "failures": failures}

    @property
    def text(self) -> str:
        """The outcome in words, and why a stream failed."""
        partitions = sum(bool(each.partition) for each in self.failures)
        whole = [each.message for each in self.failures if not each.partition]
        if whole:
            return f"{Outcome.FAILED}: {whole[-1].removeprefix(f'{self.stream}: ')}"
        if not partitions:
            return self.outcome
        if self.outcome is Outcome.FAILED:
            return f"{self.outcome}: {partitions} of {self.partitions} partitions"
        return f"{self.outcome}; failed: {partitions} of {self.partitions} partitions"


# Heading, alignment, and cell of each column; the last one may be long.
_COLUMNS: t.Final[tuple[tuple[str, str, t.Callable[[StreamResult], object]], ...]] = (
    ("stream", "<", lambda result: result.stream),
    ("records", ">", lambda result: result.records),
    ("requests", ">", lambda result: result.requests),
    ("seconds", ">", lambda result: f"{result.seconds:.1f}"),
    ("bookmark before", "<", lambda result: result.bookmark_before),
    ("bookmark after", "<", lambda result: result.bookmark_after),
    ("result", "<", lambda result: result.text),
)


def table(results: Iterable[StreamResult]) -> Iterator[tuple[str, StreamResult | None]]:
    """Yield the lines of the table: the heading, a row a stream, a line a failed partition.

    Yields:
        The line, and the result of which it is the row: `None` for any other line.
    """
    rows = [(result, [str(cell(result)) for _, _, cell in _COLUMNS]) for result in results]
    headings = [heading for heading, _, _ in _COLUMNS]
    widths = [max(map(len, column)) for column in zip(headings, *(c for _, c in rows), strict=True)]

    def line(cells: Iterable[str]) -> str:
        columns = zip(cells, _COLUMNS, widths, strict=True)
        return "  ".join(
            f"{cell:{align}{width}}" for cell, (_, align, _), width in columns
        ).rstrip()

    yield line(headings), None
    for result, cells in rows:
        yield line(cells), result
        for partition, message in result.failures:
            if partition:
                yield f"  {partition}: {message.removeprefix(f'{result.stream}: ')}", None


def bookmark_text(state: Mapping[str, t.Any]) -> str:
    """Return the bookmark of a stream's state in a few words, to the second in UTC.

    Of several partitions, the oldest one: up to there all of them have been read.

    Args:
        state: the stream's part of the state, in the SDK's form.
    """
    partitions = state.get("partitions", [])
    values = (each.get("replication_key_value") for each in (state, *partitions))
    moments = sorted(filter(None, map(instant_or_none, values)))
    if not moments:
        return ""
    oldest = moments[0].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"oldest of {len(moments)}: {oldest}" if len(moments) > 1 else oldest
