"""The pieces of a pipeline as real processes: the sandbox, a tap, Meltano, the warehouse."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import requests
from leaks import assert_none_in

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


class Sandbox:
    """A running `tap-sandbox`; a context manager that stops it.

    Args:
        arguments: its options.
        rows: sizes of tables, such as `wolfeo.orders=20`.
    """

    def __init__(self, *arguments: str, rows: t.Iterable[str] = ()) -> None:
        sizes = (word for each in rows for word in ("--rows", each))
        self._process = subprocess.Popen(
            [BIN / "tap-sandbox", "--port", "0", *arguments, *sizes],
            stdout=subprocess.PIPE,
            text=True,
        )
        # Some are started before pytest knows whether a test needs them.
        atexit.register(self._process.terminate)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.assert_no_credential_in_an_address()
        self._session.close()
        self._process.terminate()
        self._process.communicate(timeout=10)

    def get(self, route: str) -> t.Any:
        """Return what a control route holds, such as `requests` or `wolfeo/orders`."""
        return self._ask("GET", route)

    def post(self, route: str, body: t.Any = None) -> t.Any:
        """Tell a control route something."""
        return self._ask("POST", route, body)

    def patch(self, route: str, body: t.Any) -> t.Any:
        """Change a row."""
        return self._ask("PATCH", route, body)

    def delete(self, route: str) -> t.Any:
        """Remove what a control route names."""
        return self._ask("DELETE", route)

    def options(self, vendor: str, **values: t.Any) -> None:
        """Choose how a vendor behaves where its documents leave it open."""
        self.post("options", {vendor: values})

    def assert_no_credential_in_an_address(self) -> None:
        """Look at the addresses of all requests in the log."""
        shown = [entry["path"] for entry in self.get("requests") if entry["secrets_in_query"]]
        assert not shown, f"a credential in the address of {shown[0]}"

    def requests_to(self, vendor: str) -> list[dict[str, t.Any]]:
        """Return the log of the requests that a vendor got."""
        return [entry for entry in self.get("requests") if entry["vendor"] == vendor]

    def _ask(self, method: str, route: str, body: t.Any = None) -> t.Any:
        answer = self._session.request(method, f"{self.url}/control/{route}", json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


def discover(tap: str) -> dict[str, t.Any]:
    """Return the catalog of a tap."""
    done = finished([str(BIN / tap), "--discover"])
    assert done.returncode == 0
    catalog: dict[str, t.Any] = json.loads(done.stdout)
    return catalog


def choose(catalog: dict[str, t.Any], *streams: str, method: str | None = None) -> dict[str, t.Any]:
    """Select these streams of a catalog and no others, as any Singer user would."""
    for entry in catalog["streams"]:
        (root,) = [each["metadata"] for each in entry["metadata"] if not each["breadcrumb"]]
        root["selected"] = entry["tap_stream_id"] in streams
        if method and root["selected"]:
            root["replication-method"] = method
    return catalog


@dataclass
class Run:
    """What a tap printed and how it ended."""

    code: int
    messages: list[dict[str, t.Any]]
    log: str
    records: dict[str, list[dict[str, t.Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for message in self.messages:
            if message["type"] == "RECORD":
                self.records.setdefault(message["stream"], []).append(message["record"])

    @property
    def state(self) -> dict[str, t.Any]:
        """The last state."""
        states = [each["value"] for each in self.messages if each["type"] == "STATE"]
        return states[-1] if states else {}

    @property
    def errors(self) -> list[str]:
        """The lines of the log that are errors, without time and name."""
        return [line.rsplit(" | ", 1)[1] for line in self.log.splitlines() if "| ERROR" in line]


def tap_command(
    tap: str,
    folder: Path,
    config: dict[str, t.Any],
    *,
    streams: t.Sequence[str] = (),
    method: str | None = None,
    state: dict[str, t.Any] | None = None,
) -> list[str]:
    """Return the command of a tap, with the files that a Singer runner gives it."""
    command = [str(BIN / tap), "--config", _written(folder / "config.json", config)]
    if streams:
        catalog = choose(discover(tap), *streams, method=method)
        command += ["--catalog", _written(folder / "catalog.json", catalog)]
    if state is not None:
        command += ["--state", _written(folder / "state.json", state)]
    return command


@dataclass
class Started:
    """A tap under way, which writes into files: a pipe that nobody reads would stop it."""

    process: subprocess.Popen[bytes]
    folder: Path

    def finish(self) -> Run:
        """Wait for it, and read what it printed; a last line cut off by a kill is left out."""
        code = self.process.wait(timeout=300)
        output, log = ((self.folder / name).read_bytes() for name in ("output", "log"))
        assert_none_in(output, "the output")
        assert_none_in(log, "the log")
        return Run(code, [json.loads(line) for line in output.split(b"\n")[:-1]], log.decode())


def start_tap(
    tap: str,
    folder: Path,
    config: dict[str, t.Any],
    *,
    environment: dict[str, str] | None = None,
    **more: t.Any,
) -> Started:
    """Start a tap as a process of its own; see `tap_command`."""
    command = tap_command(tap, folder, config, **more)
    with (folder / "output").open("wb") as output, (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=log,
            env={**os.environ, "TMPDIR": str(folder), **(environment or {})},
        )
    return Started(process, folder)


def finished(command: t.Sequence[str], **streams: t.Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end; what it printed goes to `streams`, or else comes back."""
    captured = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    done = subprocess.run(command, check=False, **{**captured, **streams})
    assert_none_in(done.stdout or b"", "the output")
    assert_none_in(done.stderr or b"", "the log")
    return done


def run_tap(tap: str, folder: Path, config: dict[str, t.Any], **more: t.Any) -> Run:
    """Run a tap to its end; see `start_tap`."""
    return start_tap(tap, folder, config, **more).finish()


def processes_of(session: int) -> dict[int, bytes]:
    """Return the processes of a session that have not ended, by id, each with its command."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ends meanwhile
            after_the_name = (path / "stat").read_text().rpartition(")")[2].split()
            if int(after_the_name[3]) == session:
                found[int(path.name)] = (path / "cmdline").read_bytes()
    return {number: command for number, command in found.items() if command}


def _written(path: Path, content: t.Any) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def wait_until(condition: t.Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
