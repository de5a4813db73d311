"""Both vendors on loopback, from memory: much faster than whoever reads from it.

An address says all: `/<run>/<rows>/<latency in ms>/<path of the vendor>`. So one server serves
every size and every latency, and counts the requests of each run: `/requests/<run>`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import typing as t
from collections import Counter
from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

from benchmarks import rows
from benchmarks.kinds import A_STEP, FIRST_LEAD, LAST_CONTACT, NARROW, WIDE

if t.TYPE_CHECKING:
    from collections.abc import Mapping

Query = t.Mapping[str, str]
Pieces = tuple[bytes, memoryview, bytes]
"""A body: what stands before the records, the records, what stands behind them."""

DAY = 24 * 60 * 60 // A_STEP.seconds
"""Records of a day."""


class Vendors:
    """What the two vendors answer.

    Args:
        contacts, leads: how many there are at most.
    """

    def __init__(self, contacts: int, leads: int) -> None:
        self._contacts = rows.contacts(contacts)
        self._leads = rows.leads(leads)
        self._requests: Counter[str] = Counter()

    def answer(self, target: str) -> tuple[float, Pieces]:
        """Return the latency in seconds and the body for the target of a request.

        Raises:
            ValueError: there is no such path.
        """
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        _, run, rest = url.path.split("/", 2)
        if run == "requests":
            count = json.dumps(self._requests[rest]).encode()
            return 0, (count, memoryview(b""), b"")
        self._requests[run] += 1
        count_text, latency, path = rest.split("/", 2)
        answers = {NARROW.path: self._listed_contacts, WIDE.path: self._listed_leads}
        return int(latency) / 1000, answers[f"/{path}"](int(count_text), query)

    def _listed_contacts(self, count: int, query: Query) -> Pieces:
        first, last = 0, count
        if query["period"] == "between":
            oldest, newest = (
                (LAST_CONTACT.date() - date.fromisoformat(day)).days
                for day in query["range"].split("to")
            )
            first, last = max(0, newest * DAY), min(count, (oldest + 1) * DAY)
        total, size, page = max(0, last - first), int(query["per_page"]), int(query.get("page", 1))
        pages = max(1, -(-total // size))
        start = first + (page - 1) * size
        meta = {"current_page": page, "last_page": pages, "per_page": size, "total": total}
        return (
            b'{"success":true,"data":[',
            self._contacts.between(start, min(last, start + size)),
            b'],"meta":%s}' % json.dumps(meta).encode(),
        )

    def _listed_leads(self, count: int, query: Query) -> Pieces:
        oldest, newest = (
            datetime.fromisoformat(query[name]) - FIRST_LEAD for name in ("start_date", "end_date")
        )
        first = max(0, -(-oldest // A_STEP))
        last = max(first, min(count, newest // A_STEP + 1))
        size, page = int(query["leads_per_page"]), int(query.get("page_number", 1))
        start = first + (page - 1) * size
        end = min(last, start + size)
        head = {
            "page_number": page,
            "leads_per_page": max(0, end - start),
            "total_pages": -(-(last - first) // size),
            "total_leads": last - first,
        }
        opening = json.dumps(head).removesuffix("}").encode()
        return opening + b', "leads": [', self._leads.between(start, end), b"]}"


class Connection(asyncio.Protocol):
    """One connection that is kept, with one request at a time."""

    def __init__(self, vendors: Vendors) -> None:
        self._vendors = vendors
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        self._transport = t.cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer once the head of a request is there; GET has no body."""
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        target = self._received.split(b" ", 2)[1].decode()
        self._received = b""
        try:
            latency, pieces = self._vendors.answer(target)
        except (KeyError, ValueError):
            self._send("404 Not Found", (b"{}", memoryview(b""), b""))
            return
        if latency:
            loop = asyncio.get_running_loop()
            loop.call_later(latency, self._send, "200 OK", pieces)
        else:
            self._send("200 OK", pieces)

    def _send(self, status: str, pieces: Pieces) -> None:
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {sum(map(len, pieces))}\r\n\r\n"
        )
        self._transport.write(b"".join((head.encode(), *pieces)))


async def serve(sizes: Mapping[str, int]) -> None:
    """Serve as long as standard input is open; print the address once it can be reached."""
    vendors = Vendors(**sizes)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(vendors), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--leads", type=int, default=100_000)
    asyncio.run(serve(vars(parser.parse_args())))
