"""How Snov.io speaks.

Sources: the reference at snov.io/api as of 2026-09, an older copy of it that has more examples,
and the vendor's own node for n8n; where they are silent, what public clients of the API do.
"""

from __future__ import annotations

import typing as t

from tap_shared import Api, ApiStream, FileSchema, client_credentials
from tap_shared.errors import RefusedError
from typing_extensions import override

from tap_prospector import schemas

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from singer_sdk.helpers.types import Context
    from tap_shared.walks import Page

OK = 200

PROSPECTOR = Api(
    authentication=client_credentials("/v1/oauth/access_token", "client_id", "client_secret"),
    # `errors` is a text, an object or a list.
    messages_at=("errors.message", "errors.title", "errors", "message", "data.message", "result"),
    success_at="success",
    advice={
        401: "check `client_id` and `client_secret`: they are at app.snov.io/account/api",
        403: "the account's plan may not include it: deselect the stream, or ask the support of "
        "Snov.io for access to the API",
    },
    # Who comes back sooner is said to prolong the block.
    seconds_after_429=300,
)


class ProspectorStream(ApiStream):
    """A list of Snov.io."""

    schema = FileSchema(schemas)
    primary_keys: t.Sequence[str] = ("id",)
    left_out = ("success",)  # an answer without an envelope is its own one


class LookupStream(ProspectorStream):
    """A list of answers about single things, of which one may not be there."""

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        try:
            yield from super().pages(context, since)
        except RefusedError as error:
            # Told with status 200; other refusals are told so too, and only the words differ.
            is_told = any(words in str(error) for words in ("not found", "couldn't find"))
            if error.status != OK or not is_told:
                raise
