"""Runs of a tap's command line in this process: no interpreter starts, and waits take no time."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sys
import typing as t
import warnings
from datetime import datetime, timedelta
from unittest import mock

from pipeline import Run, finished_run, options
from tap_shared import tap as shared_tap
from tap_shared.masking import SECRETS, Secrets
from tap_shared.transport import Transport
from vendors import VENDORS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline import Sandbox
    from vendors import Vendor

TAP_TYPES = {vendor.tap: vendor.tap_type for vendor in VENDORS.values()}


class Clock:
    """The time of a tap in this process and of the sandbox's limits: only waits move it."""

    def __init__(self, sandbox: Sandbox, now: str) -> None:
        self._sandbox = sandbox
        self.set(datetime.fromisoformat(now))

    def set(self, now: datetime) -> None:
        """Let it be this instant."""
        self.now = now
        self._sandbox.post("clock", {"now": self.seconds()})

    def move(self, **span: float) -> None:
        """Let time pass, such as `hours=1`."""
        self.set(self.now + timedelta(**span))

    def seconds(self) -> float:
        """Return the time as seconds."""
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Wait, without waiting."""
        self.move(seconds=seconds)

    @contextlib.contextmanager
    def told_to_taps(self) -> Iterator[None]:
        """Let this be the time for every module of the pack."""
        clock = self

        class Now(datetime):
            @classmethod
            def now(cls, tz: t.Any = None) -> datetime:
                local = clock.now.astimezone(tz)
                return local if tz else local.replace(tzinfo=None)

        modules = [
            module
            for name, module in sys.modules.items()
            if name.startswith("tap_") and getattr(module, "datetime", None) is datetime
        ]
        with contextlib.ExitStack() as stack:
            for module in modules:
                stack.enter_context(mock.patch.object(module, "datetime", Now))
            stack.enter_context(mock.patch("time.monotonic", self.seconds))
            yield


def run_in_process(
    tap: str, folder: Path, config: dict[str, t.Any], *, clock: Clock | None = None, **more: t.Any
) -> Run:
    """Run the command line of a tap to its end; see `pipeline.run_tap` for the same as a process.

    What an interpreter has for itself is put back afterwards: standard output, logging, secrets,
    signal handlers. A failure that the tap has no line for is an error here, whatever its code.

    Args:
        tap: the name of its executable.
        folder: where its files go.
        config: its settings.
        clock: a time that waits move; without one they do nothing.
        more: files of a Singer runner, as `pipeline.options` takes them.
    """
    arguments, waits = options(tap, folder, config, **more), list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if clock:
            clock.sleep(seconds)

    with (
        (folder / "output").open("w") as output,
        (folder / "log").open("w") as log,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(log),
        _own_globals(),
        mock.patch("time.sleep", sleep),
        clock.told_to_taps() if clock else contextlib.nullcontext(),
    ):
        try:
            TAP_TYPES[tap]().cli.main(arguments, prog_name=tap)
        except SystemExit as end:
            code = end.code
    run = finished_run(folder, code if isinstance(code, int) else int(code is not None))
    assert not run.end.startswith("unexpected "), run.end
    run.waits = waits
    return run


@contextlib.contextmanager
def _own_globals() -> Iterator[None]:
    """Give a run what a process has for itself, and leave nothing of it behind."""
    root, made = logging.getLogger(), list[Transport]()
    level, factory = root.level, logging.getLogRecordFactory()
    umask = os.umask(0o022)

    @functools.wraps(Transport)
    def make_transport(*given: t.Any) -> Transport:
        made.append(Transport(*given))
        return made[-1]

    with (
        warnings.catch_warnings(),
        mock.patch.dict(vars(SECRETS), vars(Secrets())),
        mock.patch.object(root, "handlers", []),
        mock.patch.object(shared_tap, "Transport", make_transport),
        mock.patch("logging.captureWarnings"),
        mock.patch("signal.signal"),
        mock.patch("sys.excepthook", sys.excepthook),
        # At its end a process closes its output for good; this one goes on.
        mock.patch("os.dup2", lambda source, _: os.close(source)),
    ):
        try:
            yield
        finally:
            os.umask(umask)
            root.setLevel(level)
            logging.setLogRecordFactory(factory)
            for each in made:
                each.close()


def reader(sandbox: Sandbox, folder: Path) -> Callable[..., Run]:
    """Return what reads a vendor's streams in this process, and notes the requests."""

    def read(
        vendor: Vendor,
        state: t.Any = None,
        *,
        streams: t.Sequence[str] = (),
        clock: Clock | None = None,
        **settings: t.Any,
    ) -> Run:
        sandbox.delete("requests")
        config = {**vendor.config(sandbox), **settings}
        config = {name: value for name, value in config.items() if value is not None}
        chosen = {"streams": streams, "state": state, "clock": clock}
        run = run_in_process(vendor.tap, folder, config, **chosen)
        run.requests = sandbox.requests_to(vendor.name)
        return run

    return read
