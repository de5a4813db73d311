"""Runs of a tap in this process, where a wait takes no time."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest import mock

from leaks import assert_none_in
from pipeline import choose
from tap_shared.errors import TapError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from pipeline import Sandbox
    from vendors import Vendor


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


@dataclass
class Read:
    """What a run in this process brought; waits took no time in it."""

    records: dict[str, list[dict[str, t.Any]]]
    state: dict[str, t.Any]
    errors: list[str]
    end: str
    requests: list[dict[str, t.Any]]
    waits: list[float]


def reader(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> Callable[..., Read]:
    """Return what makes runs."""

    def read(
        vendor: Vendor,
        state: t.Any = None,
        *,
        streams: t.Sequence[str] = (),
        clock: Clock | None = None,
        **settings: t.Any,
    ) -> Read:
        sandbox.delete("requests")
        caplog.clear()
        waits: list[float] = []
        output = io.TextIOWrapper(io.BytesIO())
        end = ""

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if clock:
                clock.sleep(seconds)

        tap_type = vendor.tap_type()
        config = {**vendor.config(sandbox), **settings}
        config = {name: value for name, value in config.items() if value is not None}
        catalog = None
        if streams:
            catalog = choose(tap_type(config=config).catalog_dict, *streams)
        with (
            contextlib.redirect_stdout(output),
            mock.patch("time.sleep", sleep),
            mock.patch("signal.signal"),  # those of the tests are not the tap's
            caplog.at_level(logging.INFO),
            clock.told_to_taps() if clock else contextlib.nullcontext(),
        ):
            tap = tap_type(config=config, state=state, catalog=catalog)
            try:
                tap.sync_all()
            except TapError as error:
                end = str(error)
            tap.transport.close()
        printed = output.buffer.getvalue()
        assert_none_in(printed + caplog.text.encode() + end.encode(), "a run")
        records: dict[str, list[dict[str, t.Any]]] = {}
        for message in map(json.loads, printed.splitlines()):
            if message["type"] == "RECORD":
                records.setdefault(message["stream"], []).append(message["record"])
            elif message["type"] == "STATE":
                state = message["value"]
        errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
        return Read(records, state or {}, errors, end, sandbox.requests_to(vendor.name), waits)

    return read
