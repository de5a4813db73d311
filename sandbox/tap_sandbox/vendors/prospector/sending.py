"""Campaigns, their recipients and what happened, in canonical form.

Each mail goes to a recipient, each open, click and reply is of a mail: so all streams, and the
statistics that are counted from them, tell one story.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tap_sandbox.draws import START
from tap_sandbox.vendors.prospector.dates import canonical, moved
from tap_sandbox.vendors.prospector.people import (
    FIRST_CAMPAIGN,
    Person,
    campaign_index,
    hexadecimal,
    is_draft,
    label,
    list_of_campaign,
    person,
    prospect_index,
)

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw
    from tap_sandbox.tables import Row

SUBJECTS = ("Quick question", 'Read "this" \\ now', "50 % off - été", "Salut 👋", "a/b test")
STATUSES = ("tocheck", "active", "finished", "unsubscribe", "moved")
"""The recipient's statuses that the documents name."""
LINKEDIN_KINDS = (
    "connection_request",
    "accepted_request",
    "failed_connection_request",
    "message",
    "view",
    "like",
    "follow",
    "in_mail",
    "connection_request_reply",
    "message_reply",
    "in_mail_reply",
)


def campaign_name(index: int) -> str:
    """Return the name of a campaign."""
    names = ("Welcome 🚀", 'The "best" / ever', "Été 2024", "Draft, empty")
    return names[index] if index < len(names) else f"Campaign {index + 1}"


def _created(draw: Draw) -> datetime:
    # The first is as old as the data: mails before the others' time are its own.
    return START if draw.index == 0 else draw.moment


def _started(draw: Draw) -> datetime:
    created = _created(draw)
    return created if draw.index == 0 else moved(draw, created, draw.number("start", 86400))


def campaign(draw: Draw) -> Row:
    """Make a campaign. Paused and Draft are the documented words, Active is seen elsewhere."""
    index = draw.index
    draft = is_draft(index)
    started = _started(draw)
    updated = moved(draw, _created(draw) if draft else started, draw.number("updated", 30 * 86400))
    return {
        "id": FIRST_CAMPAIGN + index,
        "campaign": campaign_name(index),
        "list_id": None if draft else list_of_campaign(draw, index),
        "status": "Draft" if draft else "Paused" if index % 5 == 4 else "Active",
        "created_at": canonical(_created(draw)),
        "updated_at": canonical(updated),
        "started_at": None if draft else canonical(started),
        "hash": hexadecimal(draw, "hash", 32),
    }


def recipient(draw: Draw) -> Row:
    """Make a recipient of a campaign, and how its sequence ended if it did."""
    index = campaign_index(draw)
    who = person(draw.other("prospects", prospect_index(draw)))
    status = draw.pick("status", ("finished",) * 3 + ("active",) * 3 + STATUSES)
    begun = max(draw.moment, _started(draw.other("campaigns", index)))
    ended = canonical(moved(draw, begun, 3 * 86400))
    bounced = status == "finished" and draw.chance("bounced", 15)
    return {
        "id": hexadecimal(draw, "id", 32),
        "campaign_id": FIRST_CAMPAIGN + index,
        "campaign": campaign_name(index),
        "prospectId": who.event_id,
        "userName": who.name,
        "userEmail": who.email,
        "hash": hexadecimal(draw, "hash", 32),
        "status": status,
        "bounced_at": ended if bounced else None,
        "unsubscribed_at": ended if status == "unsubscribe" else None,
    }


class Mail(NamedTuple):
    """A mail that was sent, for whatever refers to it."""

    campaign: int
    who: Person
    follow_up: bool
    sent: datetime


