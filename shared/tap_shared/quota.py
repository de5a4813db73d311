"""Spending a vendor's quota: the pace of requests, how many a run may send, and credits."""

from __future__ import annotations

import enum
import time
import typing as t
from collections import Counter, deque
from threading import Lock

from tap_shared.errors import BudgetError, CreditsError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MARGIN = 1.02
"""Two runs that follow each other share a window, of which each takes the first moment."""

FEW = 10
"""Requests that are watched: this many are allowed in their share of a minute, whatever delays one
on its way. Fewer would make each answer's time count, more would let them bunch in a second."""


class Pace:
    """Sends no request sooner than the vendor's limit allows, from whichever thread.

    Evenly, not in bursts: two runs that follow each other then keep the limit too. And what leaves
    evenly may arrive unevenly: a request that was long on its way arrives close to the next ones.
    It has arrived when it is answered, so that moment counts. Our own few lines, because
    pyrate-limiter takes a quarter of a second to import and lets bursts through.

    Args:
        requests_per_minute: the vendor's limit.

    Attributes:
        interval: seconds between two requests.
    """

    def __init__(self, requests_per_minute: float) -> None:
        self.interval = 60 / requests_per_minute * MARGIN
        self._next = 0.0
        self._span = 60 / requests_per_minute * FEW
        self._answers: deque[float] = deque(maxlen=FEW)
        self._lock = Lock()

    def wait(self) -> float:
        """Sleep until the next request may leave; return the seconds slept."""
        with self._lock:
            now = time.monotonic()
            leaves = max(now, self._next)
            if len(self._answers) == FEW:
                leaves = max(leaves, self._answers[0] + self._span)
            self._next = leaves + self.interval
        seconds = leaves - now
        if seconds:
            time.sleep(seconds)
        return seconds

    def answered(self) -> None:
        """Note that a request has arrived."""
        self._answers.append(time.monotonic())


class SpendingMetric(enum.Enum):
    """What a run tells of its requests beside their number, which the SDK has a metric for."""

    RETRIES = "http_retry_count"
    SECONDS_WAITED = "http_wait_duration"
    REQUESTS_LEFT = "http_requests_left"


class Budget:
    """Counts every request of a run, retries and tokens included, and stops at the limit.

    Attributes:
        requests: requests sent, by stream.
        retries: how many of them repeated one that had failed.
        seconds_waited: what the pace and the retries cost in time.
    """

    def __init__(self, max_requests: int | None = None) -> None:
        self.max_requests = max_requests
        self.requests: Counter[str] = Counter()
        self.retries = 0
        self.seconds_waited = 0.0
        self._lock = Lock()

    def wait(self, seconds: float) -> None:
        """Count seconds waited."""
        with self._lock:
            self.seconds_waited += seconds

    def spend(self, stream: str) -> None:
        """Count one request for `stream`.

        Raises:
            BudgetError: if the run has none left.
        """
        with self._lock:
            if self.max_requests is not None and self.requests.total() >= self.max_requests:
                raise BudgetError(f"max_requests = {self.max_requests} is spent")
            self.requests[stream] += 1

    def metrics(self) -> Iterator[tuple[str, SpendingMetric, float]]:
        """Yield type, name and value of each metric of what was spent."""
        yield "counter", SpendingMetric.RETRIES, self.retries
        yield "timer", SpendingMetric.SECONDS_WAITED, round(self.seconds_waited, 3)
        if self.max_requests is not None:
            left = self.max_requests - self.requests.total()
            yield "gauge", SpendingMetric.REQUESTS_LEFT, left

    def summary(self) -> str:
        """Return what was spent, in one line."""
        by_stream = ", ".join(f"{name} {count}" for name, count in self.requests.items())
        line = f"{self.requests.total()} requests ({by_stream or 'none'}), {self.retries} retries, "
        line += f"{self.seconds_waited:.1f} s waited"
        if self.max_requests is not None:
            line += f", {self.max_requests - self.requests.total()} of max_requests left"
        return line


class Credits:
    """The credits that a run may spend, over all streams.

    What a request will cost is not known before, so the most that it can cost is set aside.
    """

    def __init__(self, max_credits: int | None) -> None:
        self.max_credits = max_credits
        self.set_aside = 0

    def spend(self, most: int, stream: str) -> None:
        """Set aside what one request of `stream` can cost.

        Raises:
            CreditsError: if there is no setting, or not enough left.
        """
        if self.max_credits is None:
            raise CreditsError(
                f"{stream} costs credits: set `max_credits` to the most that a run may spend, or "
                "deselect the stream"
            )
        if self.set_aside + most > self.max_credits:
            raise CreditsError(
                f"{stream}: max_credits = {self.max_credits} is spent, or could be by the next "
                "request; the inputs after it were not asked for"
            )
        self.set_aside += most
