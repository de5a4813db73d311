"""The control routes: how a test looks at the sandbox and changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from tap_sandbox.faults import Fault
from tap_sandbox.plans import Plan
from tap_sandbox.tables import RowError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from tap_sandbox.sandbox import Sandbox
    from tap_sandbox.vendor import Option, OptionValue, VendorState

Decoded = TypeVar("Decoded")


class ClockSetting(msgspec.Struct, forbid_unknown_fields=True):
    """Where the clock shall stand still, in seconds."""

    now: float


class OptionError(Exception):
    """An option or value that a vendor does not have; the text says which it has."""


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes under /control, for one sandbox."""
    control = _Control(sandbox)
    paths: dict[str, dict[str, Callable[[Request], Awaitable[Any]]]] = {
        "/control/health": {"GET": control.health},
        "/control/reset": {"POST": control.reset},
        "/control/requests": {"GET": control.requests, "DELETE": control.clear_requests},
        "/control/faults": {
            "GET": control.faults,
            "POST": control.add_faults,
            "DELETE": control.clear_faults,
        },
        "/control/plans": {
            "GET": control.plans,
            "POST": control.add_plans,
            "DELETE": control.clear_plans,
        },
        "/control/clock": {
            "GET": control.clock,
            "POST": control.set_clock,
            "DELETE": control.release_clock,
        },
        "/control/options": {"GET": control.options, "POST": control.set_options},
        "/control/{vendor}/{table}": {"GET": control.rows, "POST": control.insert},
        "/control/{vendor}/{table}/{key}": {
            "GET": control.row,
            "PATCH": control.patch,
            "DELETE": control.delete,
        },
    }
    return [
        Route(path, _endpoint(work), methods=[method])
        for path, methods in paths.items()
        for method, work in methods.items()
    ]


def _endpoint(
    work: Callable[[Request], Awaitable[Any]],
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body, status = await work(request), 200
        except (RowError, OptionError, msgspec.MsgspecError) as error:
            body, status = {"error": str(error)}, 400
        return Response(msgspec.json.encode(body), status, media_type="application/json")

    return endpoint


async def _decode(request: Request, shape: type[Decoded]) -> list[Decoded]:
    """Return the body's items; one item may come without a list around it."""
    body = await request.body()
    if body.lstrip().startswith(b"["):
        return msgspec.json.decode(body, type=list[shape])  # type: ignore[valid-type] # at run time
    return [msgspec.json.decode(body, type=shape)]


class _Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def health(self, request: Request) -> Any:
        vendors = {
            name: {
                "address": f"{str(request.base_url).rstrip('/')}/{name}{state.vendor.base}",
                "credentials": state.vendor.credentials,
                "tables": {table: len(rows) for table, rows in state.tables.items()},
                "views": sorted(state.vendor.views),
            }
            for name, state in self._sandbox.states.items()
        }
        return {"status": "ok", "vendors": vendors}

    async def reset(self, _: Request) -> Any:
        self._sandbox.reset()
        return {"reset": True}

    async def requests(self, _: Request) -> Any:
        return self._sandbox.log.entries

    async def clear_requests(self, _: Request) -> Any:
        count = len(self._sandbox.log.entries)
        self._sandbox.log.entries.clear()
        return {"cleared": count}

    async def faults(self, _: Request) -> Any:
        return self._sandbox.faults.pending()

    async def add_faults(self, request: Request) -> Any:
        self._sandbox.faults.add(await _decode(request, Fault))
        return self._sandbox.faults.pending()

    async def clear_faults(self, _: Request) -> Any:
        self._sandbox.faults.clear()
        return []

    async def plans(self, _: Request) -> Any:
        plans = self._sandbox.plans
        return {"pending": plans.pending(), "problems": plans.problems}

    async def add_plans(self, request: Request) -> Any:
        plans = await _decode(request, Plan)
        for plan in plans:
            for operation in plan.operations:
                operation.check(self._sandbox.states)
        self._sandbox.plans.add(plans)
        return await self.plans(request)

    async def clear_plans(self, request: Request) -> Any:
        self._sandbox.plans.clear()
        return await self.plans(request)

    async def clock(self, _: Request) -> Any:
        clock = self._sandbox.clock
        return {"now": clock.now(), "runs": clock.set_to is None}

    async def set_clock(self, request: Request) -> Any:
        (given,) = await _decode(request, ClockSetting)
        self._sandbox.clock.set_to = given.now
        return await self.clock(request)

    async def release_clock(self, request: Request) -> Any:
        self._sandbox.clock.set_to = None
        return await self.clock(request)

    async def options(self, _: Request) -> Any:
        return {
            name: {
                option: {
                    "value": state.options[option],
                    "default": declared.default,
                    "choices": declared.choices,
                    "meaning": declared.meaning,
                }
                for option, declared in state.vendor.all_options.items()
            }
            for name, state in self._sandbox.states.items()
        }

    async def set_options(self, request: Request) -> Any:
        given = msgspec.json.decode(
            await request.body(), type=dict[str, dict[str, bool | int | str]]
        )
        checked: list[tuple[VendorState, str, OptionValue]] = []
        for name, values in given.items():
            state = self._state(name)
            for option, value in values.items():
                _check_option(state.vendor.all_options.get(option), option, value)
                checked.append((state, option, value))
        for state, option, value in checked:
            state.options[option] = value
        return {name: state.options for name, state in self._sandbox.states.items()}

    async def rows(self, request: Request) -> Any:
        state = self._state(request.path_params["vendor"])
        name = request.path_params["table"]
        if name in state.vendor.views:
            return state.vendor.views[name](state)
        return state.table(name).all()

    async def insert(self, request: Request) -> Any:
        table = self._state(request.path_params["vendor"]).table(request.path_params["table"])
        return [table.insert(given) for given in await _decode(request, dict[str, Any])]

    async def row(self, request: Request) -> Any:
        table = self._state(request.path_params["vendor"]).table(request.path_params["table"])
        return table.existing(request.path_params["key"])

    async def patch(self, request: Request) -> Any:
        table = self._state(request.path_params["vendor"]).table(request.path_params["table"])
        changes = msgspec.json.decode(await request.body(), type=dict[str, Any])
        return table.patch(request.path_params["key"], changes)

    async def delete(self, request: Request) -> Any:
        state = self._state(request.path_params["vendor"])
        return state.delete(request.path_params["table"], request.path_params["key"])

    def _state(self, name: str) -> VendorState:
        if name not in self._sandbox.states:
            raise RowError(f"there is no vendor {name}: {', '.join(self._sandbox.states)}")
        return self._sandbox.states[name]


def _check_option(option: Option | None, name: str, value: OptionValue) -> None:
    if option is None:
        raise OptionError(f"there is no option {name}")
    if type(value) is not type(option.default):
        raise OptionError(f"{name} takes a value like {option.default!r}")
    if option.choices and value not in option.choices:
        raise OptionError(f"{name} takes one of {', '.join(map(str, option.choices))}")
    if option.check is not None:
        try:
            option.check(value)
        except ValueError as error:
            raise OptionError(f"{name} takes a value like {option.default!r}: {error}") from error
