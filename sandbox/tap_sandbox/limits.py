"""Rate limits, enforced when a request arrives."""

from __future__ import annotations

import time
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
        self._limits = limits
        self._options = options or {}
        self._arrivals: dict[tuple[Limit, str], deque[float]] = {}
        self._blocked_until: dict[str, float] = {}

    def wait(self, credential: str, method: str, now: float | None = None) -> float:
        """Count a request and return 0, or return the seconds until it would be admitted.

        Args:
            credential: The name of the credential that the request came with.
            method: The HTTP method.
            now: The arrival in monotonic seconds; by default this moment.
        """
        now = time.monotonic() if now is None else now
        wait = self._blocked_until.get(credential, 0) - now
        counted: list[deque[float]] = []
        for limit in self._limits:
            if limit.credential not in ("", credential):
                continue
            if limit.methods and method not in limit.methods:
                continue
            arrivals = self._arrivals.setdefault((limit, credential), deque())
            while arrivals and arrivals[0] <= now - limit.seconds:
                arrivals.popleft()
            counted.append(arrivals)
            if len(arrivals) >= limit.count:
                block = float(self._options.get(limit.block_option, limit.block_seconds))
                if block:
                    # The block is the punishment: after it the count begins anew.
                    arrivals.clear()
                    self._blocked_until[credential] = now + block
                    wait = max(wait, block)
                else:
                    wait = max(wait, arrivals[0] + limit.seconds - now)
        if wait > 0:
            return wait
        for arrivals in counted:
            arrivals.append(now)
        return 0
