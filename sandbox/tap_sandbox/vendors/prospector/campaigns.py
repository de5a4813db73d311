"""Prospector's endpoints about campaigns, but for their events and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter, Refusal
from tap_sandbox.vendors.prospector.answers import answer, many, not_found, number, parent
from tap_sandbox.vendors.prospector.dates import unix
from tap_sandbox.vendors.prospector.grouped import by_field
from tap_sandbox.vendors.prospector.people import FIRST_CAMPAIGN
from tap_sandbox.vendors.prospector.sending import body, subject
from tap_sandbox.vendors.prospector.settings import FIRST_SENDER, ZONES

if TYPE_CHECKING:
    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

V2_STATUSES = {"Draft": "new", "Paused": "paused", "Active": "active"}
FLAGS = (
    "skip_unverifiable",
    "skip_unverified",
    "skip_who_replied",
    "skip_company_domain_who_replied",
    "skip_recipients_without_variables_data",
    "skip_other_recipients_email_addresses",
    "skip_recipients_added_to_my_another_campaign",
    "skip_recipients_added_to_team_another_campaign",
    "one_click_unsubscribe",
)
FIRST_CONTENT = 30_000_000_000_001
"""Ids of contents do not fit 32 bits."""


def campaign_of(call: Call, campaign_id: object) -> Row | None:
    """Return a campaign, or None if there is none and the answer is to be empty.

    Raises:
        Refusal: 404 for a missing campaign, if the option says so. What it gets is not documented.
    """
    row = call.rows("campaigns").get(campaign_id)
    if row is None and call.option("missing_campaign_status") == 404:
        raise Refusal(not_found())
    return row


def get_user_campaigns(call: Call) -> Answer:
    """GET /v1/get-user-campaigns: a bare array, times in unix seconds."""
    times = ("created_at", "updated_at", "started_at")
    found = call.rows("campaigns").all()
    return answer([{**row, **{name: unix(row[name]) for name in times}} for row in found])


def sender_of(state: VendorState, row: Row) -> int:
    """Return the id of the one e-mail account that a campaign sends from."""
    return FIRST_SENDER + int(row["id"]) % max(1, len(state.tables["sender_accounts"]))


def linkedin_sender_of(row: Row) -> int:
    """Return the id of a campaign's LinkedIn account; no documented endpoint lists these."""
    return 41 + int(row["id"]) % 2


def _contents(row: Row, step: int) -> list[Row]:
    place = (row["id"] - FIRST_CAMPAIGN) * 10 + step * 2
    usages = ("active", "pause") if step == 1 else ("active",)
    return [
        {"id": FIRST_CONTENT + place + number, "plain_text": number == 1, "usage": usage}
        for number, usage in enumerate(usages)
    ]


def _steps(row: Row) -> list[Row]:
    texts = [
        {
            "subject": subject(row["id"], follow_up=step > 1),
            "body": body(row["id"], follow_up=step > 1),
        }
        for step in (1, 3)
    ]
    first, last = _contents(row, 1), _contents(row, 3)
    return [
        {"_ref": "1", "type": "email", "next": "2", "content_slots": 2, "content": first}
        | texts[0],
        {"_ref": "2", "type": "delay", "next": "3", "waiting_type": "days", "waiting_val": 3},
        {"_ref": "3", "type": "email", "next": "4", "content_slots": 1, "content": last} | texts[1],
        {"_ref": "4", "type": "goal", "goal_name": "Done / fini"},
    ]


def campaign_detail(state: VendorState, row: Row) -> Row:
    """Return a campaign's detail: made from its row, so it follows when that is changed.

    start_campaign_at and complete_campaign_at stay as they are written: they are in the
    campaign's own time zone.
    """
    place = row["id"] - FIRST_CAMPAIGN
    started = row["started_at"]
    detail: dict[str, Any] = {
        "id": row["id"],
        "status": V2_STATUSES.get(row["status"], row["status"].lower()),
        "title": row["campaign"],
        "email_accounts": [sender_of(state, row)],
        "linkedin_accounts": [linkedin_sender_of(row)] if place % 2 == 0 else [],
        "priority": ("low", "medium", "high")[place % 3],
        "tracking": {"open": True, "link_click": place % 4 != 1},
        "sending_settings": {
            "sending_priority": "first_email" if place % 2 else "follow_up",
            "daily_sending_all": 100 if place % 3 == 0 else None,
            "daily_sending_new_recipients": None,
            **{flag: (place + number) % 3 == 0 for number, flag in enumerate(FLAGS)},
        },
        "recipients": {"list_id": row["list_id"], "black_list_id": 1 if place % 2 else None},
        "schedule_id": 1 if place % 3 else None,
        "start_campaign_at": f"{started[:10]} 09:00:00" if started and place % 2 else None,
        "complete_campaign_at": None,
        "timezone": ZONES[place % len(ZONES)],
        "complete_campaign_after_last_step": place % 2 == 0,
        "archive_in_months": (1, 2, 3, 6)[place % 4],
        "provider_matching": place % 2 == 1,
        "sequence": {"entry": "1", "steps": _steps(row)},
    }
    if place % 4 == 0:
        detail["deals"] = {
            "event": ["open", "reply"],
            "pipeline_id": 1,
            "stage_id": 5001,
            "potential_value": 99.5,
            "currency": "EUR",
        }
    return detail


