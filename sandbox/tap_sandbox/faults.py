"""Faults that a test orders: what networks, proxies and tired servers do to an answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from tap_sandbox.answers import JSON_TYPE, Answer, html_answer, json_answer
from tap_sandbox.matching import Matching

if TYPE_CHECKING:
    from tap_sandbox.vendor import Call

Kind: TypeAlias = Literal[
    "status",
    "html",
    "redirect",
    "cut",
    "reset",
    "slow",
    "hang",
    "missing",
    "shape",
    "drift",
    "garbage",
]
REPLACING: frozenset[Kind] = frozenset({"status", "html", "redirect"})
"""Kinds that come before the vendor's own work: what was asked for does not happen."""


class Fault(Matching, kw_only=True, forbid_unknown_fields=True):
    """One fault, and which requests it takes.

    Attributes:
        kind: What happens.
        after: How many matching requests pass first.
        times: How many matching requests it takes then; null means all.
        status: The HTTP status of "status" and "redirect" (302 if left out there).
        body: The JSON body of "status".
        headers: Further headers of "status".
        seconds: How long "slow" waits before it answers.
        member: The member of the JSON body that "missing", "shape" and "drift" change, dots for
            depth; empty means the whole body.
        value: What "shape" puts in the member's place; for "drift" a list of objects, of which
            each row of the list at the member gets the fields of the next one, over and over.
        location: Where "redirect" points.
    """

    kind: Kind
    after: int = 0
    times: int | None = 1
    status: int = 0
    body: Any = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    seconds: float = 1.0
    member: str = "data"
    value: Any = None
    location: str = ""


class Faults:
    """The faults ordered and not yet used up."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, list[int]]] = []

    def add(self, faults: list[Fault]) -> None:
        """Order more faults, to be tried after those ordered before."""
        self._waiting += [(fault, [0]) for fault in faults]

    def pending(self) -> list[Fault]:
        """Return the faults that may still strike."""
        return [fault for fault, _ in self._waiting]

    def clear(self) -> None:
        """Forget all faults."""
        self._waiting.clear()

    def take(self, call: Call) -> Fault | None:
        """Return the fault that strikes a request.

        The first fault that is due takes the request, and later ones do not count it: so a list
        of faults on one path strikes one request after the other.
        """
        for entry in self._waiting:
            fault, seen = entry
            if not fault.matches(call):
                continue
            seen[0] += 1
            if seen[0] <= fault.after:
                continue
            if fault.times is not None and seen[0] == fault.after + fault.times:
                self._waiting.remove(entry)
            return fault
        return None


def replacing_answer(fault: Fault) -> Answer:
    """Return the answer of a fault that stands in the place of the vendor's."""
    if fault.kind == "html":
        return html_answer(fault.status or 200)
    if fault.kind == "redirect":
        answer = json_answer(None, fault.status or 302)
        return replace(answer, content=b"", headers={"location": fault.location})
    status = fault.status or 500
    body = {"message": "Server Error"} if fault.body is None else fault.body
    return json_answer(body, status, fault.headers)


def spoilt(fault: Fault, answer: Answer) -> Answer:
    """Return the vendor's answer as a fault leaves it; most kinds do not touch its body.

    A member can only be missed in JSON: an answer of another type stays as it is.
    """
    if fault.kind == "garbage":
        return replace(answer, content=answer.content[: len(answer.content) // 2])
    if fault.kind not in ("missing", "shape", "drift") or answer.content_type != JSON_TYPE:
        return answer
    if not fault.member and fault.kind != "drift":
        return replace(answer, content=msgspec.json.encode(fault.value))
    body = msgspec.json.decode(answer.content)
    path = fault.member.split(".") if fault.member else []
    last = path.pop() if fault.kind != "drift" else ""
    inner = body
    for name in path:
        inner = inner.get(name) if isinstance(inner, dict) else None
    if fault.kind == "drift":
        for row, fields in zip(inner if isinstance(inner, list) else [], cycle(fault.value)):
            row.update(fields)
    elif isinstance(inner, dict):
        if fault.kind == "missing":
            inner.pop(last, None)
        else:
            inner[last] = fault.value
    return replace(answer, content=msgspec.json.encode(body))
