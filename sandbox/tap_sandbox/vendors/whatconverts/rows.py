"""What a WhatConverts agency holds beside its leads, in canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.draws import ODD_NAMES
from tap_sandbox.vendors.whatconverts.periods import iso

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw
    from tap_sandbox.tables import Row

FIRST_ACCOUNT = 5_001
FIRST_PROFILE = 70_001
"""The profile that the profile key belongs to."""
_NAMES = ("Plumbing & Sons", "Café ☕", 'Dental "Smile"', "Law, Tax, Audit", "two\nlines")


def _name(draw: Draw, kind: str) -> str:
    return _NAMES[draw.index] if draw.index < len(_NAMES) else f"{kind} {draw.index + 1}"


def account_of(draw: Draw, profile: int) -> Draw:
    """Return the source of the account that holds a profile, given by its index."""
    return draw.other("accounts", profile % max(1, draw.sizes["accounts"]))


def profile_of(draw: Draw, percent: int) -> Draw:
    """Return the source of a row's profile: the profile key's own for `percent` of a hundred."""
    below = 1 if draw.chance("own profile", percent) else max(1, draw.sizes["profiles"])
    return draw.other("profiles", draw.number("profile", below))


def placed(draw: Draw, percent: int) -> Row:
    """Return the fields that say where a row belongs."""
    source = profile_of(draw, percent)
    return {
        "account_id": FIRST_ACCOUNT + account_of(draw, source.index).index,
        "profile_id": FIRST_PROFILE + source.index,
        "profile": profile_name(source),
    }


def account_name(draw: Draw) -> str:
    """Return an account's name."""
    return _name(draw, "Account")


def profile_name(draw: Draw) -> str:
    """Return a profile's name."""
    return _name(draw, "Profile")


def account(draw: Draw) -> Row:
    """Make an account, one of the agency's clients."""
    return {
        "account_id": FIRST_ACCOUNT + draw.index,
        "account_name": account_name(draw),
        "date_created": iso(draw.moment),
    }


def profile(draw: Draw) -> Row:
    """Make a profile; on the wire it does not name its account."""
    return {
        "profile_id": FIRST_PROFILE + draw.index,
        "account_id": FIRST_ACCOUNT + account_of(draw, draw.index).index,
        "profile_name": profile_name(draw),
        "date_created": iso(draw.moment),
    }


def role(draw: Draw) -> Row:
    """Make a role; even ones are of the master account. The grid is shown in the detail only."""
    areas = ("Leads", "Reports", "Tracking & Numbers", "Users")
    return {
        "role_id": 301 + draw.index,
        "role_type": "account_role" if draw.index % 2 else "master_account_role",
        "role_name": f"{draw.pick('name', ('Manager', 'Analyst', 'viewer'))} {draw.index + 1}",
        "permissions": {area: draw.pick(area, ("none", "view", "edit")) for area in areas},
    }


def user(draw: Draw) -> Row:
    """Make a user; even ones are of the master account, and only these have a role_id.

    The last two fields are shown in the detail only.
    """
    own = draw.index % 2 == 0
    held = role(draw.other("roles", 2 * draw.number("role", max(1, draw.sizes["roles"] // 2))))
    return {
        "user_id": 9_001 + draw.index,
        "user_type": "master_account_user" if own else "account_user",
        "email": f"User.{draw.index + 1}+api@example.com",
        "pending_activation": draw.chance("pending", 20),
        "date_created": iso(draw.moment),
        "role_name": held["role_name"] if own else "Account Manager",
        "role_id": held["role_id"] if own else None,
        "new_account_notifications": {"email": draw.chance("notify", 50)} if own else {},
        "accounts": []
        if own
        else [FIRST_ACCOUNT + draw.number("account", max(1, draw.sizes["accounts"]))],
    }


def tracking_number(draw: Draw) -> Row:
    """Make a tracking number; its digits come as a number or as a text."""
    last = draw.moment if draw.chance("used", 70) else None
    return {
        **placed(draw, 60),
        "phone_number_id": 40_001 + draw.index,
        "phone_name": draw.pick("name", ("Website", "Google Ads", *ODD_NAMES)),
        "tracking_number": f"1800{draw.index:07}",
        "tracking_number_iso_country": "US",
        "destination_number": f"+1415{draw.number('to', 10**7):07}",
        "destination_number_iso_country": "US",
        "swap_number": draw.pick("swap", ("+14155550100", "", None)),
        "call_flow": draw.pick("flow", ("Standard", "After hours, voicemail", None)),
        "trigger": draw.pick("trigger", ("All Visitors", "Source")),
        "source": draw.pick("source", ("google", "(direct)", "", None)),
        "medium": draw.pick("medium", ("cpc", "organic", None)),
        "campaign": draw.pick("campaign", ("Spring, -50 %", "", None)),
        "content": None,
        "keyword": draw.pick("keyword", ("plumber near me", None)),
        "last_used": iso(last) if last else None,
        "call_recording": draw.chance("recording", 80),
        "voice": True,
        "messaging": draw.chance("messaging", 50),
        "pending_activation": draw.chance("pending", 5),
    }


def tracking_form(draw: Draw) -> Row:
    """Make a form that is tracked."""
    return {
        **placed(draw, 60),
        "form_id": 60_001 + draw.index,
        "form_name": draw.pick("name", ("Contact", "Quote request", *ODD_NAMES)),
        "attribute_type": draw.pick("attribute", ("id", "class", "action")),
        "attribute_type_value": f"form-{draw.index + 1}",
        "submit_attribute_type": draw.pick("submit", ("id", None)),
        "submit_attribute_type_value": draw.pick("submit", ("send", None)),
    }