def get_campaign(call: Call) -> Answer:
    """GET /v2/campaigns/{campaign_id}; without `deals` where none are configured."""
    row = parent(call, "campaigns", "campaign")
    return answer({"success": True, "data": campaign_detail(call.state, row)})


def step_contents(row: Row) -> list[Row]:
    """Return the contents of a campaign's e-mail steps, with what they are of."""
    return [
        {
            "campaign_id": row["id"],
            "step_id": int(step["_ref"]),
            "id": one["id"],
            "subject": step["subject"],
            "body": step["body"],
            "plain_text": one["plain_text"],
            "usage": one["usage"],
        }
        for step in _steps(row)
        for one in step.get("content", [])
    ]


def get_step_content(call: Call) -> Answer:
    """GET /v2/campaigns/{campaign}/steps/{step}/content/{content}."""
    for one in step_contents(parent(call, "campaigns", "campaign")):
        if (str(one["step_id"]), str(one["id"])) == (
            call.captures["step"],
            call.captures["content"],
        ):
            shown = ("id", "subject", "body", "plain_text", "usage")
            return answer({"data": {name: one[name] for name in shown}})
    return not_found()


def _recipients(state: VendorState, campaign_id: int) -> list[Row]:
    return by_field(state.tables["recipients"], "campaign_id").get(campaign_id, [])


def get_recipient_statuses(call: Call) -> Answer:
    """GET /v2/campaigns/{campaign}/recipient: 1 to 100 different addresses a call."""
    emails = many(call, "emails")
    if not 1 <= len(emails) <= 100 or len(set(emails)) < len(emails):
        raise BadParameter("emails", "Emails must be 1 to 100 different addresses")
    if any(len(email) > 100 for email in emails):
        raise BadParameter("emails", "An email must not be longer than 100 characters")
    row = parent(call, "campaigns", "campaign")
    known = {one["userEmail"].lower(): one["status"] for one in _recipients(call.state, row["id"])}
    return answer(
        {
            "data": [
                {
                    "email": email,
                    "exist": email.lower() in known,
                    "status": known.get(email.lower()),
                }
                for email in emails
            ]
        }
    )


def campaign_progress(state: VendorState, row: Row) -> Row:
    """Return a campaign's progress: the share of its recipients whose sequence has ended."""
    found = _recipients(state, row["id"])
    unfinished = sum(one["status"] in {"tocheck", "active"} for one in found)
    done = round(100 * (len(found) - unfinished) / len(found)) if found else 0
    return {"status": row["status"], "unfinished": unfinished, "progress": f"{done}%"}


def get_progress(call: Call) -> Answer:
    """GET /v2/campaigns/{campaign}/progress: a flat object; 422 for a missing campaign."""
    row = call.rows("campaigns").get(call.captures["campaign"])
    if row is None:
        # Of this body only the place of the message and its last two words are on record.
        return answer({"success": False, "data": {"message": "Campaign not found"}}, 422)
    return answer(campaign_progress(call.state, row))


def completed_prospects(state: VendorState, campaign_id: int) -> list[Row]:
    """Return the recipients who reached the end.

    Whether the id is unique beyond the campaign is not documented; here it is.
    """
    shown = ("id", "prospectId", "userName", "userEmail", "campaign", "hash")
    return [
        {name: row[name] for name in shown}
        for row in _recipients(state, campaign_id)
        if row["status"] == "finished"
    ]


def get_finished(call: Call) -> Answer:
    """GET /v1/prospect-finished: a bare array, not paged: whether it is capped is unknown."""
    campaign_id = number(call, "campaignId")
    row = campaign_of(call, campaign_id)
    return answer(completed_prospects(call.state, campaign_id) if row else [])
