"""WhatConverts' GET endpoints about leads, and how leads look on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, Refusal
from tap_sandbox.vendors.whatconverts.answers import (
    bad_parameter,
    error,
    is_agency,
    listed,
    numeric,
    one,
)
from tap_sandbox.vendors.whatconverts.lead_rows import LABELS, TYPE_FIELDS, journey
from tap_sandbox.vendors.whatconverts.periods import created
from tap_sandbox.vendors.whatconverts.rows import FIRST_PROFILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, OptionValue

_TYPE_FIELDS = frozenset(TYPE_FIELDS)
_MONEY = {"quote_value", "sales_value", "transaction_tax", "transaction_shipping"}
_MAPS = {"lead_analysis", "field_mappings", "custom_fields"}
MAPPED = ("field_mappings", "custom_fields")
"""Fields that come only with a profile's key, or when one profile is asked for."""
_WORDS: dict[str, dict[str, object]] = {
    "lead_type": {**LABELS},
    "lead_status": {"repeat": "Repeat", "unique": "Unique"},
    "quotable": {"yes": "Yes", "no": "No", "pending": "Pending", "not_set": "Not Set"},
    "spam": {"true": True, "false": False},
    "duplicate": {"true": True, "false": False},
}
_VALUES = ("quote_value", "sales_value")
_EXACT = (
    "phone_number", "email_address", "user_id", "lead_source", "lead_medium", "lead_campaign",
    "lead_content", "lead_keyword",
)  # fmt: skip
# One MPEG-1 layer III frame of silence: 128 kbit/s at 44.1 kHz makes 417 bytes.
_FRAME = b"\xff\xfb\x90\x00".ljust(417, b"\x00")


def scope(call: Call) -> dict[str, object]:
    """Return what rows of profiles must have: the key's own profile, or what a master key asks.

    Raises:
        Refusal: 410, an id is no number.
    """
    if not is_agency(call):
        return {"profile_id": FIRST_PROFILE}
    return {
        name: numeric(name, call.query[name])
        for name in ("account_id", "profile_id")
        if name in call.query
    }


def _wanted(call: Call) -> tuple[dict[str, object], dict[str, bool]]:
    """Return the fields that leads must have with these values, and those that must (not) be null.

    Raises:
        BadParameter: A word that the documents do not list; what it gets is not documented.
    """
    equal = scope(call)
    for name, words in _WORDS.items():
        if name in call.query:
            if call.query[name] not in words:
                raise bad_parameter(name)
            equal[name] = words[call.query[name]]
    for name in _EXACT:
        if name in call.query:
            equal[name] = call.query[name]
    filled: dict[str, bool] = {}
    for name in _VALUES:
        if name in call.query:
            if call.query[name] not in ("has_value", "no_value"):
                raise bad_parameter(name)
            filled[name] = call.query[name] == "has_value"
    return equal, filled


def get_leads(call: Call) -> Answer:
    """GET /leads: filtered and sorted by date created alone, whatever changed since."""
    equal, filled = _wanted(call)

    def keep(row: Row) -> bool:
        return all(row[name] == value for name, value in equal.items()) and all(
            (row[name] is not None) == value for name, value in filled.items()
        )

    selection = (*equal.items(), *filled.items())
    found = created(call, "leads", keep if selection else None, selection, limited=True)
    highest = int(call.option("leads_per_page_highest"))
    return listed(call, "leads", found, speller(call), highest)


def _lead(call: Call, text: str) -> Row:
    """Return the lead that a text names, if the key reaches it; otherwise refuse with 400."""
    row = call.rows("leads").get(text)
    if row is None or (not is_agency(call) and row["profile_id"] != FIRST_PROFILE):
        raise Refusal(error(400, "Invalid lead ID."))
    return row


def get_lead(call: Call) -> Answer:
    """GET /leads/{lead_id}: the envelope of a list around one lead."""
    return one("leads", speller(call)(_lead(call, call.captures["lead_id"])))


def get_recording(call: Call) -> Answer:
    """GET /recording: MP3; a lead without one gets an error of undocumented words."""
    row = _lead(call, call.query.get("lead_id", ""))
    if row["recording"] is None:
        return error(400, "No recording found.")
    return Answer(_FRAME * (8 + row["lead_id"] % 8), content_type="audio/mpeg")


def speller(call: Call) -> Callable[[Row], Row]:
    """Return what turns a canonical lead into the one that this call gets to see."""
    hidden: set[str] = set()
    if not is_agency(call):
        hidden = {"account"}
    elif "profile_id" not in call.query:
        hidden = {*MAPPED}
    with_journey = call.query.get("customer_journey") == "true"
    money, dates = call.option("money"), call.option("date_forms")
    free_fields = call.option("additional_fields")

    def spell(row: Row) -> Row:
        lead = row["lead_id"]
        shown = _present(row, hidden, lead % 3)
        for name in ("date_created", "last_updated"):
            shown[name] = _date(row[name], lead if dates == "mixed" else 0)
        for name in _MONEY & shown.keys():
            shown[name] = _amount(shown[name], lead % 3, money)
        for name in _MAPS & shown.keys():
            # PHP cannot tell an empty map from an empty list.
            shown[name] = [] if shown[name] == {} else shown[name]
        shown["additional_fields"] = _free_fields(row["additional_fields"], lead % 3, free_fields)
        if with_journey:
            shown["customer_journey"] = journey(row)
        return shown

    return spell


def _present(row: Row, hidden: set[str], kind: int) -> Row:
    """Return the fields that are on the wire: nulls are at times missing, others' types always."""
    return {
        name: value
        for name, value in row.items()
        if (value is not None or (kind and name not in _TYPE_FIELDS)) and name not in hidden
    }


def _date(text: str, lead: int) -> str:
    """Return a time: mostly as documented, at times without zone or with an offset."""
    if lead % 10 == 3:
        return text.replace("T", " ").removesuffix("Z")
    if lead % 10 == 7:
        moment = datetime.fromisoformat(text.removesuffix("Z")) - timedelta(hours=5)
        return f"{moment.isoformat()}-05:00"
    return text


def _amount(value: float | None, kind: int, form: OptionValue) -> float | str | None:
    """Return an amount: a number, or a text with commas; no amount may be an empty text."""
    if value is None:
        return "" if kind == 1 and form != "number" else None
    if form == "text" or (form == "mixed" and kind == 1):
        return f"{value:,.2f}"
    return int(value) if value == int(value) else value


def _free_fields(value: dict[str, str], kind: int, form: OptionValue) -> Any:
    """Return a form's fields: an object, a list of pairs, or the empty list that PHP makes."""
    if form == "pairs" or (form == "mixed" and kind == 2):
        return [{"field_name": name, "field_value": text} for name, text in value.items()]
    if form == "texts":
        return list(value.values())
    return value or []
