"""The pieces of a pipeline as real processes: the sandbox, a tap, Meltano, the warehouse."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import re
import subprocess
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import requests
from isolation import BIN
from leaks import assert_none_in
from vendors import VENDORS


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
            # A signal to all processes of a test is not for the sandbox, which outlives it.
            start_new_session=True,
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


@functools.cache
def _catalog_of(tap: str) -> str:
    (vendor,) = [each for each in VENDORS.values() if each.tap == tap]
    return json.dumps(vendor.tap_type()(validate_config=False).catalog_dict)


def discover(tap: str | Path) -> dict[str, t.Any]:
    """Return the catalog of a tap; of one by its path, what the process prints."""
    if isinstance(tap, str):
        text: str | bytes = _catalog_of(tap)
    else:
        done = finished([str(tap), "--discover"])
        assert done.returncode == 0
        text = done.stdout
    catalog: dict[str, t.Any] = json.loads(text)
    return catalog


def choose(catalog: dict[str, t.Any], *streams: str, method: str | None = None) -> dict[str, t.Any]:
    """Select these streams of a catalog and no others, as any Singer user would."""
    for entry in catalog["streams"]:
        (root,) = [each["metadata"] for each in entry["metadata"] if not each["breadcrumb"]]
        root["selected"] = entry["tap_stream_id"] in streams
        if method and root["selected"]:
            root["replication-method"] = method
    return catalog


LINE = re.compile(r"^[-\d]{10} \S+ \| ([A-Z]+) +\| \S+ +\| ", re.MULTILINE)
"""How a line of the log begins."""


@dataclass
class Run:
    """What a tap printed and how it ended.

    Attributes:
        waits: the seconds that a run in this process would have waited.
        requests: what was asked for, where a reader notes it.
    """

    code: int
    messages: list[dict[str, t.Any]]
    log: str
    records: dict[str, list[dict[str, t.Any]]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    requests: list[dict[str, t.Any]] = field(default_factory=list)

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
        return [text.splitlines()[0] for text in self._logged("ERROR")]

    @property
    def end(self) -> str:
        """The error with which a run that failed ended, with all of its lines."""
        return self._logged("ERROR")[-1] if self.code else ""

    @property
    def warnings(self) -> list[str]:
        """Warnings, and the errors before the end."""
        found = self._logged("WARNING", "ERROR")
        return found[:-1] if self.code else found

    def _logged(self, *levels: str) -> list[str]:
        _, *found = LINE.split(self.log)
        pairs = zip(found[::2], found[1::2], strict=True)
        return [text.removesuffix("\n") for level, text in pairs if level in levels]


def options(
    tap: str | Path,
    folder: Path,
    config: dict[str, t.Any],
    *,
    streams: t.Sequence[str] = (),
    method: str | None = None,
    catalog: t.Any = None,
    state: t.Any = None,
) -> list[str]:
    """Return the options of a tap, with the files that a Singer runner gives it.

    The catalog is the given one, or the tap's own with these streams selected.
    """
    found = ["--config", _written(folder / "config.json", config)]
    if streams:
        catalog = choose(discover(tap), *streams, method=method)
    for name, content in (("catalog", catalog), ("state", state)):
        if content is not None:
            found += [f"--{name}", _written(folder / f"{name}.json", content)]
    return found


def tap_command(
    tap: str | Path, folder: Path, config: dict[str, t.Any], **more: t.Any
) -> list[str]:
    """Return the command of a tap; see `options`."""
    return [str(BIN / tap), *options(tap, folder, config, **more)]


def finished_run(folder: Path, code: int) -> Run:
    """Read what a tap printed; a last line cut off by a kill is left out."""
    output, log = ((folder / name).read_bytes() for name in ("output", "log"))
    assert_none_in(output, "the output")
    assert_none_in(log, "the log")
    return Run(code, [json.loads(line) for line in output.split(b"\n")[:-1]], log.decode())


@dataclass
class Started:
    """A tap under way, which writes into files: a pipe that nobody reads would stop it."""

    process: subprocess.Popen[bytes]
    folder: Path

    def finish(self) -> Run:
        """Wait for it, and read what it printed."""
        return finished_run(self.folder, self.process.wait(timeout=300))


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
