"""What a vendor's API is like, declared once a tap; and one request to it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.auth import AuthBase

    from tap_shared.errors import RefusedError
    from tap_shared.transport import Transport


@dataclass(frozen=True)
class Request:
    """One request, relative to `api_url` or to a page that the vendor named.

    Attributes:
        path: `/contacts`, or a whole address on the host of `api_url`.
        parameters: the query.
        method: the HTTP method.
        form: a form-encoded body.
        json: a JSON body.
        costs_credits: the vendor charges for it, so it is never sent again blindly.
        accept: the type of body that is asked for.
        may_pass: whether a refusal is one that another try may mend; by default none is.
        is_signed: whether it carries the credentials; a request for a token does not.
    """

    path: str
    parameters: Mapping[str, t.Any] = field(default_factory=dict)
    method: str = "GET"
    form: Mapping[str, t.Any] | None = None
    json: t.Any = None
    costs_credits: bool = False
    accept: str = "application/json"
    may_pass: Callable[[RefusedError], bool] = lambda _: False
    is_signed: bool = True


@dataclass(frozen=True)
class Api:
    """How a vendor speaks, as far as it differs from others.

    Attributes:
        authentication: makes the credentials of each request from the settings; the transport is
            given for those vendors that want a token fetched first.
        messages_at: where an error body keeps its text, as dotted paths; the first text that is
            there, in a list or an object too, is shown to the user.
        advice: what to do, by HTTP status.
        success_at: the member of an answer that is false when the vendor refuses with a 200.
        error_at: the member of an answer that is there only when the vendor refuses with a 200.
        seconds_after_429: how long to wait when a 429 does not say.
        in_flight: how many requests may be under way at once; only where neither the vendor's
            limits nor its documents speak against it, and where credentials need no renewal.
        tries: how often a request is sent at most when it fails in passing.
    """

    authentication: Callable[[Mapping[str, t.Any], Transport], AuthBase]
    messages_at: tuple[str, ...] = ("message",)
    advice: Mapping[int, str] = field(default_factory=dict)
    success_at: str = ""
    error_at: str = ""
    seconds_after_429: float = 60
    in_flight: int = 1
    tries: int = 5


def at(body: object, path: str) -> t.Any:
    """Return what a decoded body holds at a dotted path, `None` where there is nothing.

    The empty path is the body itself.
    """
    for name in path.split(".") if path else ():
        body = body.get(name) if isinstance(body, dict) else None
    return body
