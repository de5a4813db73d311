"""Campaigns: what they are, how far they are, and what they have achieved."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL
from tap_shared import ApiStream
from tap_shared.bookmarks import instant_or_none
from typing_extensions import override

from tap_prospector.client import ProspectorStream

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context
    from tap_shared import Request
    from tap_shared.errors import RefusedError
    from tap_shared.walks import Page, Row

UNPROCESSABLE = 422
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


class Campaigns(ProspectorStream):
    """One e-mail campaign.

    In full, because opens and replies do not always move its date of change: 1 request.
    """

    name = "campaigns"
    path = "/v1/get-user-campaigns"


class CampaignStream(ProspectorStream):
    """A list that each campaign has; a draft's is empty, and not asked for."""

    parent = Campaigns
    parent_keys = {
        "campaign_id": "id",
        "created_at": "created_at",
        "started_at": "started_at",
    }
    state_partitioning_keys: t.Sequence[str] | None = ("campaign_id",)

    @override
    def partition(self, record: Row) -> Context | None:
        return super().partition(record) if record.get("started_at") else None


class CampaignAnalytics(CampaignStream):
    """The counters of one campaign, over all its time or over one day.

    In full, from its creation to today, so that each day of a run leaves one row: 1 request per
    campaign. With `analytics_daily`, or incrementally: one row a day since the start of the
    campaign, by `date_to`, with a lookback: 1 request per campaign and day. Days do not add up,
    because recipients are counted and not events.
    """

    name = "campaign_analytics"
    path = "/v2/statistics/campaign-analytics"
    primary_keys = ("campaign_id", "date_from", "date_to")
    replication_key = "date_to"
    default_replication_method = REPLICATION_FULL_TABLE

    @property
    @override
    def replication_method(self) -> str:
        is_daily = self.config.get("analytics_daily")
        return REPLICATION_INCREMENTAL if is_daily else super().replication_method

    @property
    @override
    def is_read_in_full(self) -> bool:
        return False  # the rows of earlier runs stay true

    @override
    def partition(self, record: Row) -> Context | None:
        in_total = not self.is_incremental
        return ApiStream.partition(self, record) if in_total else super().partition(record)

    @override
    def earliest(self, context: Context) -> datetime | None:
        return instant_or_none(context["created_at"])

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {name: context[name] for name in self.primary_keys}

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        for first, last in self._spans(since or EARLIEST):
            dated = {**context, "date_from": f"{first}", "date_to": f"{last}"}
            for page in super().pages(dated, None):
                yield replace(page, is_safe_point=True)

    def _spans(self, since: datetime) -> list[tuple[date, date]]:
        today = datetime.now(UTC).date()
        # The time zone of the vendor's days is not documented.
        first = min(since.date(), today) - timedelta(days=1)
        if not self.is_incremental:
            return [(first, today)]
        days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
        return list(zip(days, days, strict=True))


class CampaignProgress(ProspectorStream):
    """How far one campaign is.

    In full: 1 request per campaign.
    """

    name = "campaign_progress"
    path = "/v2/campaigns/{campaign_id}/progress"
    primary_keys = ("campaign_id",)
    parent = Campaigns
    parent_keys = {"campaign_id": "id"}

    @override
    def request(self, context: Context, asked: Mapping[str, t.Any]) -> Request:
        return replace(super().request(context, asked), may_pass=self._may_pass)

    @override
    def is_gone(self, error: RefusedError) -> bool:
        return error.status == UNPROCESSABLE and "not found" in str(error)

    def _may_pass(self, error: RefusedError) -> bool:
        # It was seen to be gone half a minute later.
        return error.status == UNPROCESSABLE and not self.is_gone(error)


class CampaignDetails(ProspectorStream):
    """The settings and steps of one campaign.

    Deselected by default: 1 request per campaign.
    """

    name = "campaign_details"
    path = "/v2/campaigns/{campaign_id}"
    records_at = "data"
    selected_by_default = False
    parent = Campaigns
    parent_keys = {"campaign_id": "id"}


class CampaignSchedules(ProspectorStream):
    """The hours of the week in which campaigns may send.

    Deselected by default: settings rather than figures. In full: 1 request.
    """

    name = "campaign_schedules"
    path = "/v2/campaigns/schedules"
    records_at = "data"
    selected_by_default = False
