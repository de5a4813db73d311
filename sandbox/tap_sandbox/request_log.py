"""The log of what was asked of the vendors. It never holds a credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tap_sandbox.vendor import Call


class LogEntry(msgspec.Struct):
    """One request.

    Attributes:
        number: Its place, from 1.
        vendor: The vendor's name.
        method: The HTTP method.
        path: The path below the vendor's prefix.
        query: The parameters; a name that came more than once holds a list.
        body: The members of a form or JSON body.
        arrival: When it came, in seconds of the clock that limits are counted by.
        credential: The name of the credential it came with; null when it was refused.
        secrets_in_query: Names of parameters that held secrets; their values are masked.
        status: The HTTP status of the answer; null when none was given.
        fault: The kind of the fault that struck it.
    """

    number: int
    vendor: str
    method: str
    path: str
    query: dict[str, str | list[str]]
    body: dict[str, Any]
    arrival: float
    credential: str | None = None
    secrets_in_query: list[str] = []
    status: int | None = None
    fault: str | None = None


class RequestLog:
    """All requests since the start or the last clearing."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []

    def arrived(self, call: Call, now: float) -> LogEntry:
        """Write down a request that has just come, at `now` by the sandbox's clock."""
        secret = call.state.vendor.secret_names
        query: dict[str, str | list[str]] = {}
        for name, value in call.pairs:
            shown = "***" if name in secret else value
            before = query.get(name)
            if before is None:
                query[name] = shown
            else:
                query[name] = [*(before if isinstance(before, list) else [before]), shown]
        body = call.body_fields() if call.body else {}
        entry = LogEntry(
            number=call.number,
            vendor=call.state.vendor.name,
            method=call.method,
            path=call.path,
            query=query,
            body={name: "***" if name in secret else value for name, value in body.items()},
            arrival=now,
            secrets_in_query=sorted(secret & query.keys()),
        )
        self.entries.append(entry)
        return entry
