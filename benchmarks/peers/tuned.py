"""The canonical tap with every switch for speed that singer-sdk documents.

Messages are written by msgspec, bodies decoded by it once, and records are not conformed to their
schema.
"""

from __future__ import annotations

import typing as t
from decimal import Decimal

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from benchmarks.peers import canonical

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    import requests

decode = msgspec.json.Decoder(float_hook=Decimal).decode


class TunedStream(canonical.PagedStream):
    """A list whose pages have numbers, read with less ado."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, t.Any]]:
        yield from decode(response.content)[self.kind.records_at]


class Contacts(TunedStream, canonical.Contacts):
    """One contact."""


class Leads(TunedStream, canonical.Leads):
    """One lead."""


class TunedTap(canonical.CanonicalTap):
    """Both vendors, the fast way."""

    name = "tap-tuned"
    message_writer_class = MsgSpecWriter
    stream_types = (Contacts, Leads)


if __name__ == "__main__":
    TunedTap.cli()
