"""Rate limits, enforced when a request arrives."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Limit:
    """At most `count` requests in any `seconds` seconds, for each credential.

    Attributes:
        count: The requests allowed.
        seconds: The length of the sliding window.
        credential: Only for the credential of this name; empty means for every one.
        methods: Only for these HTTP methods; empty means for every one.
        block_seconds: How long everything is refused once the limit was passed; 0 means only
            until the window has room again.
        block_option: The vendor's option that holds the seconds instead, if it has one.
    """

    count: int
    seconds: float
    credential: str = ""
    methods: tuple[str, ...] = ()
    block_seconds: float = 0
    block_option: str = ""


class Limiter:
    """Counts the requests of one vendor. A refused request does not count."""

    def __init__(
        self, limits: tuple[Limit, ...], options: Mapping[str, str | float] | None = None
    ) -> None:
        """Set up the count of no request yet.

        Args:
            limits: What is allowed.
            options: The vendor's options in force. `limit_parts` cuts each limit into so many
                equal parts, each with its share of the count and of the seconds.
        """
        self._limits = limits
        self._options = options or {}
        self._arrivals: dict[tuple[Limit, str], deque[float]] = {}
        self._blocked_until: dict[str, float] = {}

    def wait(self, credential: str, method: str, now: float) -> float:
        """Count a request and return 0, or return the seconds until it would be admitted.

        Args:
            credential: The name of the credential that the request came with.
            method: The HTTP method.
            now: The arrival, in seconds of a clock that never goes back.
        """
        parts = int(self._options.get("limit_parts", 1))
        wait = self._blocked_until.get(credential, 0) - now
        counted: list[deque[float]] = []
        for limit in self._limits:
            if limit.credential not in ("", credential):
                continue
            if limit.methods and method not in limit.methods:
                continue
            arrivals = self._arrivals.setdefault((limit, credential), deque())
            seconds = limit.seconds / parts
            while arrivals and arrivals[0] <= now - seconds:
                arrivals.popleft()
            counted.append(arrivals)
            if len(arrivals) >= limit.count / parts:
                block = float(self._options.get(limit.block_option, limit.block_seconds))
                if block:
                    # The block is the punishment: after it the count begins anew.
                    arrivals.clear()
                    self._blocked_until[credential] = now + block
                    wait = max(wait, block)
                else:
                    wait = max(wait, arrivals[0] + seconds - now)
        if wait > 0:
            return wait
        for arrivals in counted:
            arrivals.append(now)
        return 0
