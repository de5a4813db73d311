"""What a Wolfeo account holds, in canonical form: ids as integers, the spelling `gdpr`.

Fields are those of the documented records. Where the documents are cut off (sequences,
invoices), only what other pages imply is made up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_sandbox.draws import family_name, given_name
from tap_sandbox.tables import Row, Table

if TYPE_CHECKING:
    from datetime import datetime

    from tap_sandbox.draws import Draw

FIRST_CONTACT = 100_001
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "CAD")
AMOUNTS: tuple[float, ...] = (0, 1, 27, 49.9, 97, 197.5, 497, 1997, 0.99)
"""PHP writes a whole amount without a point, so integers and fractions mix in one field."""
LABELS = ("Company size", "Couleur préférée", "Birthday")

ORDER_STATUSES = ("completed", "waiting", "cancelled", "refunded")
TRANSACTION_STATUSES = (
    "waiting",
    "processing",
    "completed",
    "refunded",
    "cancelled",
    "error",
)
SUBSCRIPTION_STATUSES = ("active", "inactive", "error")
CAMPAIGN_STATUSES = ("draft", "sending", "sent", "scheduled", "error")


def iso(moment: datetime) -> str:
    """Return a time as contacts, orders, transactions and campaigns write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(moment: datetime) -> str:
    """Return a time as tags and everything inside a contact's subscriptions write it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def plain_from_iso(text: str) -> str:
    """Return the plain style of a time in the other style."""
    return f"{text[:10]} {text[11:19]}"


def _email(draw: Draw) -> str:
    number = FIRST_CONTACT + draw.index
    if draw.chance("tagged email", 5):
        return f"Person.{number}+news@Example.com"
    return f"person{number}@example.com"


def _linked(draw: Draw, what: str, table: str) -> list[int]:
    """Return ids of another table: its first row on half of all, its last on none."""
    last = draw.sizes[table]
    first = [1] if last and draw.chance(f"first {what}", 50) else []
    return first + draw.some(what, 12, range(2, min(last, 9)))


def contact(draw: Draw) -> Row:
    """Make a contact, with its links and its counters."""
    sent = draw.number("sent", 60)
    opened = draw.number("opened", sent + 1)
    return {
        "id": FIRST_CONTACT + draw.index,
        "email": _email(draw),
        "first_name": given_name(draw),
        "last_name": family_name(draw),
        "email_marketing": draw.chance("email_marketing", 80),
        "gdpr": draw.chance("gdpr", 70),
        "created_at": iso(draw.moment),
        "tags": _linked(draw, "tag", "tags"),
        "sequences": _linked(draw, "sequence", "sequences"),
        "custom_fields": [
            {
                "label": _label(number),
                "value": draw.pick(f"value {number}", ("3", "red, green", "")),
            }
            for number in range(1, draw.number("labels", 4))
        ],
        "emails_sent": sent,
        "emails_opened": opened,
        "emails_clicked": draw.number("clicked", opened + 1),
    }


def tag(draw: Draw) -> Row:
    """Make a tag."""
    number = draw.index + 1
    names = ("Client", "Prospect", "Café ☕", 'Quote "A"', "VIP, gold", "Été\n2024")
    name = names[draw.index] if draw.index < len(names) else f"Tag {number}"
    return {"id": number, "name": name, "created_at": plain(draw.moment)}


def sequence(draw: Draw) -> Row:
    """Make an e-mail sequence; only these fields follow from the documents."""
    kind = draw.pick("type", ("normal", "inverted"))
    return {"id": draw.index + 1, "name": f"Sequence {draw.index + 1}", "type": kind}


def order(draw: Draw) -> Row:
    """Make an order of one of the contacts."""
    buyer = draw.other("contacts", draw.number("buyer", max(1, draw.sizes["contacts"])))
    moment = draw.moment
    letters = draw.pick("letters", ("WLF", "ABK", "QZT"))
    return {
        "id": 500_001 + draw.index,
        "id_order": f"{letters}-{500_001 + draw.index}-{int(moment.timestamp())}",
        "id_customer": FIRST_CONTACT + buyer.index,
        "email": _email(buyer),
        "firstname": given_name(buyer),
        "lastname": family_name(buyer),
        "type": draw.pick("type", ("Stripe", "PayPal", "Manual")),
        "status": draw.pick("status", ("completed",) * 6 + ORDER_STATUSES),
        "amount": draw.pick("amount", AMOUNTS),
        "currency": draw.pick("currency", CURRENCIES),
        "created_at": iso(moment),
    }


def transaction(draw: Draw) -> Row:
    """Make a payment for one of the orders."""
    paid = order(draw.other("orders", draw.number("order", max(1, draw.sizes["orders"]))))
    return {
        "id": 700_001 + draw.index,
        "id_transaction": f"ch_{draw.number('charge', 16**12):012x}{draw.index:x}",
        "id_order": paid["id_order"],
        "id_invoice": 900_001 + draw.number("invoice", max(1, draw.sizes["invoices"])),
        "id_customer": paid["id_customer"],
        "status": draw.pick("status", ("completed",) * 6 + TRANSACTION_STATUSES),
        "type": draw.pick("type", ("one_time", "subscription")),
        "amount": paid["amount"],
        "currency": paid["currency"],
        "created_at": iso(draw.moment),
    }


def invoice(draw: Draw) -> Row:
    """Make an invoice. Its record is not documented: these are the fields others refer to."""
    paid = order(draw.other("orders", draw.number("order", max(1, draw.sizes["orders"]))))
    return {
        "id": 900_001 + draw.index,
        "id_order": paid["id_order"],
        "id_customer": paid["id_customer"],
        "amount": paid["amount"],
        "currency": paid["currency"],
        "created_at": iso(draw.moment),
    }


def subscription(draw: Draw) -> Row:
    """Make a subscription; `payments_left` is the text "unlimited" or an integer."""
    buyer = draw.other("contacts", draw.number("buyer", max(1, draw.sizes["contacts"])))
    moment = draw.moment
    left: int | str = "unlimited" if draw.chance("unlimited", 60) else draw.number("left", 12)
    return {
        "id": 300_001 + draw.index,
        "id_customer": FIRST_CONTACT + buyer.index,
        "email": _email(buyer),
        "firstname": given_name(buyer),
        "lastname": family_name(buyer),
        "status": draw.pick("status", SUBSCRIPTION_STATUSES),
        "name": draw.pick("name", ("Club", "Coaching 1:1", 'Plan "Pro" - été')),
        "amount": draw.pick("amount", AMOUNTS),
        "currency": draw.pick("currency", CURRENCIES),
        "payment_source": draw.pick("source", ("Stripe", "PayPal")),
        "rate": draw.pick("rate", ("1 month(s)", "3 month(s)", "1 year(s)")),
        "trial": draw.chance("trial", 20),
        "payments_left": left,
        "rebill_date": plain(moment + timedelta(days=30 + draw.number("rebill", 300))),
        "created_at": iso(moment),
    }


def campaign(draw: Draw) -> Row:
    """Make an e-mail campaign."""
    status = draw.pick("status", ("sent", "sent", *CAMPAIGN_STATUSES))
    moment = draw.moment
    recipients = draw.number("recipients", 5000)
    return {
        "id": draw.index + 1,
        "name": f"Campaign {draw.index + 1} 🚀",
        "subject": draw.pick("subject", ("Hello", 'Read "this"', "50 % off - today only", "Été")),
        "from_name": "Sandbox & Co",
        "from_email": "news@example.com",
        "status": status,
        "sent_to": recipients if status == "sent" else 0,
        "recipients_count": recipients,
        "sent_at": iso(moment + timedelta(days=1)) if status == "sent" else None,
        "scheduled_for": iso(moment + timedelta(days=9)) if status == "scheduled" else None,
        "created_at": iso(moment),
    }


def _label(number: int) -> str:
    return LABELS[number - 1] if number <= len(LABELS) else f"Field {number}"


def custom_field(draw: Draw) -> Row:
    """Make a custom field; `values` is null, or one comma-separated text for a select."""
    number = draw.index + 1
    select = number % 2 == 0
    return {
        "id": number,
        "name": _label(number),
        "type": "select" if select else "text",
        "values": "red,green,light blue" if select else None,
    }


def funnel(draw: Draw) -> Row:
    """Make a funnel with its steps; its type is 0 blank, 1 lead, 2 sales."""
    number = draw.index + 1
    steps = range(1, 1 + draw.number("steps", 4))
    return {
        "id": number,
        "name": f"Funnel {number}",
        "type": draw.number("type", 3),
        "steps": [
            {
                "id": number * 10 + step,
                "funnel_id": number,
                "name": f"Step {step}",
                "path": f"/funnel-{number}/step-{step}",
                "order": step,
            }
            for step in steps
        ],
    }


def webhook(draw: Draw) -> Row:
    """Make a webhook."""
    return {
        "id": draw.index + 1,
        "url": f"https://hooks.example.com/{draw.index + 1}",
        "active": draw.chance("active", 75),
        "created_at": iso(draw.moment),
    }


TABLES = (
    # Half of the contacts carry the first tag, so that this tag's contacts have pages of their
    # own; the last tag has none.
    Table("contacts", "id", 1200, contact, references={"tags": "tags", "sequences": "sequences"}),
    Table("tags", "id", 12, tag, scales=False),
    Table("sequences", "id", 4, sequence, scales=False),
    Table("orders", "id", 400, order),
    Table("transactions", "id", 450, transaction),
    Table("invoices", "id", 120, invoice),
    Table("subscriptions", "id", 300, subscription),
    Table("campaigns", "id", 130, campaign),
    Table("custom_fields", "id", 5, custom_field, scales=False),
    Table("funnels", "id", 8, funnel, scales=False),
    Table("webhooks", "id", 3, webhook, scales=False),
)
