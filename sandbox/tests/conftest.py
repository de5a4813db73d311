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
        return self.session.get(
            f"{self.address}/wolfeo/v1{path}",
            params=query,
            headers={"authorization": f"Bearer {key}"},
            allow_redirects=False,
            timeout=30,
        )

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(
            method, f"{self.address}/control{path}", json=body, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> str:
        answer = self.session.request(
            method, f"{self.address}/control{path}", json=body, timeout=60
        )
        assert answer.status_code == 400
        return str(answer.json()["error"])

    def set(self, **options: Any) -> None:
        self.control("POST", "/options", {"wolfeo": options})

    def all_pages(self, path: str, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            body = self.wolfeo(path, page=page, per_page=100, **query).json()
            rows += body["data"]
            if page >= body["meta"]["last_page"]:
                return rows
            page += 1


@contextmanager
def running(*arguments: str) -> Iterator[tuple[Client, subprocess.Popen[str]]]:
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
    return running


@pytest.fixture(scope="session")
def shared_process() -> Iterator[Client]:
    with running("--unlimited") as (client, _):
        yield client


@pytest.fixture
def sandbox(shared_process: Client) -> Client:
    shared_process.control("POST", "/reset")
    return shared_process
