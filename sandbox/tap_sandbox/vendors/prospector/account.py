"""Prospector's endpoints about the account: balance, webhooks, senders, warm-ups, pipelines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_sandbox.answers import Answer, BadParameter
from tap_sandbox.draws import END, mixed
from tap_sandbox.paging import numbered_page
from tap_sandbox.vendors.prospector.answers import answer, not_found, number, parent
from tap_sandbox.vendors.prospector.dates import day, day_from, unix
from tap_sandbox.vendors.prospector.searches import credits_left
from tap_sandbox.vendors.prospector.settings import WARM_UP_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

COUNTS = (
    "emails_sent",
    "replies",
    "bounces",
    "spam_emails",
    "inbox_emails",
    "categories_emails",
    "scheduled",
)
PERIODS = {"two_weeks": 14, "month": 30}
PER_PAGE = (20, 50, 100)


def listed(table: str) -> Callable[[Call], Answer]:
    """Return the handler of a list that comes whole, under `data`."""
    return lambda call: answer({"data": call.rows(table).all()})


def balance(state: VendorState) -> Row:
    """Return the balance: a decimal number as text, less what searches cost so far."""
    (row,) = state.tables["account"].all()
    return {
        "balance": f"{credits_left(state)}.00",
        "teamwork": row["teamwork"],
        "unique_recipients_used": len(state.tables["recipients"]),
        "limit_resets_in": row["limit_resets_in"],
        "expires_in": row["expires_in"],
    }


def get_balance(call: Call) -> Answer:
    """GET /v1/get-balance."""
    return answer({"success": True, "data": balance(call.state)})


def get_webhooks(call: Call) -> Answer:
    """GET /v2/webhooks: each record inside a `data` of its own."""
    found = call.rows("webhooks").all()
    data = [{"data": {**row, "created_at": unix(row["created_at"])}} for row in found]
    return answer({"data": data, "meta": {"webhooks_count": len(data), "user_id": 77001}})


def sender_status(row: Row) -> Row:
    """Return the state of a sender account's connections; `errors` only where there are some."""

    def state(valid: object) -> Row:
        if valid:
            return {"status": "valid"}
        return {"status": "invalid", "errors": ["Authentication failed"]}

    imap = row["imap"]
    return {"smtp": state(row["valid"]), "imap": imap and state(imap["valid"])}


def get_sender_status(call: Call) -> Answer:
    """GET /v2/sender-accounts/check-sender-status."""
    row = call.rows("sender_accounts").get(number(call, "sender_account_id"))
    return answer({"data": sender_status(row)}) if row else not_found()


def get_warm_ups(call: Call) -> Answer:
    """GET /v2/warm-up: pages of 20, 50 or 100, with `meta`."""
    place, size = call.integer("page", 1), call.integer("per_page", 20)
    if size not in PER_PAGE:
        raise BadParameter("per_page", "per_page must be 20, 50 or 100")
    status = call.query.get("status")
    if status is not None and (status == "pending" or status not in WARM_UP_STATUSES):
        raise BadParameter("status", "status must be active, paused, completed or error")
    found = [row for row in call.rows("warm_ups").all() if status in (None, row["status"])]
    page = numbered_page(found, place, size)
    meta = {"total_items": page.total, "page": place, "per_page": size, "total_pages": page.last}
    return answer({"data": page.rows, "success": True, "meta": meta})


def get_warm_up(call: Call) -> Answer:
    """GET /v2/warm-up/{id}: as in the list."""
    return answer({"data": parent(call, "warm_ups", "warm_up"), "success": True})


def daily_statistics(row: Row, first: date | None = None, last: date | None = None) -> list[Row]:
    """Return a warm-up's days within a span: from its start to its end; none while pending."""
    if row["status"] == "pending":
        return []
    start, end = date.fromisoformat(row["start_date"]), END.date()
    if row["campaign_deadline"]:
        end = min(end, date.fromisoformat(row["campaign_deadline"]))
    start, end = max(start, first or start), min(end, last or end)
    days = (start + timedelta(days=one) for one in range((end - start).days + 1))
    return [_day(row["id"], one) for one in days]


def _day(warm_up_id: int, one: date) -> Row:
    bits = mixed(warm_up_id * 1_000_000 + one.toordinal())
    sent = bits % 20
    spam, categories = min(sent, bits >> 8 & 3), min(sent, bits >> 16 & 1)
    counts = (
        sent,
        sent // 3,
        min(sent, bits >> 24 & 1),
        spam,
        max(0, sent - spam - categories),
        categories,
        sent + 2,
    )
    return {
        "warm_up_id": warm_up_id,
        "date": one.isoformat(),
        **dict(zip(COUNTS, counts, strict=True)),
    }


def get_warm_up_statistics(call: Call) -> Answer:
    """GET /v2/warm-up/statistics/{id}: maps by date and by provider, `[]` when empty.

    A period ends with the last day of the data, whatever day it is.
    """
    row = parent(call, "warm_ups", "warm_up")
    period = call.query.get("period")
    if period is not None:
        if period not in PERIODS:
            raise BadParameter("period", "period must be two_weeks or month")
        last: date | None = day_from(call.option("today"))
        first = last and last - timedelta(days=PERIODS[period] - 1)
    else:
        first, last = (day(call, name, needed=True) for name in ("date_from", "date_to"))
    start = date.fromisoformat(row["start_date"])
    if first is None or last is None or last < first or last < start:
        raise BadParameter("date_to", "date_to must not be before date_from or the start")
    days = daily_statistics(row, first, last)
    totals = {name: sum(one[name] for one in days) for name in COUNTS}
    landed = totals["inbox_emails"] + totals["spam_emails"] + totals["categories_emails"]

    def share(name: str) -> Row:
        count = totals[f"{name}_emails"]
        return {"count": count, "percent": round(100 * count / landed) if landed else 0}

    spam = share("spam")
    google = {"id": 1, "count": landed, "spam": spam["count"], "percent": 100 - spam["percent"]}
    by_date = {one["date"]: {name: one[name] for name in COUNTS} for one in days}
    return answer(
        {
            "data": {
                "daily_statistics": by_date or [],
                "provider_statistics": {"google": google} if days else [],
                "deliverability": {name: share(name) for name in ("inbox", "spam", "categories")},
                "is_calculated": row["status"] != "pending",
            }
        }
    )


def get_stages(call: Call) -> Answer:
    """GET /v2/pipelines/{pipeline}/stages."""
    row = parent(call, "pipelines", "pipeline")
    found = call.rows("pipeline_stages").all()
    return answer({"data": [one for one in found if one["pipeline_id"] == row["id"]]})
