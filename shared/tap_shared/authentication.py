"""Credentials, put on requests."""

from __future__ import annotations

import base64
import math
import time
import typing as t

from requests.auth import AuthBase, HTTPBasicAuth

from tap_shared.api import Request
from tap_shared.errors import CredentialsError, RefusedError
from tap_shared.masking import SECRETS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests import PreparedRequest

    from tap_shared.transport import Transport


class HeaderAuthentication(AuthBase):
    """One header with the credentials in it."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value
        SECRETS.add(value)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers[self._name] = self._value
        return request


def authorization_header(
    template: str,
) -> Callable[[Mapping[str, t.Any], Transport], HeaderAuthentication]:
    """Declare an `Authorization` header.

    Args:
        template: its value, with the names of settings in braces: `Bearer {api_key}`.
    """

    def authentication(settings: Mapping[str, t.Any], _: Transport) -> HeaderAuthentication:
        return HeaderAuthentication("Authorization", template.format_map(settings))

    return authentication


def basic_authentication(
    user_setting: str, password_setting: str
) -> Callable[[Mapping[str, t.Any], Transport], AuthBase]:
    """Declare HTTP Basic authentication by two settings."""

    def authentication(settings: Mapping[str, t.Any], _: Transport) -> AuthBase:
        user, password = settings[user_setting], settings[password_setting]
        SECRETS.add(base64.b64encode(f"{user}:{password}".encode()).decode())
        return HTTPBasicAuth(user, password)

    return authentication


class RenewableAuthentication(AuthBase):
    """A bearer token that the vendor gives for the credentials, and that ends.

    Args:
        transport: sends the request for a token; it is counted and paced like any other.
        request: asks for a token.
        margin: seconds before its end at which a token is no longer used; one that lasts less
            than twice as long is used for half its time, and one without an end until a 401.
    """

    def __init__(self, transport: Transport, request: Request, margin: float = 60) -> None:
        self._transport = transport
        self._request = request
        self._margin = margin
        self._token = ""
        self._ends = 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def forget(self) -> None:
        """Take the token for ended, whatever the clock says."""
        self._token = ""

    def renew(self) -> None:
        """Get a token, unless there is one that lasts.

        Raises:
            CredentialsError: if the vendor gives none.
        """
        if self._token and time.monotonic() < self._ends:
            return
        asked_at = time.monotonic()
        try:
            body = self._transport.send(self._request, "token")
        except RefusedError as error:
            raise CredentialsError(f"{error}; check the credentials") from error
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise CredentialsError("token: the vendor gave none; check the credentials")
        SECRETS.add(token)
        seconds = body.get("expires_in")
        lasts = max(seconds - self._margin, seconds / 2) if isinstance(seconds, int) else math.inf
        self._token, self._ends = token, asked_at + lasts


def client_credentials(
    path: str, id_setting: str, secret_setting: str
) -> Callable[[Mapping[str, t.Any], Transport], RenewableAuthentication]:
    """Declare OAuth client credentials.

    Args:
        path: where the token is asked for.
        id_setting: the setting with the client's id.
        secret_setting: the setting with its secret.
    """

    def authentication(
        settings: Mapping[str, t.Any], transport: Transport
    ) -> RenewableAuthentication:
        form = {
            "grant_type": "client_credentials",
            "client_id": settings[id_setting],
            "client_secret": settings[secret_setting],
        }
        request = Request(path, method="POST", form=form, is_signed=False)
        return RenewableAuthentication(transport, request)

    return authentication