def _mail(draw: Draw) -> Mail:
    """Return the mail of a draw: even ones come first, odd ones follow up.

    No two mails of one instant go to one recipient with one subject, unless there are many times
    more mails than recipients: the activity of recipients has no better key than these.
    """
    index, recipients = draw.index, draw.sizes["recipients"]
    place = max(0, min(recipients - 1, index * recipients // max(1, draw.count)))
    follow_up = index % 2 == 1
    before = recipients // 36 if follow_up else 0
    to = draw.other("recipients", abs(place - before))
    number = campaign_index(to)
    started = _started(draw.other("campaigns", number))
    who = person(draw.other("prospects", prospect_index(to)))
    return Mail(number, who, follow_up, max(draw.moment, started))


def sent_email(draw: Draw) -> Row:
    """Make a sent mail; its campaign's id is not in the answer."""
    mail = _mail(draw)
    return {
        "id": hexadecimal(draw, "id", 32),
        "campaign_id": FIRST_CAMPAIGN + mail.campaign,
        "sentDate": canonical(mail.sent),
        "userName": mail.who.name,
        "userEmail": mail.who.email,
        "campaign": campaign_name(mail.campaign),
        "hash": hexadecimal(draw, "hash", 32),
    }


@lru_cache(maxsize=4096)
def subject(campaign_id: int, *, follow_up: bool) -> str:
    """Return the subject of a campaign's first mail or of its follow-up."""
    text = SUBJECTS[(campaign_id - FIRST_CAMPAIGN) % len(SUBJECTS)]
    return f"Re: {text}" if follow_up else text


@lru_cache(maxsize=4096)
def body(campaign_id: int, *, follow_up: bool) -> str:
    """Return the text of a campaign's first mail or of its follow-up."""
    words = "Did you see our mail?" if follow_up else 'We heard of your "plan".'
    link = f'<a href="https://example.com/{campaign_id}">more</a>'
    return f"<div>Hello,</div>\n<div>{words} {link}</div>"


def event(draw: Draw) -> Row:
    """Make an open or a click; `custom_fields` holds the values by label."""
    return _event(draw, draw.index)


def reply(draw: Draw) -> Row:
    """Make a reply; every ninth is the second to one mail."""
    if draw.index % 9 != 8:
        return _event(draw, draw.index)
    row = _event(draw, draw.index - 1)
    # Not at the instant of the first, so that the two can be told apart.
    first = _event(draw.other("replies", draw.index - 1), draw.index - 1)["visitedAt"]
    after = moved(draw, datetime.fromisoformat(first), 300)
    row["visitedAt"] = max(row["visitedAt"], canonical(after))
    return row


def _event(draw: Draw, index: int) -> Row:
    """Make what happened with the mail of the event that has an index."""
    mails = draw.sizes["sent_emails"]
    place = max(0, min(mails - 1, index * mails // max(1, draw.count)))
    mail = _mail(draw.other("sent_emails", place))
    # Not before its mail; an inserted event is younger than every initial row anyway.
    soon = moved(draw, mail.sent, 60)
    campaign_id = FIRST_CAMPAIGN + mail.campaign
    fields = range(draw.sizes["custom_fields"])
    return {
        "id": hexadecimal(draw, "id", 32),
        "visitedAt": canonical(max(soon, draw.moment)),
        "campaignId": campaign_id,
        "campaign": campaign_name(mail.campaign),
        "prospectId": mail.who.event_id,
        "prospectFirstName": mail.who.first,
        "prospectLastName": mail.who.last,
        "prospectName": mail.who.name,
        "prospectEmail": mail.who.email,
        "sourcePage": mail.who.linkedin,
        "source": draw.pick("source", ("copy", None)),
        "locality": mail.who.locality,
        "industry": mail.who.industry,
        "country": mail.who.country,
        "hash": hexadecimal(draw, "hash", 32),
        "emailSubject": subject(campaign_id, follow_up=mail.follow_up),
        "emailBody": body(campaign_id, follow_up=mail.follow_up),
        # These three have only been seen empty.
        "skills": "",
        "links": None,
        "customFields": None,
        "custom_fields": {
            label(one): draw.pick(f"field {one}", ("", "", 'a "b"', "12/34")) for one in fields
        },
    }


def linkedin_event(draw: Draw) -> Row:
    """Make a step or an answer on LinkedIn: behind the statistics and `all_replies`."""
    recipients = draw.sizes["recipients"]
    place = max(0, min(recipients - 1, draw.index * recipients // max(1, draw.count)))
    to = draw.other("recipients", place)
    number = campaign_index(to)
    who = person(draw.other("prospects", prospect_index(to)))
    kind = draw.pick("kind", LINKEDIN_KINDS)
    started = _started(draw.other("campaigns", number))
    return {
        "id": hexadecimal(draw, "id", 32),
        "campaign_id": FIRST_CAMPAIGN + number,
        "prospectId": who.event_id,
        "userEmail": who.email,
        "kind": kind,
        "happened_at": canonical(max(draw.moment, started)),
        "message": f"Thank you, {who.first}.\nNo." if kind.endswith("reply") else None,
    }
