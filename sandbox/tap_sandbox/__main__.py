"""The command line: `tap-sandbox` serves the vendors on loopback."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sandbox.vendor import Vendor

SCALES = {"tiny": 0.05, "small": 1.0, "medium": 10.0, "large": 100.0}


def loopback_host(text: str) -> str:
    """Return the address of a loopback host; for anything else raise, as argparse wants it.

    The sandbox has made-up credentials and open control routes: it is for this machine alone.
    """
    host = "127.0.0.1" if text == "localhost" else text
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise argparse.ArgumentTypeError(f"{text} is not a loopback address")
    return host


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="tap-sandbox", description=__doc__)
    made.add_argument("--host", type=loopback_host, default="127.0.0.1", help="a loopback address")
    made.add_argument("--port", type=int, default=8765, help="0 takes any free one")
    made.add_argument("--seed", type=int, default=1, help="the same seed gives the same rows")
    made.add_argument("--scale", choices=SCALES, default="small", help="how many rows in all")
    made.add_argument(
        "--rows",
        metavar="[VENDOR.]TABLE=N",
        action="append",
        default=[],
        help="rows of one table, such as wolfeo.contacts=25000; may be repeated",
    )
    made.add_argument("--unlimited", action="store_true", help="switch rate limits off")
    return made


def table_sizes(
    vendors: Sequence[Vendor], scale: str, wishes: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Return the rows of every table, by vendor and table.

    Args:
        vendors: The declarations.
        scale: One of SCALES.
        wishes: Items such as `wolfeo.contacts=25000`; without a vendor, all with such a table.

    Raises:
        ValueError: An item names no table, or no number.
    """
    factor = SCALES[scale]
    sizes = {
        vendor.name: {
            table.name: max(1, round(table.size * factor)) if table.scales else table.size
            for table in vendor.tables
        }
        for vendor in vendors
    }
    for wish in wishes:
        name, _, number = wish.partition("=")
        vendor_name, _, table_name = name.rpartition(".")
        holders = [
            tables
            for vendor, tables in sizes.items()
            if vendor_name in ("", vendor) and table_name in tables
        ]
        if not holders or not number.isdecimal():
            raise ValueError(f"--rows {wish}: want VENDOR.TABLE=N with a table of the sandbox")
        for tables in holders:
            tables[table_name] = int(number)
    return sizes


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that no client comes too early.

    Raises:
        OSError: The port is taken or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because only then the event loop sends small packets at once; without
    # it each answer waits for the client's delayed acknowledgement, some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


def _leave(*_: object) -> NoReturn:
    sys.exit(0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then leave with code 0."""
    made = parser()
    chosen = made.parse_args(arguments)
    # Late, because a mistake on the command line should show at once.
    import uvicorn

    from tap_sandbox.sandbox import Sandbox
    from tap_sandbox.vendors import VENDORS

    try:
        sizes = table_sizes(VENDORS, chosen.scale, chosen.rows)
    except ValueError as error:
        made.error(str(error))
    sandbox = Sandbox(VENDORS, sizes, seed=chosen.seed, limited=not chosen.unlimited)
    try:
        listener = listening_socket(chosen.host, chosen.port)
    except OSError as error:
        made.error(f"cannot listen on {chosen.host} port {chosen.port}: {error.strerror}")
    # The server puts its own handlers in front of these and calls these once it has closed.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    shown = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    address = f"http://{shown}:{listener.getsockname()[1]}"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(address, flush=True)  # noqa: T201 - the line that a test waits for

    config = uvicorn.Config(
        sandbox,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        # A paced client may be silent for a while on a connection it means to use again.
        timeout_keep_alive=3600,
        # A request that hangs on purpose must not keep the process alive.
        timeout_graceful_shutdown=1,
    )
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
