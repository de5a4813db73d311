"""How WiseData speaks.

Source: the API guide in the wiki at www.wisedata.wiki, which calls the product WiseData NPS.
"""

from __future__ import annotations

import typing as t

from tap_shared import Api, ApiStream, FileSchema, NumberedPages, authorization_header

from tap_wisedata import schemas

WISEDATA = Api(
    authentication=authorization_header("Bearer {token}"),
    advice={
        401: "check `token`: tokens can be revoked on the Integrations page",
        403: "the API needs the Business plan",
    },
)


def pages_sorted(order: str) -> NumberedPages:
    """Return the pages of contacts by creation, `asc` or `desc`; the default is not documented."""
    return NumberedPages(
        page="page",
        size="per_page",
        most=100,
        total_at="meta.total",
        last_page_at="meta.last_page",
        # Not spelt as the property that it sorts by, `createdAt`.
        parameters={"sort": "created_at", "order": order},
    )


class WiseDataStream(ApiStream):
    """A list of WiseData."""

    schema = FileSchema(schemas)
    records_at = "data"
    primary_keys: t.Sequence[str] = ("id",)
