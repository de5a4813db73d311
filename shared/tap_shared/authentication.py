"""Credentials, put on requests."""

from __future__ import annotations

import typing as t

from requests.auth import AuthBase

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
