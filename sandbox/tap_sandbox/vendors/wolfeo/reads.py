"""Wolfeo's GET endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter, Refusal, json_answer
from tap_sandbox.vendor import Call, Route
from tap_sandbox.vendors.wolfeo import contacts, rows
from tap_sandbox.vendors.wolfeo.answers import (
    as_it_is,
    error,
    in_list_order,
    is_old,
    not_found,
    paged,
    spell_own_id,
    success,
)
from tap_sandbox.vendors.wolfeo.periods import created

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row


def _with_status(call: Call, found: list[Row], allowed: tuple[str, ...]) -> list[Row]:
    status = call.query.get("status")
    if status is None:
        return found
    if status not in allowed:
        text = f"The status must be one of {', '.join(allowed)}."
        raise Refusal(error(400, "INVALID_STATUS", text))
    return [row for row in found if row["status"] == status]


def _newest_first(table: str, statuses: tuple[str, ...] = ()) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        found = created(call, table)
        return paged(call, _with_status(call, found, statuses) if statuses else found, as_it_is)

    return handler


def _listed(table: str, own_id: str = "") -> Callable[[Call], Answer]:
    """Return the handler of a paged list whose order is not documented."""
    spell = spell_own_id(own_id) if own_id else as_it_is

    def handler(call: Call) -> Answer:
        return paged(call, in_list_order(call, call.rows(table).all()), spell)

    return handler


def _one(table: str, parameter: str, field: str, title: str) -> Callable[[Call], Answer]:
    """Return the handler of one record. The detail's shape is not documented: as in the list."""

    def handler(call: Call) -> Answer:
        value: object = call.integer(parameter) if field == "id" else call.query.get(parameter)
        if value is None:
            raise BadParameter(parameter, f"The {parameter} field is required.")
        found = call.rows(table).find(field, value)
        return success(found) if found else not_found(f"{title} not found.")

    return handler


def get_sales_amount(call: Call) -> Answer:
    """GET /sales-amount: completed orders of the period; before 2026-05-09 a bare array."""
    found = created(call, "orders")
    amount = round(sum(row["amount"] for row in found if row["status"] == "completed"), 2)
    if call.option("spelling") == "old":
        return json_answer([{"amount": amount}])
    return success({"amount": amount})


def get_custom_fields(call: Call) -> Answer:
    """GET /custom-fields: not paged."""
    return success(call.rows("custom_fields").all())


def get_funnels(call: Call) -> Answer:
    """GET /funnels: paged; the steps are in the list unless the option says otherwise."""

    def spell(_: Call, row: Row) -> Row:
        shown: dict[str, Any] = {name: row[name] for name in ("id", "name", "type")}
        if call.option("funnel_steps"):
            shown["steps"] = row["steps"]
            if is_old(call, row["id"]):
                shown["steps"] = [
                    {"step_id": one["id"], **_without_id(one)} for one in row["steps"]
                ]
        return spell_own_id("funnel")(call, shown)

    return paged(call, in_list_order(call, call.rows("funnels").all()), spell)


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


def get_webhooks(call: Call) -> Answer:
    """GET /webhooks: not paged."""
    spell = spell_own_id("webhook")
    return success([spell(call, row) for row in call.rows("webhooks").all()])


ROUTES = (
    Route("GET", "/contacts", contacts.get_contacts),
    Route("GET", "/contact", contacts.get_contact),
    Route("GET", "/contact-count", contacts.get_contact_count),
    Route("GET", "/contact-stats", contacts.get_contact_stats),
    Route("GET", "/tags", _listed("tags")),
    Route("GET", "/contacts-tags", contacts.get_contacts_tags),
    Route("GET", "/tags-contacts", contacts.get_tags_contacts),
    Route("GET", "/sequences", _listed("sequences", "sequence")),
    Route("GET", "/orders", _newest_first("orders", rows.ORDER_STATUSES)),
    Route("GET", "/order", _one("orders", "id_order", "id_order", "Order")),
    Route("GET", "/transactions", _newest_first("transactions")),
    Route("GET", "/invoices", _newest_first("invoices")),
    Route("GET", "/sales-amount", get_sales_amount),
    Route("GET", "/subscriptions", _newest_first("subscriptions", rows.SUBSCRIPTION_STATUSES)),
    # The name of the one parameter is cut off; this is how the other details spell theirs.
    Route("GET", "/subscription", _one("subscriptions", "subscription_id", "id", "Subscription")),
    Route("GET", "/campaigns", _newest_first("campaigns", rows.CAMPAIGN_STATUSES)),
    Route("GET", "/campaign", _one("campaigns", "campaign_id", "id", "Campaign")),
    Route("GET", "/custom-fields", get_custom_fields),
    Route("GET", "/funnels", get_funnels),
    Route("GET", "/webhooks", get_webhooks),
)
