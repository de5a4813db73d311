"""The floor: a bare loop of requests and orjson, one RECORD line per record.

It pages, decodes and encodes, and nothing else: no schema, no state, no retry.
"""

from __future__ import annotations

import sys

import orjson
import requests

from benchmarks.kinds import KINDS


def main(name: str, url: str) -> None:
    """Read a kind's stream from a base address, and write its records to standard output."""
    kind = KINDS[name]
    write = sys.stdout.buffer.write
    page, pages = 0, 1
    with requests.Session() as session:
        while page < pages:
            page += 1
            parameters = {**kind.parameters, kind.page: page}
            response = session.get(url + kind.path, params=parameters, timeout=60)
            response.raise_for_status()
            body = orjson.loads(response.content)
            for record in body[kind.records_at]:
                message = {"type": "RECORD", "stream": kind.stream, "record": record}
                write(orjson.dumps(message) + b"\n")
            pages = body
            for member in kind.pages_at.split("."):
                pages = pages[member]


main(*sys.argv[1:])
