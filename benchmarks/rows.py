"""The records that are served, rendered once and kept as bytes."""

from __future__ import annotations

import json
import typing as t
from array import array
from itertools import accumulate

from benchmarks.kinds import A_STEP, FIRST_LEAD, LAST_CONTACT

if t.TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_NAMES = ("Ada", "Björn", "Chloé", "Dmitri", "Esra", "Femke", "Gül")
LAST_NAMES = ("Lovelace", "Åkesson", "Dupont", "Ivanow", "Öztürk", "de Vries", "O'Neill", "Meyer")
SOURCES = ("google", "bing", "newsletter", "(direct)", "facebook")

_CALL = {
    "phone_name": "Main line, Amsterdam",
    "tracking_number": "+31205550100",
    "destination_number": "+31205550199",
    "caller_number": "+31655501234",
    "caller_name": "de Vries, F.",
    "call_duration": "324",
    "call_duration_seconds": 324,
    "answer_status": "Answered",
    "call_status": "Completed",
    "line_type": "Mobile",
    "recording": "https://recordings.example.com/4711.mp3",
    "play_recording": "https://recordings.example.com/play/4711",
}
_FORM = {
    "form_name": "Ask for a quote",
    "message": "Good day, we are looking for somebody to renew the roof of a barn in spring. " * 2,
    "additional_fields": {"Company size": "11-50", "Region": "Noord-Holland", "When": "Spring"},
}


def contacts(count: int) -> Rows:
    """Render Wolfeo's contacts, newest first."""

    def rendered() -> Iterable[bytes]:
        for index in range(count):
            first, last = FIRST_NAMES[index % 7], LAST_NAMES[index % 8]
            moment = LAST_CONTACT - index * A_STEP
            contact = {
                "id": 100_000_000 - index,
                "email": f"contact.{index}@example.com",
                "first_name": first,
                "last_name": last if index % 5 else None,
                "email_marketing": index % 3 > 0,
                "gdpr": index % 4 > 0,
                "created_at": f"{moment:%Y-%m-%dT%H:%M:%S}.000000Z",
            }
            yield json.dumps(contact, ensure_ascii=False).encode()

    return Rows(rendered())


def leads(count: int) -> Rows:
    """Render WhatConverts' leads, oldest first: calls and forms, about 60 fields each."""
    templates = [_lead_template(index) for index in range(35)]

    def rendered() -> Iterable[bytes]:
        for index in range(count):
            moment = FIRST_LEAD + index * A_STEP
            created = f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
            yield templates[index % 35] % (1_000_000 + index, created, created)

    return Rows(rendered())


def _lead_template(index: int) -> bytes:
    """Return one of the leads that repeat, with places for its number and its two dates."""
    first, last = FIRST_NAMES[index % 7], LAST_NAMES[index % 8]
    lead = {
        "account_id": 4001,
        "profile_id": 50_001,
        "profile": "Roofs and gutters",
        "user_id": f"5001-{index:08d}-9f1c-4c52-8a55-0b6f6f3d6a10",
        "lead_type": "Phone Call" if index % 2 else "Web Form",
        "lead_status": "Repeat" if index % 3 else "Unique",
        "quotable": ("Yes", "No", "Pending", "Not Set")[index % 4],
        "quote_value": None if index % 3 else 1234.5 + index,
        "sales_value": None if index % 4 else 990.25,
        "spotted_keywords": "roof, quote",
        "lead_score": index % 100,
        "lead_state": "Completed",
        "spam": False,
        "duplicate": index % 9 == 0,
        "lead_source": SOURCES[index % 5],
        "lead_medium": "cpc",
        "lead_campaign": "Spring roofs",
        "lead_content": "Ad with the red barn",
        "lead_keyword": "roof renewal near me",
        "ip_address": f"192.0.2.{index}",
        "notes": None,
        "contact_name": f"{first} {last}",
        "contact_company_name": f"{last} & Daughters",
        "contact_email_address": f"lead.{index}@example.com",
        "contact_phone_number": "+31655501234",
        "email_address": f"lead.{index}@example.com",
        "phone_number": "+31655501234",
        "gclid": "EAIaIQobChMI0_made_up_9y5QIVibPtCh0",
        "msclkid": None,
        "hubspot_visitor_id": None,
        "salesforce_user_id": "0015g00000XyZabAAB",
        "facebook_browser_id": "fb.1.1735689600.1098115397",
        "facebook_click_id": None,
        "vwo_account_id": None,
        "google_analytics_client_id": "1098115397.1735689600",
        "google_analytics_session_id": "1735689600",
        "lead_url": f"https://roofs.example.com/quote?step={index}",
        "landing_url": "https://roofs.example.com/?utm_source=google&utm_medium=cpc",
        "operating_system": "Android",
        "browser": "Chrome Mobile",
        "device_type": "Mobile",
        "device_make": "Google",
        "city": "Amsterdam",
        "state": "Noord-Holland",
        "zip": "1012 AB",
        "country": "NL",
        **dict.fromkeys((*_CALL, *_FORM)),
        **(_CALL if index % 2 else _FORM),
    }
    body = json.dumps(lead, ensure_ascii=False).replace("%", "%%")
    places = '{"lead_id": %d, "date_created": "%s", "last_updated": "%s", '
    return (places + body.removeprefix("{")).encode()


class Rows:
    """Rendered records, any run of which is one slice."""

    def __init__(self, rendered: Iterable[bytes]) -> None:
        lengths = array("Q", [0])
        joined = bytearray()
        for each in rendered:
            joined += each
            joined += b","
            lengths.append(len(each) + 1)
        self._joined = memoryview(joined)
        self._ends = array("Q", accumulate(lengths))

    def between(self, first: int, last: int) -> memoryview:
        """Return the records from one index up to, not including, another, parted by commas."""
        if first >= last:
            return self._joined[:0]
        return self._joined[self._ends[first] : self._ends[last] - 1]
