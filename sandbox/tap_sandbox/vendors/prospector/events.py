"""Prospector's endpoints about what happened in campaigns."""

from __future__ import annotations

import json
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tap_sandbox.answers import Answer, BadParameter
from tap_sandbox.vendors.prospector.answers import answer, number
from tap_sandbox.vendors.prospector.campaigns import campaign_of, sender_of
from tap_sandbox.vendors.prospector.dates import bounds, day, event_time, plain
from tap_sandbox.vendors.prospector.grouped import (
    BOUNCES,
    CLICKS,
    LINKEDIN,
    OPENS,
    REPLIES,
    SENT,
    UNSUBSCRIBED,
    Source,
    by_field,
    first_mails,
    group,
)
from tap_sandbox.vendors.prospector.sending import subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

REPLY_TYPES = {
    "connection_request_reply": "linkedinInvite",
    "message_reply": "linkedinMessage",
    "in_mail_reply": "linkedinInMail",
}
ACTIVITIES = {
    "sent": SENT,
    "open": OPENS,
    "click": CLICKS,
    "reply": REPLIES,
    "bounce": BOUNCES,
    "unsubscribe": UNSUBSCRIBED,
}


class Happened(NamedTuple):
    """One thing that happened in a campaign: when, what, and the row that tells of it."""

    time: str
    kind: str
    row: Row


def quoted(text: str) -> str:
    """Return a text encoded in JSON a second time, as subjects and bodies are."""
    return json.dumps(text).replace("/", "\\/")


def _spelt_event(call: Call, row: Row, place: int) -> Row:
    """Return an open, a click or a reply as it is sent: with one key for each custom field."""
    shown = {name: value for name, value in row.items() if name != "custom_fields"}
    shown["visitedAt"] = event_time(call, row["visitedAt"], place)
    shown["emailSubject"] = quoted(row["emailSubject"])
    shown["emailBody"] = quoted(row["emailBody"])
    for label, value in row["custom_fields"].items():
        shown[f"customField_{label}"] = value
    return shown


def _spelt_sent(call: Call, row: Row, place: int) -> Row:
    """Return a sent mail as it is sent: without its campaign's id."""
    shown = {name: value for name, value in row.items() if name != "campaign_id"}
    shown["sentDate"] = event_time(call, row["sentDate"], place)
    return shown


def _block(call: Call, rows: list[Row], offset: int) -> list[Row]:
    """Return the block after `offset` rows of a campaign, of rows that are oldest first."""
    size = int(call.option("event_block"))
    order = call.option("event_order")
    if order == "oldest_first":
        return rows[offset : offset + size]
    end = max(0, len(rows) - offset)
    block = rows[max(0, end - size) : end]
    return block if order == "newest_block_ascending" else block[::-1]


def events(
    source: Source, spell: Callable[[Call, Row, int], Row] = _spelt_event
) -> Callable[[Call], Answer]:
    """Return the handler of a v1 event list: a bare array, by offset, without a total."""

    def handler(call: Call) -> Answer:
        campaign_id = number(call, "campaignId")
        offset = call.integer("offset", 0, lowest=0)
        if campaign_of(call, campaign_id) is None:
            return answer([])
        block = _block(call, group(call.state, source, campaign_id).rows, offset)
        return answer([spell(call, row, place) for place, row in enumerate(block)])

    return handler


get_opened = events(OPENS)
get_clicked = events(CLICKS)
get_replies = events(REPLIES)
get_sent = events(SENT, _spelt_sent)


def all_replies(state: VendorState, row: Row) -> list[Row]:
    """Return a campaign's conversations, newest first: one for each contact and kind of reply.

    The time of a conversation is that of its oldest reply, so it stays when more replies come.
    """
    people = by_field(state.tables["prospects"], "event_id")
    texts = [
        (one["visitedAt"], one["prospectId"], "email", one["emailSubject"], f"Re: {one['id'][:6]}")
        for one in group(state, REPLIES, row["id"]).between("", "")
    ] + [
        (one["happened_at"], one["prospectId"], REPLY_TYPES[one["kind"]], "", one["message"])
        for one in group(state, LINKEDIN, row["id"]).between("", "")
        if one["kind"] in REPLY_TYPES
    ]
    found: dict[tuple[str, str], Row] = {}
    for received, event_id, kind, title, message in sorted(texts, key=lambda text: text[0]):
        who = people.get(event_id, [{"id": event_id, "name": None, "email": None, "social": []}])[0]
        links = [one["link"] for one in who["social"] if one["type"] == "linkedIn"]
        talk = found.setdefault(
            (event_id, kind),
            {
                "campaignId": row["id"],
                "campaign": row["campaign"],
                "prospectId": who["id"],
                "prospectName": who["name"],
                "prospectEmail": who["email"],
                "linkedInProfile": links[0] if links else None,
                "replyType": kind,
                "receivedAt": received,
                "replies": [],
            },
        )
        talk["replies"].append({"subject": title, "message": message, "receivedAt": received})
    return list(found.values())[::-1]


