"""What is read: one stream of narrow records and one of wide ones, as their vendors page them.

Peers import this module in environments of their own, so it needs nothing but Python.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

A_STEP = timedelta(seconds=20)
"""From one record to the next; a day has as many records as 20 seconds, and 1,000,000 fill 232."""

FIRST_LEAD = datetime(2025, 1, 1, tzinfo=UTC)
LAST_CONTACT = datetime(2025, 12, 31, 23, 59, 40, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """A stream that every contestant reads in the same pages.

    Attributes:
        name: what the records are called in tables.
        tap: the pack's tap.
        stream: its stream.
        path: where the vendor lists the records, after the base address.
        key: the property that tells records apart.
        page, size: the parameters for the number of a page and for its size.
        page_size: the most records that the vendor gives at once.
        records_at, pages_at: where a body holds the records and the number of pages, dotted.
        query: what else every request says.
        settings: of the pack's tap, beside the address.
    """

    name: str
    tap: str
    stream: str
    path: str
    key: str
    page: str
    size: str
    page_size: int
    records_at: str
    pages_at: str
    query: t.Mapping[str, str]
    settings: t.Mapping[str, str]

    @property
    def schema(self) -> dict[str, t.Any]:
        """The JSON schema of a record: the tap's own, for all."""
        package = self.tap.replace("-", "_")
        file = ROOT / self.tap / package / "schemas" / f"{self.stream}.json"
        schema: dict[str, t.Any] = json.loads(file.read_text())
        return schema

    @property
    def parameters(self) -> dict[str, t.Any]:
        """The query of every request, without the number of the page."""
        return {**self.query, self.size: self.page_size}


NARROW = Kind(
    name="narrow",
    tap="tap-wolfeo",
    stream="contacts",
    path="/contacts",
    key="id",
    page="page",
    size="per_page",
    page_size=100,
    records_at="data",
    pages_at="meta.last_page",
    query={"period": "all"},
    settings={"api_key": "made-up"},
)

WIDE = Kind(
    name="wide",
    tap="tap-whatconverts",
    stream="leads",
    path="/leads",
    key="lead_id",
    page="page_number",
    size="leads_per_page",
    page_size=2500,
    records_at="leads",
    pages_at="total_pages",
    query={
        "order": "asc",
        "start_date": "2025-01-01T00:00:00Z",
        "end_date": "2026-01-01T00:00:00Z",
    },
    settings={
        "api_token": "made-up",
        "api_secret": "made-up",
        "start_date": "2025-01-01T00:00:00Z",
    },
)

KINDS = {kind.name: kind for kind in (NARROW, WIDE)}
