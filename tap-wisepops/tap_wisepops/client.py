"""How Wisepops speaks.

Sources: the help pages at support.wisepops.com, of three ages: "Wisepops API basics" (`BASICS`),
"Introduction to the Wisepops API", and "Wisepops API documentation" (`NEWEST`). None of them shows
an error.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

from tap_shared import Api, ApiStream, FileSchema, OldestFirst, authorization_header
from typing_extensions import override

from tap_wisepops import schemas

WISEPOPS = Api(
    authentication=authorization_header('WISEPOPS-API key="{api_key}"'),
    advice={
        401: "check `api_key`: each website has its own",
        403: "the plan may not include the API, or its 1,500 requests in 30 days may be spent",
        429: "the plan has 1,500 requests in 30 days",
    },
    # Each try may count against a quota of 50 requests a day, so they are few and far between.
    seconds_after_429=300,
    tries=3,
)

SCHEMAS = FileSchema(schemas)

# `NEWEST` leaves `page` out, and `BASICS` advises against it: it is sent only where nothing else
# leads on.
OLDEST_FIRST = OldestFirst(
    start="collected_after",
    size="page_size",
    most=(1000,),
    by="collected_at",
    unit=timedelta(milliseconds=1),
    page="page",
)


class WisepopsStream(ApiStream):
    """A list of Wisepops."""

    schema = SCHEMAS
    primary_keys: t.Sequence[str] = ("id",)

    @override
    def records_in(self, body: t.Any) -> t.Any:
        # A lone object is an error told with status 200, and no list of one.
        return body
