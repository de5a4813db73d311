"""The one way in which a tap talks to its vendor."""

from __future__ import annotations

import math
import re
import typing as t
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import backoff
import requests

from tap_shared.api import at
from tap_shared.authentication import RenewableAuthentication
from tap_shared.connection import Connection
from tap_shared.errors import (
    CredentialsError,
    LastingError,
    QuotaError,
    RefusedError,
    StreamError,
    UnreachableError,
)
from tap_shared.masking import SECRETS
from tap_shared.quota import Budget, Pace
from tap_shared.retries import PassingError, retry_after, waits
from tap_shared.rows import decode

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_shared.api import Api, Request

LONGEST_WAIT = 300.0
"""Seconds; a vendor that asks for more is left in peace until the next run."""

LONGEST_MESSAGE = 200
"""Characters of a vendor's message that are shown."""

MOST_REDIRECTS = 3

WORTH_A_THREAD = 0.05
"""Seconds that an answer takes; when it takes longer, the next ones are fetched ahead."""

T = t.TypeVar("T")

# A NUL character means nothing, and most databases take none. An even number of backslashes before
# it are characters of the text themselves.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Transport:
    """One HTTP session for a whole tap: it paces, counts, signs, sends, retries and checks.

    Args:
        api: what the vendor is like.
        settings: the tap's settings, the common ones among them.
        logger: where waits are reported.
    """

    def __init__(self, api: Api, settings: Mapping[str, t.Any], logger: logging.Logger) -> None:
        self.api = api
        self.budget = Budget(settings.get("max_requests"))
        self._base = str(settings["api_url"]).rstrip("/") + "/"
        self._pace = Pace(settings["requests_per_minute"])
        self._seconds_per_answer = 0.0
        self._logger = logger
        self._connection = Connection(
            self._base, settings["user_agent"], settings["request_timeout_seconds"]
        )
        self._authentication = api.authentication(settings, self)
        renewable = isinstance(self._authentication, RenewableAuthentication)
        self._token = t.cast("RenewableAuthentication", self._authentication) if renewable else None

    @property
    def in_flight(self) -> int:
        """How many requests under way at once use up what the pace allows, at most the vendor's.

        One where answers come so fast that threads would cost more than they win.
        """
        if self._seconds_per_answer < WORTH_A_THREAD:
            return 1
        needed = self._seconds_per_answer / self._pace.interval
        return min(self.api.in_flight, 1 + math.ceil(needed))

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()

    def send(
        self, request: Request, stream: str, decode: Callable[[bytes], t.Any] = decode
    ) -> t.Any:
        """Return the decoded body of the answer.

        Args:
            request: what to ask for.
            stream: who asks.
            decode: decodes the body; may raise a `ValueError`.

        Raises:
            RefusedError: the vendor refuses this request.
            LastingError: the vendor fails on it again and again.
            CredentialsError: the credentials are not accepted.
            QuotaError: the vendor's limit is reached for long.
            UnreachableError: no answer comes.
            BudgetError: `max_requests` is spent.
        """
        return self._with_retries(request, lambda: self._decoded(request, stream, decode))

    def send_for_bytes(self, request: Request, stream: str) -> tuple[bytes, str]:
        """Return body and content type of an answer that is no JSON; raises as `send` does."""
        response = self._with_retries(request, lambda: self._response(request, stream))
        return response.content, response.headers.get("Content-Type", "")

    def _with_retries(self, request: Request, attempt: Callable[[], T]) -> T:
        def is_final(failure: Exception) -> bool:
            status = t.cast("PassingError", failure).status
            return request.costs_credits and status != HTTPStatus.TOO_MANY_REQUESTS

        patient = backoff.on_exception(
            waits,
            PassingError,
            max_tries=self.api.tries,
            jitter=None,
            giveup=is_final,
            on_backoff=self._on_retry,
            logger=None,
        )
        try:
            return patient(attempt)()
        except PassingError as failure:
            raise self._final(failure, request) from failure

    def _decoded(self, request: Request, stream: str, decode: Callable[[bytes], t.Any]) -> t.Any:
        response = self._response(request, stream)
        try:
            body = decode(_without_nul(response.content))
        except ValueError as error:  # as all errors of decoding are
            kind = response.headers.get("Content-Type", "no content type")
            line = f"{stream}: {request.path} answered no JSON ({kind})"
            raise PassingError(line, response.status_code) from error
        refused = self.api.success_at and at(body, self.api.success_at) is False
        if refused or (self.api.error_at and at(body, self.api.error_at)):
            line = self._line(stream, request, "refused", self._message(body))
            raise RefusedError(line, response.status_code)
        return body

    def _response(self, request: Request, stream: str) -> requests.Response:
        url = self._pinned(self._base, request.path.lstrip("/"))
        may_renew = self._token is not None and request.is_signed
        asked = request
        for _ in range(MOST_REDIRECTS):
            response = self._answer(asked, url, stream)
            if response.status_code == HTTPStatus.UNAUTHORIZED and self._token and may_renew:
                # A token may end before its time. Once: a new one that fails too is no accident.
                self._token.forget()
                may_renew = False
            elif response.is_redirect:
                url = self._pinned(str(response.url), response.headers["Location"])
                asked = replace(request, parameters={})
            else:
                return self._checked(response, request, stream)
        raise StreamError(f"{stream}: {request.path} redirects without end; check `api_url`")

    def _answer(self, request: Request, url: str, stream: str) -> requests.Response:
        if request.is_signed and self._token:
            self._token.renew()
        authentication = self._authentication if request.is_signed else None
        prepared = self._connection.prepare(request, url, authentication)
        self.budget.spend(stream)
        self.budget.wait(self._pace.wait())
        try:
            response = self._connection.send(prepared)
        except requests.exceptions.RequestException as error:
            # The exception's own text holds the whole address; its name is enough.
            line = f"{stream}: {request.path} got no whole answer ({type(error).__name__})"
            lost = isinstance(error, requests.exceptions.ConnectionError)
            raise PassingError(line, unreachable=lost) from error
        except ValueError as error:  # requests looks at redirects that it is not to follow, too
            raise StreamError(f"{stream}: {request.path} points to what is no address") from error
        finally:
            self._pace.answered()
        self._seconds_per_answer = response.elapsed.total_seconds()
        return response

    def _pinned(self, found_at: str, address: str) -> str:
        """Return a whole address, and let only the host of `api_url` see the credentials."""
        try:
            url = urljoin(found_at, address)
            ours, theirs = urlsplit(self._base), urlsplit(url)
        except ValueError as error:
            raise StreamError("the vendor points to what is no address") from error
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise StreamError(
                f"the vendor points to {theirs.scheme}://{theirs.hostname}, which is not the host "
                "of `api_url`: credentials are not sent there; if the vendor has moved, set "
                "`api_url`"
            )
        return url

    def _checked(
        self, response: requests.Response, request: Request, stream: str
    ) -> requests.Response:
        status = response.status_code
        if status < HTTPStatus.BAD_REQUEST:
            return response
        line = self._line(stream, request, f"HTTP {status}", self._said(response), status)
        is_limit = status == HTTPStatus.TOO_MANY_REQUESTS
        if is_limit or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            seconds = retry_after(response)
            if seconds is None and is_limit:
                seconds = self.api.seconds_after_429
            if seconds is not None and seconds > LONGEST_WAIT:
                raise QuotaError(f"{line}; it asks to wait {seconds:.0f} s: run again after that")
            raise PassingError(line, status, seconds)
        if status == HTTPStatus.UNAUTHORIZED:
            raise CredentialsError(line)
        refusal = RefusedError(line, status)
        raise PassingError(line, status) if request.may_pass(refusal) else refusal

    def _said(self, response: requests.Response) -> str:
        try:
            return self._message(decode(response.content))
        except ValueError:
            return ""

    def _message(self, body: t.Any) -> str:
        found = (_text_in(at(body, path)) for path in self.api.messages_at)
        # Masked first: what is left of a secret that was cut in two would not be known again.
        return SECRETS.mask(" ".join(next(filter(None, found), "").split()))[:LONGEST_MESSAGE]

    def _line(
        self, stream: str, request: Request, what: str, said: str, status: int | None = None
    ) -> str:
        advice = self.api.advice.get(status or 0, "")
        line = f"{stream}: {request.path} answered {what}"
        return line + (f" ({said})" if said else "") + (f"; {advice}" if advice else "")

    def _final(self, failure: PassingError, request: Request) -> BaseException:
        if request.costs_credits:
            return LastingError(f"{failure}; not repeated, because it costs credits")
        line = f"{failure}, {self.api.tries} times"
        if failure.unreachable:
            return UnreachableError(f"{line}; check the network and `api_url`, then run again")
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            return QuotaError(f"{line}; run again later, or lower `requests_per_minute`")
        return LastingError(f"{line}; the vendor is in trouble: run again later")

    def _on_retry(self, details: t.Any) -> None:
        self.budget.retries += 1
        self.budget.wait(details["wait"])
        self._logger.warning("%s; again in %.0f s", details["exception"], details["wait"])


def _without_nul(content: bytes) -> bytes:
    return _NUL.sub(rb"\1", content) if rb"\u0000" in content else content


def _text_in(value: t.Any) -> str:
    """Return the first text in a value, however deep it lies."""
    if isinstance(value, str):
        return value
    inner = value.values() if isinstance(value, dict) else value
    return next(filter(None, map(_text_in, inner)), "") if isinstance(value, (dict, list)) else ""
