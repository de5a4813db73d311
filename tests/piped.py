"""`tap | loader`, as any Singer runner starts them, so that either can be stopped at will."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from dataclasses import dataclass

from isolation import BIN
from leaks import assert_none_in
from pipeline import tap_command
from warehouse import Meltano

if t.TYPE_CHECKING:
    from pathlib import Path

    from pipeline import Sandbox
    from vendors import Vendor


@dataclass
class Pipeline:
    """A tap and a loader under way, joined by a pipe or by hand."""

    tap: subprocess.Popen[bytes]
    loader: subprocess.Popen[bytes]

    def send(self, number: int, victim: str) -> None:
        """Send a signal to one or both."""
        for name, process in (("tap", self.tap), ("loader", self.loader)):
            if victim in {name, "both"}:
                process.send_signal(number)

    def hand_over(self, count: int) -> None:
        """Pass on so many bytes, so that the end can come in the middle of a line."""
        self.loader.stdin.write(self.tap.stdout.read(count))
        self.loader.stdin.flush()

    def wait(self) -> tuple[int, int]:
        """Wait for both to end; return their exit codes."""
        for end in (self.tap.stdout, self.loader.stdin):
            if end:
                end.close()
        return self.tap.wait(60), self.loader.wait(60)


class Runner:
    """What any Singer runner does: `tap | loader`, whose last state is the next run's first."""

    def __init__(self, vendor: Vendor, sandbox: Sandbox, folder: Path, batch: int) -> None:
        folder.mkdir(exist_ok=True)
        self.vendor = vendor
        self.sandbox = sandbox
        self.folder = folder
        self.state: dict[str, t.Any] | None = None
        self._batch = batch
        # It is not run here: it knows how to ask the warehouse.
        self._meltano = Meltano(folder, sandbox.url)

    def start(self, *, joined: bool = True, room: int | str = "unlimited") -> Pipeline:
        """Start the tap, and the loader with so many blocks of 512 bytes of room for each file."""
        self.sandbox.delete("requests")
        config = self.vendor.config(self.sandbox)
        command = tap_command(self.vendor.tap, self.folder, config, state=self.state)
        settings = {
            "path": str(self._meltano.warehouse),
            "default_target_schema": self.vendor.name,
            "batch_size_rows": self._batch,
        }
        (self.folder / "loader.json").write_text(json.dumps(settings))
        loading = [BIN / "target-duckdb", "--config", self.folder / "loader.json"]
        # What a killed loader leaves behind goes with the test's folder.
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        with (self.folder / "states").open("wb") as states, (self.folder / "log").open("ab") as log:
            tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
            loader = subprocess.Popen(
                ["sh", "-c", f'ulimit -f {room}; exec "$@"', "sh", *loading],
                stdin=tap.stdout if joined else subprocess.PIPE,
                stdout=states,
                stderr=log,
                env=environment,
            )
        if joined:
            # A loader that dies is noticed only if nobody else holds the other end.
            tap.stdout.close()
            tap.stdout = None
        return Pipeline(tap, loader)

    def finish(self, pipeline: Pipeline) -> tuple[int, int]:
        """Wait for the end, and keep the last state; one that was cut off is none."""
        codes = pipeline.wait()
        lines = (self.folder / "states").read_bytes().split(b"\n")[:-1]
        self.state = json.loads(lines[-1]) if lines else self.state
        return codes

    def spent(self) -> int:
        """Return the requests of the last run."""
        return len(self.sandbox.requests_to(self.vendor.name))

    def log(self) -> str:
        """Return what both have said, in all runs, after a look for secrets."""
        printed = (self.folder / "log").read_bytes()
        assert_none_in(printed, "the log")
        return printed.decode()

    def differences(self) -> list[t.Any]:
        """Compare each table with the vendor's rows."""
        return self._meltano.differences_from(self.vendor, self.sandbox, self.folder)
