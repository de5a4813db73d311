"""Prospector's statistics of campaigns: 45 keys, counted from what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.answers import Answer, BadParameter
from tap_sandbox.vendors.prospector.answers import answer
from tap_sandbox.vendors.prospector.campaigns import linkedin_sender_of, sender_of
from tap_sandbox.vendors.prospector.dates import bounds, day
from tap_sandbox.vendors.prospector.grouped import (
    BOUNCES,
    CLICKS,
    LINKEDIN,
    OPENS,
    REPLIES,
    SENT,
    UNSUBSCRIBED,
    Source,
    first_mails,
    group,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

OWNER = "owner@example.com"
RATES = {
    "emails_sent": ("first_emails", "follow_ups", "delivered", "bounced"),
    "contacted_by_email": (
        "email_opens",
        "link_clicks",
        "email_replies",
        "unsubscribed",
        "auto_replied",
    ),
    "contacted_by_linkedin": (
        "linkedin_total_replies",
        "connection_request_replies",
        "message_replies",
        "in_mail_replies",
    ),
    "connection_requests": ("accepted_requests",),
    "total_contacted": ("interested", "maybe", "not_interested"),
}
"""The counts that also come as a share, by what they are a share of."""
LINKEDIN_COUNTS = {
    "connection_request_replies": "connection_request_reply",
    "message_replies": "message_reply",
    "in_mail_replies": "in_mail_reply",
    "accepted_requests": "accepted_request",
    "failed_connection_requests": "failed_connection_request",
    "messages_sent": "message",
    "linkedin_views": "view",
    "linkedin_likes": "like",
    "linkedin_follows": "follow",
    "in_mail_sent": "in_mail",
}


def _interest(reply: Row) -> str:
    """Return how a reply was meant. No stream says it, so it follows from the reply's id."""
    kinds = ("auto_replied", "interested", "interested", "maybe", "not_interested", "", "", "")
    return kinds[int(reply["id"][-2:], 16) % len(kinds)]


def analytics(state: VendorState, campaigns: Iterable[Row], start: str = "", end: str = "") -> Row:
    """Return the statistics of campaigns together, of a span; empty bounds mean no bound.

    Opens, clicks, replies and the like count recipients and not events, so days do not add up
    to a month. A rate may pass 100% in a short span: who opens today was contacted before.
    """
    campaigns = list(campaigns)

    def happened(source: Source) -> list[Row]:
        return [
            row for one in campaigns for row in group(state, source, one["id"]).between(start, end)
        ]

    def recipients(rows: Iterable[Row], source: Source) -> set[tuple[object, object]]:
        return {(row[source.campaign], row[source.who]) for row in rows}

    sent, replies, linkedin = happened(SENT), happened(REPLIES), happened(LINKEDIN)
    first = first_mails(state)
    meant = {
        kind: recipients((one for one in replies if _interest(one) == kind), REPLIES)
        for kind in ("auto_replied", "interested", "maybe", "not_interested")
    }
    by_email, by_linkedin = recipients(sent, SENT), recipients(linkedin, LINKEDIN)
    bounced = len(happened(BOUNCES))
    counts = {
        "total_contacted": len(by_email | by_linkedin),
        "emails_sent": len(sent),
        "first_emails": sum(row["id"] in first for row in sent),
        "follow_ups": sum(row["id"] not in first for row in sent),
        "delivered": max(0, len(sent) - bounced),
        "bounced": bounced,
        "contacted_by_email": len(by_email),
        "email_opens": len(recipients(happened(OPENS), OPENS)),
        "link_clicks": len(recipients(happened(CLICKS), CLICKS)),
        "email_replies": len(recipients(replies, REPLIES)),
        "unsubscribed": len(happened(UNSUBSCRIBED)),
        **{kind: len(found) for kind, found in meant.items()},
        "contacted_by_linkedin": len(by_linkedin),
    }
    for name, kind in LINKEDIN_COUNTS.items():
        counts[name] = sum(row["kind"] == kind for row in linkedin)
    # One that was accepted or failed was made, too.
    counts["connection_requests"] = sum(row["kind"] == "connection_request" for row in linkedin)
    counts["connection_requests"] += counts["accepted_requests"]
    counts["connection_requests"] += counts["failed_connection_requests"]
    counts["linkedin_total_replies"] = sum(
        counts[name] for name in LINKEDIN_COUNTS if name.endswith("replies")
    )
    shown: Row = dict(counts)
    for whole, parts in RATES.items():
        for part in parts:
            share = round(100 * counts[part] / counts[whole]) if counts[whole] else 0
            shown[f"{part}_rate"] = f"{share}%"
    return shown


def _numbers(call: Call, name: str) -> set[int] | None:
    """Return a comma-separated parameter's numbers, or None if it is empty."""
    text = call.query.get(name, "")
    if not text:
        return None
    if not all(one.isdecimal() for one in text.split(",")):
        raise BadParameter(name, f"{name} must be comma-separated numbers")
    return {int(one) for one in text.split(",")}


def get_analytics(call: Call) -> Answer:
    """GET /v2/statistics/campaign-analytics: a flat object without id or dates.

    Days are of UTC. Whether the dates are required, and whether the last day counts, is not
    settled: options decide.
    """
    needed = bool(call.option("analytics_dates_required"))
    first, last = (day(call, name, needed=needed) for name in ("date_from", "date_to"))
    if first and last and last < first:
        raise BadParameter("date_to", "date_to must not be before date_from")
    inclusive = call.option("analytics_date_to") == "inclusive"
    wanted, senders = _numbers(call, "campaign_id"), _numbers(call, "sender_email")
    linkedin = _numbers(call, "sender_linkedin")
    owners = call.query.get("campaign_owner", "")
    # The whole account has one owner.
    everyone = not owners or OWNER in owners.split(",")
    found = [
        row
        for row in call.rows("campaigns").all()
        if everyone
        and (row["status"] == "Active" if wanted is None else row["id"] in wanted)
        and (senders is None or sender_of(call.state, row) in senders)
        and (linkedin is None or linkedin_sender_of(row) in linkedin)
    ]
    return answer(analytics(call.state, found, *bounds(first, last, inclusive=inclusive)))
