"""What else an account holds: senders, warm-ups, pipelines and the like, in canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.vendors.prospector.dates import canonical

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw
    from tap_sandbox.tables import Row

FIRST_SENDER = 301
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
ZONES = ("America/New_York", "UTC", "Europe/Paris")
WEBHOOK_EVENTS = (
    ("campaign_email", "sent"),
    ("campaign_email", "first_sent"),
    ("campaign_email", "opened"),
    ("campaign_reply", "received"),
    ("campaign_reply", "first_received"),
)
WARM_UP_STATUSES = ("active", "pending", "paused", "completed", "error")


def schedule(draw: Draw) -> Row:
    """Make a sending schedule."""
    return {
        "id": draw.index + 1,
        "name": ("Office hours", "Week-end / été")[draw.index % 2],
        "timezone": ZONES[draw.index % len(ZONES)],
        "days": [
            {
                "day": name,
                "enabled": (name in {"saturday", "sunday"}) == (draw.index % 2 == 1),
                "start_time": "09:00",
                "end_time": "17:30",
            }
            for name in DAYS
        ],
    }


def blacklist(draw: Draw) -> Row:
    """Make a do-not-email list; no endpoint lists its entries."""
    return {
        "id": draw.index + 1,
        "name": ("Do not email", 'Rivals & "friends"', "Clients")[draw.index % 3],
        "owner": "Ada Castillo",
        "total": draw.number("total", 500),
    }


def webhook(draw: Draw) -> Row:
    """Make a webhook."""
    thing, action = WEBHOOK_EVENTS[draw.index % len(WEBHOOK_EVENTS)]
    return {
        "id": draw.index + 1,
        "end_point": f"https://hooks.example.com/{draw.index + 1}?a=1&b=2",
        "event_object": thing,
        "event_action": action,
        "status": "deactivated" if draw.index % 3 == 2 else "active",
        "created_at": canonical(draw.moment),
    }


def sender_account(draw: Draw) -> Row:
    """Make an e-mail account that campaigns send from."""
    number = draw.index + 1
    valid = draw.index % 4 != 3
    imap = {"username": f"sender{number}@example.com", "valid": valid}
    return {
        "id": FIRST_SENDER + draw.index,
        "sender_name": ("Ada Castillo", "Søren 'S' Weber")[draw.index % 2],
        "email_from": f"sender{number}@example.com",
        "valid": valid,
        "suspended": draw.index % 5 == 4,
        "limitation": 50 + 50 * draw.number("limitation", 5),
        "provider": draw.pick("provider", ("hostinger", "godaddy", "gmail")),
        "tags": draw.some("tags", 50, ("sales", "été", "a, b")),
        "imap": None if draw.index % 3 == 2 else imap,
    }


def warm_up(draw: Draw) -> Row:
    """Make a warm-up of a sender account."""
    sender = sender_account(draw.other("sender_accounts", draw.index))
    status = WARM_UP_STATUSES[draw.index % len(WARM_UP_STATUSES)]
    steady = draw.chance("steady", 30)
    own = draw.index % 4 == 1
    zone = {"timezone": "UTC", "days": ["monday", "friday"]}
    return {
        "id": 9001 + draw.index,
        "status": status,
        "reply_rate": 20 + draw.number("reply rate", 30),
        "send_to_paid_domain": draw.chance("paid", 50),
        "start_date": draw.moment.date().isoformat(),
        "campaign_deadline": "2025-12-31" if draw.index % 2 else None,
        "strategy": "steady" if steady else "progressive",
        "per_day": 5 + draw.number("per day", 40),
        "from": 1 + draw.number("from", 5),
        "increase": 1 + draw.number("increase", 3),
        "subject": "Hello" if own else None,
        "body": 'A "short" text\nof two lines' if own else None,
        "template_name": None if own else "Default",
        "enable_ctd": draw.chance("ctd", 50),
        "schedule": zone if draw.index % 3 == 0 else None,
        "email_account": {
            "id": sender["id"],
            "email_from": sender["email_from"],
            "type": "smtp",
            "delay": 60,
            "limit": sender["limitation"],
            "per_day": 20,
            "schedule_required": False,
            "provider": sender["provider"],
            "custom_tracking_domain": "track.example.com" if own else None,
        },
        "enable_proxy": draw.chance("proxy", 20),
        "sent_today": draw.number("today", 20),
        "daily_limit": 20 + draw.number("limit", 30),
        "total_saved_from_spam": draw.number("saved", 90),
        "deliverability": 0 if status == "pending" else 60 + draw.number("deliverability", 41),
        "warm_up_error": "The mailbox does not answer." if status == "error" else None,
    }


def pipeline(draw: Draw) -> Row:
    """Make a sales pipeline."""
    return {
        "id": draw.index + 1,
        "name": ("New business", 'Renewals / "été"')[draw.index % 2],
        "deals_count": draw.number("deals", 40),
        "deals_value": draw.pick("value", (0, 1250.5, 99000)),
        "created_at": canonical(draw.moment),
    }


def pipeline_stage(draw: Draw) -> Row:
    """Make a stage of one of the pipelines."""
    pipelines = max(1, draw.sizes["pipelines"])
    order = draw.index // pipelines
    names = ("Lead in", "Contacted", "Demo", "Won", "Lost")
    return {
        "id": 5001 + draw.index,
        "pipeline_id": draw.index % pipelines + 1,
        "name": names[order] if order < len(names) else f"Stage {order + 1}",
        "order": order + 1,
        "deals_count": draw.number("deals", 20),
        "deals_value": draw.pick("value", (0, 99.9, 4000)),
    }