def get_all_replies(call: Call) -> Answer:
    """GET /v2/campaigns/{campaign}/all-replies: by offset, without a total or a page's size."""
    offset = call.integer("offset", 0, lowest=0)
    row = campaign_of(call, call.captures["campaign"])
    size = int(call.option("all_replies_page"))
    talks = all_replies(call.state, row)[offset : offset + size] if row else []
    return answer(
        {
            "data": [
                {
                    **talk,
                    "receivedAt": plain(talk["receivedAt"]),
                    "replies": [
                        {**one, "receivedAt": plain(one["receivedAt"])} for one in talk["replies"]
                    ],
                }
                for talk in talks
            ]
        }
    )


def activity(state: VendorState, campaign: Row, start: str = "", end: str = "") -> list[Happened]:
    """Return what happened in a campaign in a span, oldest first: time, kind and row."""
    found = (
        [
            Happened(row[source.time], kind, row)
            for row in group(state, source, campaign["id"]).between(start, end)
        ]
        for kind, source in ACTIVITIES.items()
    )
    return list(merge(*found, key=attrgetter("time")))


def spelt_activity(state: VendorState, campaign: Row, happened: Happened) -> Row:
    """Return one thing that happened, in canonical form, with what is known of the recipient."""
    moment, kind, row = happened
    email = row["prospectEmail"] if "prospectEmail" in row else row["userEmail"]
    name = row["prospectName"] if "prospectName" in row else row["userName"]
    title = row.get("emailSubject")
    if title is None:
        follow_up = kind == "sent" and row["id"] not in first_mails(state)
        title = subject(campaign["id"], follow_up=follow_up)
    people = by_field(state.tables["prospects"], "email").get((email or "").lower())
    who = people[0] if people else {"industry": None, "country": None, "locality": None}
    job = (who.get("currentJob") or [{}])[0]
    senders = state.tables["sender_accounts"]
    sender = senders.get(sender_of(state, campaign))
    return {
        "event_time": moment,
        "event_type": kind,
        "sender_email": sender["email_from"] if sender else None,
        "email_subject": title,
        "recipient_email": email,
        "recipient_name": name,
        "phone": row.get("custom_fields", {}).get("Phone") or None,
        "industry": who["industry"],
        "country": who["country"],
        "location": who["locality"],
        "company": job.get("companyName"),
        "job_position": job.get("position"),
        "hq_phone": job.get("hqPhone"),
        "website": job.get("site"),
    }


def get_activity(call: Call) -> Answer:
    """GET /v2/campaigns/{campaign}/recipients-activity: a window of at most 31 days.

    Whether the 31 days are meant with the last is not documented: here they are.
    """
    first, last = day(call, "dateFrom", needed=True), day(call, "dateTo", needed=True)
    most = int(call.option("activity_days"))
    if first is None or last is None or not 0 <= (last - first).days < most:
        raise BadParameter("dateTo", f"The date range must be at most {most} days")
    offset = call.integer("offset", 0, lowest=0)
    limit = call.integer("limit", 100, highest=1000)
    row = campaign_of(call, call.captures["campaign"])
    happened = activity(call.state, row, *bounds(first, last)) if row else []
    page = happened[offset : offset + limit]
    data = [spelt_activity(call.state, row, one) for one in page] if row else []
    for one in data:
        one["event_time"] = plain(one["event_time"])
    pagination = {
        "total": len(happened),
        "offset": offset,
        "limit": limit,
        "has_more": offset + len(data) < len(happened),
    }
    return answer({"data": data, "pagination": pagination})
