"""The tables of a Prospector account, and their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.draws import END
from tap_sandbox.tables import Row, Table
from tap_sandbox.vendors.prospector import market, people, sending, settings

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw


def _token(draw: Draw) -> Row:
    """Make a token; one that a test inserts is good for as long as the sandbox runs."""
    # By its words it is found again where no token belongs.
    token = f"sandbox-prospector-{people.hexadecimal(draw, 'token', 40)}-token"
    return {"token": token, "expires_at": "9999-12-31T00:00:00Z"}


def _job(draw: Draw) -> Row:
    """Make an asynchronous search that was started."""
    return {
        "task_hash": people.hexadecimal(draw, "task", 32),
        "kind": "",
        "inputs": {},
        "enough_credits": True,
        "polls": 0,
    }


def _paid_request(draw: Draw) -> Row:
    """Make the note of a request to an endpoint that may cost credits, free or not in the end."""
    return {"id": draw.index + 1, "path": "", "inputs": {}, "credits": 0, "request": 0}


def _account(draw: Draw) -> Row:
    """Make the one row about the account."""
    days = (END - draw.moment).days
    return {"id": 1, "teamwork": True, "limit_resets_in": days % 30, "expires_in": 365}


TABLES = (
    Table("tokens", "token", 0, _token, scales=False),
    Table("account", "id", 1, _account, scales=False),
    # Each campaign costs a reader some seven requests, so these do not grow with the scale.
    Table("campaigns", "id", 12, sending.campaign, scales=False),
    Table("recipients", "id", 900, sending.recipient),
    Table("sent_emails", "id", 1500, sending.sent_email),
    Table("opens", "id", 1400, sending.event),
    Table("clicks", "id", 400, sending.event),
    Table("replies", "id", 350, sending.reply),
    Table("linkedin_events", "id", 300, sending.linkedin_event),
    Table("lists", "id", 8, people.prospect_list, scales=False),
    Table("prospects", "id", 1200, people.prospect, references={"lists": "lists"}),
    Table("custom_fields", "key", 5, people.custom_field, scales=False),
    Table("schedules", "id", 2, settings.schedule, scales=False),
    Table("blacklists", "id", 3, settings.blacklist, scales=False),
    Table("webhooks", "id", 5, settings.webhook, scales=False),
    Table("sender_accounts", "id", 6, settings.sender_account, scales=False),
    Table("warm_ups", "id", 45, settings.warm_up, scales=False),
    Table("pipelines", "id", 2, settings.pipeline, scales=False),
    Table("pipeline_stages", "id", 9, settings.pipeline_stage, scales=False),
    Table("companies", "domain", 12, market.company, scales=False),
    Table("domain_prospects", "prospect_hash", 120, market.domain_prospect),
    Table("domain_emails", "email", 260, market.domain_email),
    Table("generic_contacts", "email", 130, market.generic_contact),
    Table("jobs", "task_hash", 0, _job, scales=False),
    Table("paid_requests", "id", 0, _paid_request, scales=False),
)
