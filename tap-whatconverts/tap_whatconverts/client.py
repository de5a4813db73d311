"""How WhatConverts speaks.

Sources: the vendor's reference at whatconverts.com/api, its help pages on keys and limits, and
answers that users of the API have published.
"""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

from tap_shared import (
    Api,
    ApiStream,
    FileSchema,
    NumberedPages,
    OldestFirst,
    WhateverItsStart,
    basic_authentication,
)
from typing_extensions import override

from tap_whatconverts import schemas

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import Context

AGENCY_KEY = "an agency (master account) key"

WHATCONVERTS = Api(
    authentication=basic_authentication("api_token", "api_secret"),
    messages_at=("error_message",),
    in_flight=8,  # 20 are allowed
    error_at="error_message",  # an error may come with status 200
    advice={
        401: "check `api_token` and `api_secret`",
        # Documents give 401 to a key of the wrong kind, and do not say what a spent quota gets.
        403: "the day's quota may be spent",
    },
    # At the pace of this tap a 429 can hardly be the limit of one request a millisecond. It is
    # the day's quota, which comes back at midnight UTC: long waits would only delay the end.
    seconds_after_429=5,
)

# No document says how old leads can be; the oldest date in the examples is of November 2015.
# Each 399 days before the first lead cost 1 request, in the first run without `start_date` only.
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)

OLDEST_FIRST = OldestFirst(
    start="start_date",
    end="end_date",
    size="leads_per_page",
    most=(2500, 250),  # by the reference of today, and by older documents
    by="date_created",
    unit=timedelta(seconds=1),
    page="page_number",
    pages_at="total_pages",
    longest=timedelta(days=399),  # 400 are allowed; how they are counted is not documented
    earliest=EARLIEST,
    parameters={"order": "asc"},
)


def pages_of(noun: str) -> NumberedPages:
    """Return how a list's pages are turned: its noun is part of the names."""
    return NumberedPages(
        page="page_number",
        size=f"{noun}_per_page",
        most=250,
        total_at=f"total_{noun}",
        last_page_at="total_pages",
    )


def whole_list_of(noun: str) -> WhateverItsStart:
    """Return how a list is read that documents let begin today, and tables do not."""
    far_back = {"start_date": f"{EARLIEST:%Y-%m-%d}"}
    return WhateverItsStart(pages_of(noun), by="date_created", far_back=far_back)


class WhatConvertsStream(ApiStream):
    """A list of WhatConverts."""

    schema = FileSchema(schemas)


class ProfileStream(WhatConvertsStream):
    """A list of one profile, or of those that an agency key may choose from."""

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {name: self.config.get(name) for name in ("account_id", "profile_id")}
