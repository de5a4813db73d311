"""What happened in campaigns."""

from __future__ import annotations

import json
import typing as t

from tap_shared import DateWindows, OffsetPages, Since, Walk
from tap_shared.bookmarks import instant_or_none
from typing_extensions import override

from tap_prospector.campaigns import CampaignStream

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from singer_sdk.helpers.types import Context, Record

BLOCKS = OffsetPages(offset="offset", most=10_000)
CUSTOM_FIELD = "customField_"

# Line breaks may stand in the text as they are.
_decode = json.JSONDecoder(strict=False).decode


class EventStream(CampaignStream):
    """What happened in one campaign, in the first version of the API.

    Ids have been seen only one at a time, so that they are keys within their campaign.
    """

    primary_keys: t.Sequence[str] = ("campaign_id", "id")

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        return {"campaignId": context["campaign_id"]}


class VisitStream(EventStream):
    """What prospects did with an e-mail.

    The vendor filters by no date, so that an incremental read spares the loader alone.
    """

    walk: t.ClassVar[Walk] = Since(BLOCKS, by="visitedAt")
    replication_key = "visitedAt"

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        names = [name for name in row if name.startswith(CUSTOM_FIELD)]
        row["custom_fields"] = {name.removeprefix(CUSTOM_FIELD): row.pop(name) for name in names}
        for name in ("emailSubject", "emailBody"):
            row[name] = unwrapped(row.get(name))
        return row


class CompletedProspects(EventStream):
    """One prospect who has reached the end of one campaign.

    In full, because it has no date: 1 request per campaign that was started.
    """

    name = "completed_prospects"
    path = "/v1/prospect-finished"


class Replies(VisitStream):
    """One reply to an e-mail: which one was replied to, and not what was said.

    By `visitedAt`: 1 request per started campaign and 10,000 replies, old ones included.
    """

    name = "replies"
    path = "/v1/get-emails-replies"


class Opens(VisitStream):
    """One opening of an e-mail.

    By `visitedAt`: 1 request per started campaign and 10,000 opens, old ones included.
    """

    name = "opens"
    path = "/v1/get-emails-opened"


class Clicks(VisitStream):
    """One click in an e-mail; on which link is not told.

    By `visitedAt`: 1 request per started campaign and 10,000 clicks, old ones included.
    """

    name = "clicks"
    path = "/v1/get-emails-clicked"


class SentEmails(EventStream):
    """One e-mail sent.

    By `sentDate`: 1 request per started campaign and 10,000 e-mails, old ones included.
    """

    name = "sent_emails"
    path = "/v1/emails-sent"
    walk = Since(BLOCKS, by="sentDate")
    replication_key = "sentDate"


class AllReplies(CampaignStream):
    """One conversation of a campaign with a prospect, by e-mail or on LinkedIn, with its texts.

    Deselected by default: it holds what people wrote. In full, because its date is that of the
    first reply: a request per page of unknown size, and 1 more, per started campaign.
    """

    name = "all_replies"
    path = "/v2/campaigns/{campaign_id}/all-replies"
    walk = OffsetPages(offset="offset")
    records_at = "data"
    primary_keys = ("campaignId", "prospectId", "replyType")
    selected_by_default = False


def _between(first: date, last: date) -> Mapping[str, t.Any]:
    return {"dateFrom": f"{first}", "dateTo": f"{last}", "limit": 1000}


class RecipientsActivity(CampaignStream):
    """One thing that happened in one campaign, with what is known of the recipient.

    Deselected by default: it repeats the other events, at 1 request per started campaign and 30
    days (the vendor's longest window is 31) since its last event, or 1,000 events. By `event_time`.
    """

    name = "recipients_activity"
    path = "/v2/campaigns/{campaign_id}/recipients-activity"
    walk = DateWindows(
        turning=OffsetPages(offset="offset", more_at="pagination.has_more"),
        between=_between,
        longest_days=30,
    )
    records_at = "data"
    primary_keys = (
        "campaign_id",
        "event_time",
        "event_type",
        "recipient_email",
        "sender_email",
        "email_subject",
    )
    replication_key = "event_time"
    selected_by_default = False

    @override
    def earliest(self, context: Context) -> datetime | None:
        # Whether a second start moves `started_at` is not documented.
        return instant_or_none(context["created_at"])

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        for name in ("sender_email", "email_subject"):
            row[name] = row.get(name) or ""  # a part of the key
        return row


def unwrapped(text: object) -> t.Any:
    """Return a text without the quotes of a second encoding, or as it is if it has none."""
    if not isinstance(text, str) or not text.startswith('"'):
        return text
    try:
        return _decode(text)
    except ValueError:
        return text
