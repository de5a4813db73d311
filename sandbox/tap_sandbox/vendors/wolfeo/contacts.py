"""Wolfeo's GET endpoints about contacts, and the contact records they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.answers import Answer, BadParameter, Refusal
from tap_sandbox.vendors.wolfeo.answers import (
    in_list_order,
    is_old,
    not_found,
    paged,
    spell_gdpr,
    success,
)
from tap_sandbox.vendors.wolfeo.periods import created
from tap_sandbox.vendors.wolfeo.rows import plain_from_iso

if TYPE_CHECKING:
    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

CONTACT_FIELDS = (
    "id",
    "email",
    "first_name",
    "last_name",
    "email_marketing",
    "gdpr",
    "created_at",
)
SUBSCRIPTION_FIELDS = (
    "id",
    "status",
    "amount",
    "currency",
    "payment_source",
    "rate",
    "trial",
    "rebill_date",
    "payments_left",
    "created_at",
)
"""Those of a subscription inside a contact."""


def _contact(call: Call) -> Row:
    """Return the contact that `contact_id` or else `email` names.

    Raises:
        BadParameter: Neither is given, or the id is no number.
        Refusal: 404 NOT_FOUND.
    """
    contacts = call.rows("contacts")
    if "contact_id" in call.query:
        found = contacts.get(call.integer("contact_id"))
    elif "email" in call.query:
        found = contacts.find("email", call.query["email"])
    else:
        raise BadParameter("contact_id", "The contact_id field is required without email.")
    if found is None:
        raise Refusal(not_found("Contact not found."))
    return found


def listed_contact(row: Row) -> Row:
    """Return a contact as the list shows it."""
    return {field: row[field] for field in CONTACT_FIELDS}


def get_contacts(call: Call) -> Answer:
    """GET /contacts: newest first, filtered by creation."""
    return paged(
        call, created(call, "contacts"), lambda _, row: spell_gdpr(call, listed_contact(row))
    )


def contact_detail(state: VendorState, row: Row) -> Row:
    """Return a contact's detail in the new spelling: it has no created_at of its own."""

    def by_customer(found: list[Row]) -> dict[int, list[Row]]:
        grouped: dict[int, list[Row]] = {}
        for one in found:
            grouped.setdefault(one["id_customer"], []).append(one)
        return grouped

    bought = state.tables["subscriptions"].derived("by customer", by_customer).get(row["id"], [])
    subscriptions = []
    for one in bought:
        shown = {name: one[name] for name in SUBSCRIPTION_FIELDS}
        # The rate and the date are written in other ways here than in /subscriptions.
        shown["rate"] = "yearly" if "year" in one["rate"] else "monthly"
        shown["created_at"] = plain_from_iso(one["created_at"])
        subscriptions.append(shown)
    detail = {field: row[field] for field in CONTACT_FIELDS if field != "created_at"}
    for field in ("tags", "sequences", "custom_fields"):
        detail[field] = row[field]
    detail["subscriptions"] = subscriptions
    return detail


def get_contact(call: Call) -> Answer:
    """GET /contact: one contact; in the old spelling tags and sequences hold texts."""
    detail = contact_detail(call.state, _contact(call))
    if is_old(call, detail["id"]):
        for field in ("tags", "sequences"):
            detail[field] = [str(one) for one in detail[field]]
    return success(spell_gdpr(call, detail))


def get_contact_count(call: Call) -> Answer:
    """GET /contact-count: here the period is required."""
    return success({"count": len(created(call, "contacts", required=True))})


def contact_stats(row: Row) -> Row:
    """Return a contact's counters; the rates are per cent of what was sent."""
    sent = row["emails_sent"]
    return {
        "contact_id": row["id"],
        "emails_sent": sent,
        "emails_opened": row["emails_opened"],
        "emails_clicked": row["emails_clicked"],
        "open_rate": round(100 * row["emails_opened"] / sent, 2) if sent else 0.0,
        "click_rate": round(100 * row["emails_clicked"] / sent, 2) if sent else 0.0,
    }


def get_contact_stats(call: Call) -> Answer:
    """GET /contact-stats: live counters of one contact."""
    return success(contact_stats(_contact(call)))


def get_contacts_tags(call: Call) -> Answer:
    """GET /contacts-tags: the tags of one contact, without `meta`."""
    tags = call.rows("tags")
    found = (tags.get(one) for one in _contact(call)["tags"])
    return success([tag for tag in found if tag is not None])


def tagged_contact(row: Row) -> Row:
    """Return a contact as a tag's list shows it."""
    return {field: row[field] for field in CONTACT_FIELDS if field != "created_at"}


def get_tags_contacts(call: Call) -> Answer:
    """GET /tags-contacts: the contacts of one tag, paged.

    The document is cut off after the names; the unversioned API has the two consent flags, so
    here they come too, unless the option says otherwise.
    """
    tag = call.integer("tag_id")
    if call.rows("tags").get(tag) is None:
        raise Refusal(not_found("Tag not found."))
    found = call.rows("contacts").derived(
        ("tagged", tag), lambda every: [row for row in every if tag in row["tags"]]
    )

    def spell(_: Call, row: Row) -> Row:
        shown = tagged_contact(row)
        if not call.option("tag_contacts_consent"):
            del shown["gdpr"], shown["email_marketing"]
        return spell_gdpr(call, shown)

    return paged(call, in_list_order(call, found), spell)
