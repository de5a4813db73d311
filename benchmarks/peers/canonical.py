"""A tap as the template of singer-sdk makes it: RESTStream, a paginator, a schema."""

from __future__ import annotations

import typing as t
from decimal import Decimal

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import PageNumberPaginator
from typing_extensions import override

from benchmarks.kinds import KINDS, NARROW, WIDE, Kind

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    import requests
    from singer_sdk.helpers.types import Context


class KnownPages(PageNumberPaginator):
    """Page numbers up to the one that the vendor calls the last."""

    def __init__(self, pages_at: str) -> None:
        super().__init__(start_value=1)
        self._pages_at = f"$.{pages_at}"

    @override
    def has_more(self, response: requests.Response) -> bool:
        pages = next(extract_jsonpath(self._pages_at, response.json()))
        return bool(self.current_value < pages)


class PagedStream(RESTStream[int]):
    """A list whose pages have numbers."""

    kind: t.ClassVar[Kind]

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @override
    def get_new_paginator(self) -> KnownPages:
        return KnownPages(self.kind.pages_at)

    @override
    def get_url_params(self, context: Context | None, next_page_token: t.Any) -> dict[str, t.Any]:
        return {**self.kind.parameters, self.kind.page: next_page_token}

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, t.Any]]:
        yield from extract_jsonpath(self.records_jsonpath, input=response.json(parse_float=Decimal))


class Contacts(PagedStream):
    """One contact."""

    kind = NARROW
    name = NARROW.stream
    path = NARROW.path
    primary_keys = (NARROW.key,)
    schema = NARROW.schema
    records_jsonpath = f"$.{NARROW.records_at}[*]"


class Leads(PagedStream):
    """One lead, in ascending order of its creation."""

    kind = WIDE
    name = WIDE.stream
    path = WIDE.path
    primary_keys = (WIDE.key,)
    schema = WIDE.schema
    replication_key = "date_created"
    is_sorted = True
    records_jsonpath = f"$.{WIDE.records_at}[*]"


class CanonicalTap(Tap):
    """Both vendors, the plain way."""

    name = "tap-canonical"
    package_name = "singer-sdk"  # whose version `--version` tells
    stream_types: t.ClassVar[tuple[type[PagedStream], ...]] = (Contacts, Leads)
    config_jsonschema = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("kind", th.StringType, allowed_values=list(KINDS)),
    ).to_dict()

    @override
    def discover_streams(self) -> list[PagedStream]:
        wanted = self.config.get("kind")
        return [stream(self) for stream in self.stream_types if wanted in {None, stream.kind.name}]


if __name__ == "__main__":
    CanonicalTap.cli()
