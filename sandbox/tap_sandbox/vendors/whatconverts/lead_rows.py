"""The leads of a WhatConverts agency, in canonical form.

Every lead has every field here, null where its type has none. Money and scores are floats,
times are UTC with Z, maps are objects; an empty text is kept apart from null.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_sandbox.draws import END, FIRST_NAMES, LAST_NAMES, ODD_NAMES
from tap_sandbox.vendors.whatconverts.periods import iso
from tap_sandbox.vendors.whatconverts.rows import FIRST_ACCOUNT, account_name, placed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_sandbox.draws import Draw
    from tap_sandbox.tables import Row

FIRST_LEAD = 1_000_001
LABELS = {
    "phone_call": "Phone Call",
    "web_form": "Web Form",
    "text_message": "Text Message",
    "chat": "Chat",
    "email": "Email",
    "event": "Event",
    "transaction": "Transaction",
    "appointment": "Appointment",
    "other": "Other",
}
"""What a filter calls a type, and what a record does."""
_TYPES = ("phone_call",) * 6 + ("web_form",) * 4 + tuple(LABELS)
_MONEY = (0.0, 1.0, 49.9, 120.0, 1234.5, 12500.0, 1234567.89, None, None)
_VISITOR_FIELDS = (
    "notes", "contact_name", "contact_company_name", "contact_email_address",
    "contact_phone_number", "email_address", "phone_number", "ip_address", "lead_campaign",
    "lead_content", "lead_keyword", "gclid", "msclkid", "spotted_keywords",
)  # fmt: skip
_PLACE_FIELDS = ("city", "state", "zip", "country")
_CALLER_PLACE_FIELDS = tuple(f"caller_{name}" for name in _PLACE_FIELDS)
_INTEGRATION_FIELDS = (
    "unbounce_page_id", "unbounce_variant_id", "unbounce_visitor_id", "roistat_visit_id",
    "hubspot_visitor_id", "salesforce_user_id", "vwo_account_id", "vwo_experiment_id",
    "vwo_variant_id", "vwo_user_id",
)  # fmt: skip
_DEVICE_FIELDS = (
    "lead_url", "landing_url", "operating_system", "browser", "device_type", "device_make",
    "facebook_browser_id", "facebook_visitor_id", "facebook_click_id",
    "google_analytics_client_id", "google_analytics_session_id",
)  # fmt: skip
_LATER_FIELDS = ("lead_analysis", "additional_fields", "field_mappings", "custom_fields")
TYPE_FIELDS = (
    "phone_name", "tracking_number", "destination_number", "caller_number", "caller_name",
    "call_duration", "call_duration_seconds", "answer_status", "call_status", "line_type",
    "recording", "play_recording", "voicemail", "play_voicemail", "call_transcription",
    "voicemail_transcription", "message", "chat_status", "form_name", "event_category",
    "event_action", "event_label", "transaction_id", "transaction_tax", "transaction_shipping",
    "sender_name", "email_subject", "email_message",
)  # fmt: skip
"""Fields that only some lead types have; on the wire the others do not show them at all."""
_BLANK: Row = dict.fromkeys(
    (
        *_VISITOR_FIELDS, *_DEVICE_FIELDS, *_PLACE_FIELDS, *_CALLER_PLACE_FIELDS,
        *_INTEGRATION_FIELDS, *TYPE_FIELDS, *_LATER_FIELDS,
    )
)  # fmt: skip


def _gappy(draw: Draw, what: str, pairs: Iterable[tuple[str, str]]) -> Row:
    """Return at most sixteen texts of which one in eight is null and one in sixteen empty."""
    bits = draw.bits(what)
    made: Row = {}
    for place, (name, value) in enumerate(pairs):
        gap = bits >> 4 * place & 15
        made[name] = None if gap < 2 else "" if gap == 2 else value
    return made


def _visitor(draw: Draw) -> Row:
    number = draw.index + 1
    name = f"{draw.pick('first', FIRST_NAMES)} {draw.pick('last', LAST_NAMES)}"
    phone = f"+1212{number:07}"
    values = (
        draw.pick("notes", ODD_NAMES), name, "O'Neil & Co", f"{number}@mail.example.com",
        phone, f"Visitor{number}@example.com", phone, f"198.51.100.{number % 256}",
        "Spring, -50 %", "ad 3; blue", "plumber near me", f"gc-{number:x}", f"ms-{number:x}",
        "price, urgent",
    )  # fmt: skip
    return _gappy(draw, "visitor", zip(_VISITOR_FIELDS, values, strict=True))


def _integrations(draw: Draw) -> Row:
    # Some Salesforce ids are digits only: read as numbers they lose their leading zeros.
    salesforce = ("0051a00000AbCdE", "0051a00000AbCdEFGH", "005000000000017")
    number = draw.index + 1
    values = (
        f"page-{number}", "b", f"ub.{number}", f"{number}", f"hs{number:x}",
        draw.pick("salesforce", salesforce), "512", "7", "2", f"V{number:X}",
    )  # fmt: skip
    return dict(zip(_INTEGRATION_FIELDS, values, strict=True))


def _device(draw: Draw) -> Row:
    number = draw.index + 1
    page = f"https://shop.example.com/p/{number % 90}"
    old_name = draw.chance("facebook", 50)
    values = (
        f"{page}?utm_source=google&q=a%20b", page, draw.pick("system", ("iOS", "Windows")),
        "Chrome", draw.pick("device", ("Mobile", "Desktop")), "Apple", f"fb.1.{number}",
        f"fb.2.{number}", f"fb.3.{number}", f"GA1.{number}", f"{1_700_000_000 + number}",
    )  # fmt: skip
    made = _gappy(draw, "web", zip(_DEVICE_FIELDS, values, strict=True))
    # Two names for one thing: the older and the newer never come together.
    made["facebook_visitor_id" if old_name else "facebook_click_id"] = None
    return made


def _place(draw: Draw, names: tuple[str, ...]) -> Row:
    values = (draw.pick("city", ("New York", "Saint-Étienne", "")), "NY", "00501", "US")
    return _gappy(draw, names[0], zip(names, values, strict=True))


def _call(draw: Draw) -> Row:
    lead = FIRST_LEAD + draw.index
    seconds = draw.number("seconds", 1200)
    answer = draw.pick("answer", ("Answered", "Answered", "Answered", "No Answer", "Busy"))
    address = f"https://recordings.example.com/{lead}"
    recorded = answer == "Answered" and draw.chance("recorded", 80)
    voicemail = answer == "No Answer" and draw.chance("voicemail", 60)
    return {
        **_place(draw, _CALLER_PLACE_FIELDS),
        "phone_name": "Website",
        "tracking_number": f"+1800{draw.index % 300:07}",
        "destination_number": "+14155550100",
        "caller_number": f"+1212{draw.index + 1:07}",
        "caller_name": draw.pick("caller", ("DOE JANE", "WIRELESS CALLER", "", None)),
        "call_duration": str(seconds),
        "call_duration_seconds": seconds,
        "answer_status": answer,
        "call_status": "In Progress" if draw.index % 50 == 7 else "Completed",
        "line_type": draw.pick("line", ("Mobile", "Landline", None)),
        "recording": address if recorded else None,
        "play_recording": f"{address}/play" if recorded else None,
        "voicemail": f"{address}/voicemail" if voicemail else None,
        "play_voicemail": f"{address}/voicemail/play" if voicemail else None,
        "call_transcription": 'Agent: Hello.\nCaller: A "quote", please…' if recorded else None,
        "voicemail_transcription": "Please call me back." if voicemail else None,
    }


def _text_message(draw: Draw) -> Row:
    return {
        **_place(draw, _CALLER_PLACE_FIELDS),
        "message": draw.pick("message", ODD_NAMES),
        "phone_name": "Text line",
        "tracking_number": "+18005550111",
        "caller_number": f"+1212{draw.index + 1:07}",
        "line_type": "Mobile",
    }


def _transaction(draw: Draw) -> Row:
    return {
        "transaction_id": f"00{draw.index + 1}",
        "transaction_tax": draw.pick("tax", _MONEY),
        "transaction_shipping": draw.pick("shipping", _MONEY),
    }


def _email(draw: Draw) -> Row:
    return {
        "sender_name": draw.pick("sender", ODD_NAMES),
        "email_subject": "Re: offer",
        "email_message": "Hello,\r\n\r\nhow much?",
    }


_OF_TYPE: dict[str, Callable[[Draw], Row]] = {
    "phone_call": _call,
    "text_message": _text_message,
    "transaction": _transaction,
    "email": _email,
    "chat": lambda draw: {"chat_status": draw.pick("chat", ("In Progress", "Completed"))},
    "web_form": lambda draw: {"form_name": draw.pick("form", ("Contact", "Quote request"))},
    "event": lambda _: {
        "event_category": "Downloads",
        "event_action": "click",
        "event_label": "PDF, EN",
    },
}
"""The fields that only this type of lead has; appointment and other have none."""
_FORM_FIELDS: tuple[tuple[str, str], ...] = (
    ("Your message", "Please call.\nThanks"),
    ("How did you hear about us?", "Radio"),
    ("e.mail", "a@example.com"),
    ("City / ZIP", "Paris, 75001"),
    ("city / zip", ""),
    ("Größe", "42"),
)
_ANALYSIS = {
    "Keyword Detection": "price, urgent",
    "Lead Summary": 'Wants a "quote" by Monday.',
    "Intent Detection": "Buy",
    "Sentiment Detection": "Positive",
    "Topic Detection": "Pipes",
}


def _maps(draw: Draw) -> dict[str, Any]:
    # Drawn apart from the account's plan, so that each shape meets each type of lead.
    analysed = draw.number("analysis", 4)
    return {
        "lead_analysis": None if analysed < 2 else dict(_ANALYSIS) if analysed == 2 else {},
        "additional_fields": dict(draw.some("form fields", 25, _FORM_FIELDS)),
        "field_mappings": {"Customer ID": f"{draw.index:06}"} if draw.index % 3 else {},
        "custom_fields": {"Lead rating": "A+"} if draw.index % 4 == 1 else {},
    }


def lead(draw: Draw) -> Row:
    """Make a lead; three quarters of all belong to the profile key's own profile."""
    kind = draw.pick("type", _TYPES)
    place = placed(draw, 75)
    moment = draw.moment
    edited = moment + timedelta(seconds=draw.number("edited", 40 * 86_400))
    score = draw.number("score", 400)
    return {
        "lead_id": FIRST_LEAD + draw.index,
        **place,
        "account": account_name(draw.other("accounts", place["account_id"] - FIRST_ACCOUNT)),
        "user_id": f"{10_000 + draw.index}-{draw.bits('visitor id'):016x}",
        "lead_type": LABELS[kind],
        "lead_status": "Repeat" if draw.chance("repeat", 30) else "Unique",
        "date_created": iso(moment),
        "last_updated": iso(moment if edited > END else edited),
        "quotable": draw.pick("quotable", ("Yes", "No", "Pending", "Not Set")),
        "quote_value": draw.pick("quote", _MONEY),
        "sales_value": draw.pick("sales", _MONEY),
        "lead_score": score / 2 if score < 200 else None,
        # The documents' own sample has the misspelling.
        "lead_state": draw.pick("state", ("Completed", "Completed", "In Progress", "In Progess")),
        "spam": draw.chance("spam", 10),
        "duplicate": draw.chance("duplicate", 10),
        "lead_source": draw.pick("source", ("google", "bing", "(direct)", "facebook")),
        "lead_medium": draw.pick("medium", ("cpc", "organic", "(none)", "referral")),
        **_BLANK,
        **_visitor(draw),
        **(_integrations(draw) if draw.index % 8 == 3 else {}),
        **(_device(draw) if draw.chance("seen on the web", 80) else {}),
        **(_place(draw, _PLACE_FIELDS) if kind != "phone_call" or draw.index % 2 else {}),
        **(_OF_TYPE[kind](draw) if kind in _OF_TYPE else {}),
        **_maps(draw),
    }


def journey(row: Row) -> list[Row]:
    """Return a lead's customer journey, which the vendor gives only when asked for it."""
    seen = {"date_created": row["date_created"], "lead_source": row["lead_source"]}
    pages = [{"order": 1, "page_url": f"https://shop.example.com/?lead={row['lead_id']}"}]
    if row["lead_id"] % 5 == 0:
        return []
    return [
        {"type": "attribution", **seen, "page_views": pages},
        {
            "type": "lead",
            **seen,
            "lead_id": row["lead_id"],
            "lead_type": row["lead_type"],
            "lead_url": row["lead_url"],
        },
    ]
