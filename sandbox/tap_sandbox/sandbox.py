"""The sandbox as a whole: from a request to a vendor to the bytes that go back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette

from tap_sandbox import faults
from tap_sandbox.answers import Answer, BadParameter, Refusal
from tap_sandbox.clock import Clock
from tap_sandbox.control import control_routes
from tap_sandbox.plans import Plans
from tap_sandbox.request_log import LogEntry, RequestLog
from tap_sandbox.vendor import Call, Vendor, VendorState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import Receive, Scope, Send


class Sandbox:
    """An ASGI application: the vendors under their names, the control routes beside them.

    Attributes:
        vendors: The declarations, by name.
        states: What each vendor holds, by name.
        clock: What limits are counted by.
        log: The requests so far.
        faults: The faults ordered.
        plans: The changes planned.
    """

    def __init__(
        self,
        vendors: Sequence[Vendor],
        sizes: Mapping[str, Mapping[str, int]],
        *,
        seed: int = 1,
        limited: bool = True,
    ) -> None:
        """Set up the vendors; their rows are built when first asked for.

        Args:
            vendors: The declarations.
            sizes: Rows by vendor and table.
            seed: The same seed gives the same rows.
            limited: Whether rate limits are enforced until an option says otherwise.
        """
        self.vendors = {vendor.name: vendor for vendor in vendors}
        self._sizes = sizes
        self._seed = seed
        self._limited = limited
        self.reset()
        self._control = Starlette(routes=control_routes(self))

    def reset(self) -> None:
        """Restore everything as it was at the start."""
        self.states = {
            name: VendorState(vendor, self._seed, self._sizes[name], limited=self._limited)
            for name, vendor in self.vendors.items()
        }
        self.clock = Clock()
        self.log = RequestLog()
        self.faults = faults.Faults()
        self.plans = Plans()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        name = scope["path"][1:].partition("/")[0]
        if name in self.states:
            await self._serve(self.states[name], scope, receive, send)
        else:
            await self._control(scope, receive, send)

    async def _serve(self, state: VendorState, scope: Scope, receive: Receive, send: Send) -> None:
        # Before the number is taken: other requests may arrive while this one's body does.
        body = await _read_body(receive)
        call = Call(
            number=len(self.log.entries) + 1,
            method=scope["method"],
            path=scope["path"][len(state.vendor.name) + 1 :],
            pairs=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers={
                key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
            },
            body=body,
            state=state,
        )
        entry = self.log.arrived(call, self.clock.now())
        self.plans.run_due(call, self.states)
        fault = self.faults.take(call)
        answer = answer_call(call, entry, fault)
        if fault is None:
            entry.status = answer.status
            await _send(answer, send)
            return
        entry.fault = fault.kind
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "hang":
            await _until_gone(receive)
        elif fault.kind == "reset":
            _transport(send).abort()
            await _until_gone(receive)
        elif fault.kind == "cut":
            entry.status = answer.status
            await _send(answer, send, cut=True)
            _transport(send).close()
            await _until_gone(receive)
        else:
            entry.status = answer.status
            await _send(faults.spoilt(fault, answer), send)


def answer_call(call: Call, entry: LogEntry, fault: faults.Fault | None) -> Answer:
    """Return the answer to a call: refused, or of a replacing fault, or of its route.

    Credentials and limits come first, so a request that a fault takes uses up its share of the
    limit, as it would at the vendor.
    """
    vendor = call.state.vendor
    route, known = vendor.route(call)
    try:
        entry.credential = call.credential = vendor.authenticate(call)
        wait = 0.0
        if call.state.options["limits"]:
            wait = call.state.limiter.wait(call.credential, call.method, entry.arrival)
        if wait > 0:
            return vendor.too_many(call, wait)
        if fault is not None and fault.kind in faults.REPLACING:
            return faults.replacing_answer(fault)
        if route is None:
            return vendor.unknown(call, known)
        return route.handler(call)
    except Refusal as refusal:
        return refusal.answer
    except BadParameter as problem:
        return vendor.invalid(call, problem)


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def _send(answer: Answer, send: Send, *, cut: bool = False) -> None:
    content = answer.content[: len(answer.content) // 2] if cut else answer.content
    headers = {"content-type": answer.content_type, **answer.headers}
    headers["content-length"] = str(len(answer.content))
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": content, "more_body": cut})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(send: Send) -> Any:
    # The server hands down a method of the object that owns the connection. ASGI has no word
    # for breaking a connection off, and a sandbox needs to.
    return send.__self__.transport  # type: ignore[attr-defined] # a bound method, see above
