"""The clock that limits are counted by."""

from __future__ import annotations

import time


class Clock:
    """Seconds that run as the machine's do, until a test sets them.

    Attributes:
        set_to: Where the clock stands still; null while it runs.
    """

    def __init__(self) -> None:
        self.set_to: float | None = None

    def now(self) -> float:
        """Return the seconds: those of a monotonic clock, unless they are set."""
        return time.monotonic() if self.set_to is None else self.set_to
