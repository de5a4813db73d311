"""How Wolfeo speaks.

Sources: the reference at developer.wolfeo.me (`REF`), its guides on authentication and errors,
and its changelog, whose entry of 2026-05-09 renamed fields: answers of both ages occur.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from tap_shared import (
    Api,
    ApiStream,
    DateWindows,
    FileSchema,
    NumberedPages,
    Walk,
    authorization_header,
)

from tap_wolfeo import schemas

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

WOLFEO = Api(
    # A key in the query is accepted too, but would end in logs (guide on authentication).
    authentication=authorization_header("Bearer {api_key}"),
    # A 429 has Laravel's plain body, everything else the envelope (guide on errors).
    messages_at=("error.message", "message"),
    success_at="success",
    in_flight=8,  # no document limits it; a limit of 10 requests a second is
    advice={
        401: "check `api_key`: keys can be disabled in the Wolfeo account",
        403: "the account's plan may not include it: deselect the stream",
    },
)

PAGES = NumberedPages(
    page="page", size="per_page", most=100, total_at="meta.total", last_page_at="meta.last_page"
)
# What happens without a period is not documented.
ALL_PAGES = replace(PAGES, parameters={"period": "all"})


def _between(first: date, last: date) -> Mapping[str, str]:
    # The filter goes by date of creation; its time zone is not documented.
    return {"period": "between", "range": f"{first}to{last}"}


WINDOWS = DateWindows(turning=ALL_PAGES, between=_between)


class WolfeoStream(ApiStream):
    """A list of Wolfeo.

    Its `old_names` are those of before 2026-05-09.
    """

    schema = FileSchema(schemas)
    walk: t.ClassVar[Walk] = PAGES
    records_at = "data"
    primary_keys: t.Sequence[str] = ("id",)
