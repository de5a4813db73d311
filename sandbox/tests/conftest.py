"""What the sandbox's tests ask it with."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sandbox-wolfeo-key"


class Client:
    """A running sandbox, seen from outside."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def wolfeo(self, path: str, key: str = KEY, **query: Any) -> requests.Response:
        """Ask Wolfeo, and follow no redirect."""
        return self.session.get(
            f"{self.address}/wolfeo/v1{path}",
            params=query,
            headers={"authorization": f"Bearer {key}"},
            allow_redirects=False,
            timeout=30,
        )

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask a control route, and get what it holds."""
        answer = self.session.request(
            method, f"{self.address}/control{path}", json=body, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> str:
        """Ask a control route for what it refuses, and get its error."""
        answer = self.session.request(
            method, f"{self.address}/control{path}", json=body, timeout=60
        )
        assert answer.status_code == 400
        return str(answer.json()["error"])

    def set(self, **options: Any) -> None:
        """Choose options of Wolfeo."""
        self.control("POST", "/options", {"wolfeo": options})

    def all_pages(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the rows of a list of Wolfeo, of all pages."""
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            body = self.wolfeo(path, page=page, per_page=100, **query).json()
            rows += body["data"]
            if page >= body["meta"]["last_page"]:
                return rows
            page += 1


class WhatConverts:
    """WhatConverts in a running sandbox, by default with the agency's key."""

    profile = ("sandbox-whatconverts-token", "sandbox-whatconverts-secret")
    agency = ("sandbox-whatconverts-agency-token", "sandbox-whatconverts-agency-secret")

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(
        self, path: str, key: tuple[str, str] | None = agency, **query: Any
    ) -> requests.Response:
        """Ask WhatConverts with a key."""
        address = f"{self.client.address}/whatconverts/api/v1{path}"
        return self.client.session.get(address, params=query, auth=key, timeout=60)

    def set(self, **options: Any) -> None:
        """Choose options of WhatConverts."""
        self.client.control("POST", "/options", {"whatconverts": options})

    def table(self, name: str) -> Any:
        """Return the rows of a table or view."""
        return self.client.control("GET", f"/whatconverts/{name}")

    def all_pages(
        self, path: str, noun: str, key: tuple[str, str] = agency, size: int = 250, **query: Any
    ) -> list[dict[str, Any]]:
        """Return the rows of a list of WhatConverts, of all pages."""
        rows: list[dict[str, Any]] = []
        number, body = 0, {"total_pages": 1}
        while number < body["total_pages"]:
            number += 1
            query |= {f"{noun}_per_page": size, "page_number": number}
            body = self.get(path, key=key, **query).json()
            rows += body[noun]
        assert len(rows) == body[f"total_{noun}"]
        return rows


@contextmanager
def running(*arguments: str) -> Iterator[tuple[Client, subprocess.Popen[str]]]:
    """Run a sandbox with these options."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tap_sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        client = Client(process.stdout.readline().strip())
        try:
            yield client, process
        finally:
            client.session.close()
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def start() -> Callable[..., Any]:
    """Start sandboxes with options of their own."""
    return running


@pytest.fixture(scope="session")
def shared_process() -> Iterator[Client]:
    """A sandbox without limits."""
    with running("--unlimited") as (client, _):
        yield client


@pytest.fixture
def sandbox(shared_process: Client) -> Client:
    """The shared sandbox as it was at the start."""
    shared_process.control("POST", "/reset")
    return shared_process


class Prospector:
    """A client of Prospector with a token, and of its control routes."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.address = f"{client.address}/prospector"
        self.token = self.new_token().json()["access_token"]

    def new_token(self, secret: str = "sandbox-prospector-secret") -> requests.Response:
        """Ask for a token."""
        given = {"client_id": "sandbox-prospector-id", "client_secret": secret}
        return self.client.session.post(
            f"{self.address}/v1/oauth/access_token",
            data={"grant_type": "client_credentials", **given},
            timeout=30,
        )

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        """Ask Prospector with the token."""
        headers = {"authorization": f"Bearer {self.token}"}
        url = path if path.startswith("http") else self.address + path
        return self.client.session.request(method, url, headers=headers, timeout=60, **how)

    def get(self, path: str, **query: Any) -> Any:
        """Return what a GET answers."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **form: Any) -> Any:
        """Return what a POST answers."""
        answer = self.ask("POST", path, data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table or view."""
        rows: list[dict[str, Any]] = self.client.control("GET", f"/prospector/{table}")
        return rows

    def set(self, **options: Any) -> None:
        """Choose options of Prospector."""
        self.client.control("POST", "/options", {"prospector": options})


@pytest.fixture
def prospector(sandbox: Client) -> Prospector:
    """Prospector, asked with a token."""
    return Prospector(sandbox)


@pytest.fixture
def whatconverts(sandbox: Client) -> WhatConverts:
    """WhatConverts, asked with a key."""
    return WhatConverts(sandbox)


@pytest.fixture
def start_whatconverts() -> Callable[..., Any]:
    """Start sandboxes with options of their own, and ask their WhatConverts."""

    @contextmanager
    def start(*arguments: str) -> Iterator[WhatConverts]:
        with running(*arguments) as (client, _):
            yield WhatConverts(client)

    return start
