"""What else an account has: credits, webhooks, senders, warm-ups, pipelines."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime

from tap_shared import NumberedPages
from tap_shared.api import at
from tap_shared.bookmarks import instant_or_none
from typing_extensions import override

from tap_prospector.client import ProspectorStream

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record
    from tap_shared.walks import Page


class Balance(ProspectorStream):
    """The credits of the account, as last read on one day.

    A snapshot whose key is the day of the read, so that days add up to a series: 1 request.
    """

    name = "balance"
    path = "/v1/get-balance"
    records_at = "data"
    primary_keys = ("read_on",)

    @property
    @override
    def is_read_in_full(self) -> bool:
        return False  # the days before are gone from the vendor

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        row["read_on"] = f"{datetime.now(UTC).date()}"
        return row


class Webhooks(ProspectorStream):
    """One address that Snov.io calls on events.

    Deselected by default: the address may hold a secret. In full: 1 request, for there are 50 at
    most.
    """

    name = "webhooks"
    path = "/v2/webhooks"
    records_at = "data"
    selected_by_default = False

    @override
    def records_in(self, body: t.Any) -> t.Any:
        found = super().records_in(body)
        return [at(each, "data") for each in found] if isinstance(found, list) else found


class SenderAccounts(ProspectorStream):
    """One e-mail account that campaigns send from.

    Deselected by default: settings rather than figures. In full: 1 request.
    """

    name = "sender_accounts"
    path = "/v2/sender-accounts/emails"
    records_at = "data"
    selected_by_default = False


class WarmUps(ProspectorStream):
    """One warm-up of a sender.

    Deselected by default: not every account warms up. In full: 1 request per 100 warm-ups.
    """

    name = "warm_ups"
    path = "/v2/warm-up"
    walk = NumberedPages(
        page="page",
        size="per_page",
        most=100,
        total_at="meta.total_items",
        last_page_at="meta.total_pages",
    )
    records_at = "data"
    selected_by_default = False


class WarmUpStatistics(ProspectorStream):
    """The counters of one warm-up on one day.

    Deselected by default: 1 request per warm-up that has begun. By `date`, with a lookback.
    """

    name = "warm_up_statistics"
    path = "/v2/warm-up/statistics/{warm_up_id}"
    primary_keys = ("warm_up_id", "date")
    replication_key = "date"
    selected_by_default = False
    parent = WarmUps
    parent_keys = {"warm_up_id": "id", "started_at": "start_date"}
    state_partitioning_keys = ("warm_up_id",)

    @override
    def earliest(self, context: Context) -> datetime | None:
        return instant_or_none(context["started_at"])

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {name: context[name] for name in ("date_from", "date_to")}

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        today = datetime.now(UTC)
        # Without a day of start, or before it, the vendor refuses any span.
        start = self.earliest(context)
        if start and since and start <= today:
            first, last = min(since, today).date(), today.date()
            dated = {**context, "date_from": f"{first}", "date_to": f"{last}"}
            yield from super().pages(dated, None)

    @override
    def records_in(self, body: t.Any) -> t.Any:
        days = at(body, "data.daily_statistics")
        if not isinstance(days, dict):
            return days
        is_calculated = at(body, "data.is_calculated")
        return [
            {"date": day, **counts, "is_calculated": is_calculated} for day, counts in days.items()
        ]


class Pipelines(ProspectorStream):
    """One sales pipeline.

    Deselected by default: deals themselves can't be read. In full: 1 request.
    """

    name = "pipelines"
    path = "/v2/pipelines"
    records_at = "data"
    selected_by_default = False


class PipelineStages(ProspectorStream):
    """One stage of one sales pipeline.

    Deselected by default: deals themselves can't be read. In full: 1 request per pipeline.
    """

    name = "pipeline_stages"
    path = "/v2/pipelines/{pipeline_id}/stages"
    records_at = "data"
    selected_by_default = False
    parent = Pipelines
    parent_keys = {"pipeline_id": "id"}
