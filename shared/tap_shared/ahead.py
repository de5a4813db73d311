"""Answers fetched before they are asked for, so that a slow network costs little."""

from __future__ import annotations

import typing as t
from collections import deque
from concurrent.futures import Future
from itertools import islice
from threading import Thread

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_shared.api import Request


class Ahead:
    """Sends requests that will most likely follow, in their order, and keeps their answers.

    An answer that was fetched ahead counts only while the requests come as they were foretold: a
    walk that steps back has seen rows move, and wants to know how they are now.

    Args:
        send: sends one request, and returns its answer; called in several threads.
    """

    def __init__(self, send: Callable[[Request], t.Any]) -> None:
        self._send = send
        self._sent: deque[tuple[Request, Future[t.Any]]] = deque()

    def answer(self, request: Request, then: Iterable[Request], most: int) -> t.Any:
        """Return the answer to a request; raises what `send` raises for it.

        Args:
            request: what is asked for.
            then: what will most likely be asked for next.
            most: how many requests may be under way at once.
        """
        if self._sent and self._sent[0][0] != request:
            self._sent.clear()
        following = list(islice(then, max(0, most - 1)))
        if not self._sent and not following:
            return self._send(request)
        for each in [request, *following][len(self._sent) :]:
            self._start(each)
        _, future = self._sent.popleft()
        return future.result()

    def _start(self, request: Request) -> None:
        future: Future[t.Any] = Future()
        self._sent.append((request, future))
        # A thread of a pool would be waited for at the end of the process, even after SIGTERM.
        Thread(target=self._fetch, args=(request, future), daemon=True).start()

    def _fetch(self, request: Request, future: Future[t.Any]) -> None:
        try:
            future.set_result(self._send(request))
        except BaseException as error:  # noqa: BLE001 (raised where the answer is asked for)
            future.set_exception(error)
