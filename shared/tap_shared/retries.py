"""Which failures another try may mend, and how long to wait before it."""

from __future__ import annotations

import email.utils
import math
import random
import time
import typing as t
from datetime import UTC

from tap_shared.errors import StreamError

if t.TYPE_CHECKING:
    from collections.abc import Generator

    import requests


class PassingError(StreamError):
    """A request that failed in a way which a repetition may mend.

    Attributes:
        status: the HTTP status, `None` where no whole answer came.
        seconds: the wait that the vendor asks for, `None` where it does not say.
        unreachable: nobody is there at all, so that no other stream would fare better.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        seconds: float | None = None,
        *,
        unreachable: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.seconds = seconds
        self.unreachable = unreachable


def waits() -> Generator[float, PassingError, None]:
    """Yield the wait that the vendor asks for, else 2, 4, 8 … seconds, less up to a half."""
    failure = yield 0.0
    seconds = 2.0
    while True:
        asked = failure.seconds
        failure = yield seconds * random.uniform(0.5, 1) if asked is None else asked  # noqa: S311 (jitter)
        seconds *= 2


def retry_after(response: requests.Response) -> float | None:
    """Return the seconds that `Retry-After` asks for, `None` where it is missing or unreadable.

    A date is compared with the server's own clock, which need not agree with ours.
    """
    text = response.headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        until, now = _moment(text), _moment(response.headers.get("Date", ""))
        seconds = math.nan if until is None else until - (time.time() if now is None else now)
    return None if math.isnan(seconds) else max(1.0, seconds)


def _moment(text: str) -> float | None:
    """Return the unix seconds of an HTTP date, which is UTC where it does not say."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (OverflowError, ValueError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
