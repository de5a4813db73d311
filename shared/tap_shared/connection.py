"""The HTTP connections to a vendor, kept open for the whole run."""

from __future__ import annotations

import typing as t

import requests

from tap_shared.errors import StreamError

if t.TYPE_CHECKING:
    from requests.auth import AuthBase

    from tap_shared.api import Request


class Connection:
    """Sends requests as `requests` does, without finding out anew for each what never changes.

    What the environment says of proxies and certificates is looked up once, and the address is
    taken apart once: that halves what a request costs beside the network.

    Args:
        base: the address under which all requests go.
        user_agent: what the requests say of their sender.
        timeout: seconds to wait for the vendor to connect, and to go on sending.
    """

    def __init__(self, base: str, user_agent: str, timeout: float) -> None:
        self._session = requests.Session()
        self._headers = {**self._session.headers, "User-Agent": user_agent}
        self._environment = self._session.merge_environment_settings(base, {}, None, None, None)
        self._timeout = timeout

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def prepare(
        self, request: Request, url: str, authentication: AuthBase | None
    ) -> requests.PreparedRequest:
        """Return a request ready to be sent.

        Raises:
            StreamError: if the address is none; a vendor may have named it.
        """
        prepared = requests.PreparedRequest()
        try:
            prepared.prepare(
                request.method,
                url,
                headers={**self._headers, "Accept": request.accept},
                params=request.parameters,
                data=request.form,
                json=request.json,
                # Without any, `requests` would take a name and a password from the address.
                auth=authentication or _leave_unsigned,
                cookies=self._session.cookies,
            )
        except ValueError as error:
            # The exception's own text holds the whole address; its name is enough.
            line = f"{request.path} is no address that can be asked ({type(error).__name__})"
            raise StreamError(line) from error
        return prepared

    def send(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Send a request, and return the whole answer; follows no redirect.

        Raises:
            requests.exceptions.RequestException: if no whole answer comes.
        """
        return self._session.send(
            prepared, timeout=self._timeout, allow_redirects=False, **self._environment
        )


def _leave_unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
