"""How WhatConverts speaks.

Sources: the vendor's reference at whatconverts.com/api, its help pages on keys and limits, and
answers that users of the API have published.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tap_shared import (
    Api,
    ApiStream,
    FileSchema,
    NumberedPages,
    OldestFirst,
    basic_authentication,
)
from tap_shared.bookmarks import instant_or_none
from typing_extensions import override

from tap_whatconverts import schemas

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context
    from tap_shared.walks import Ask, Page

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


@dataclass(frozen=True)
class WhateverItsStart:
    """Numbered pages of a list that may begin today when no date is given.

    The vendor's tables name no such default, other documents do. So a list without a row that
    is older than yesterday is asked for again, from far back.
    """

    turning: NumberedPages

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of the whole list."""
        pages = list(self.turning.pages(ask, since))
        yesterday = datetime.now(UTC) - timedelta(days=1)
        moments = (
            instant_or_none(record.get("date_created")) for page in pages for record in page.records
        )
        if any(moment and moment < yesterday for moment in moments):
            yield from pages
        else:
            from_far_back = {"start_date": f"{EARLIEST:%Y-%m-%d}"}
            yield from replace(self.turning, parameters=from_far_back).pages(ask, since)


class WhatConvertsStream(ApiStream):
    """A list of WhatConverts."""

    schema = FileSchema(schemas)


class ProfileStream(WhatConvertsStream):
    """A list of one profile, or of those that an agency key may choose from."""

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {name: self.config.get(name) for name in ("account_id", "profile_id")}
