"""WhatConverts' GET endpoints beside the leads: accounts, profiles, users, roles, tracking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.answers import Answer, Refusal
from tap_sandbox.vendor import Call, Route, VendorState
from tap_sandbox.vendors.whatconverts import leads
from tap_sandbox.vendors.whatconverts.answers import (
    agency_only,
    bad_parameter,
    error,
    listed,
    numeric,
    one,
)
from tap_sandbox.vendors.whatconverts.periods import created

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row

DETAILS = ("new_account_notifications", "accounts", "permissions")
"""Fields of users and roles that only the single record shows."""


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def listed_accounts(state: VendorState) -> Callable[[Row], Row]:
    """Return what adds an account's profiles to it, as the vendor shows an account."""

    def by_account(rows: list[Row]) -> dict[int, list[Row]]:
        grouped: dict[int, list[Row]] = {}
        for row in rows:
            grouped.setdefault(row["account_id"], []).append(_without(row, "account_id"))
        return grouped

    profiles = state.tables["profiles"].derived("by account", by_account)
    return lambda row: {**row, "profiles": profiles.get(row["account_id"], [])}


def listed_person(row: Row) -> Row:
    """Return a user or a role as lists show it; account users have no role_id."""
    return {
        name: value
        for name, value in _without(row, *DETAILS).items()
        if name != "role_id" or value is not None or "role_type" in row
    }


def _account(call: Call) -> Row:
    """Return the account of the path: 410 for text, 400 for an id that nobody has."""
    found = call.rows("accounts").get(numeric("account_id", call.captures["account_id"]))
    if found is None:
        raise Refusal(error(400, "Invalid account ID."))
    return found


@agency_only
def get_accounts(call: Call) -> Answer:
    """GET /accounts: with their profiles inside."""
    return listed(call, "accounts", created(call, "accounts"), listed_accounts(call.state))


@agency_only
def get_account(call: Call) -> Answer:
    """GET /accounts/{account_id}."""
    return one("accounts", listed_accounts(call.state)(_account(call)))


@agency_only
def get_profiles(call: Call) -> Answer:
    """GET /accounts/{account_id}/profiles: profiles that do not name their account."""
    account = _account(call)["account_id"]
    found = created(call, "profiles", lambda row: bool(row["account_id"] == account), account)
    return listed(call, "profiles", found, lambda row: _without(row, "account_id"))


@agency_only
def get_profile(call: Call) -> Answer:
    """GET /accounts/{account_id}/profiles/{profile_id}."""
    account = _account(call)["account_id"]
    found = call.rows("profiles").get(call.captures["profile_id"])
    if found is None or found["account_id"] != account:
        return error(400, "Invalid profile ID.")
    return one("profiles", _without(found, "account_id"))


def _kind(call: Call, name: str) -> str:
    """Return `master_account` or `account`: a list never holds both."""
    kind = call.query.get(name, "master_account")
    if kind not in ("master_account", "account"):
        raise bad_parameter(name)
    return kind


@agency_only
def get_users(call: Call) -> Answer:
    """GET /users: those of one kind."""
    kind = f"{_kind(call, 'user_type')}_user"
    found = created(call, "users", lambda row: bool(row["user_type"] == kind), kind)
    return listed(call, "users", found, listed_person)


@agency_only
def get_roles(call: Call) -> Answer:
    """GET /roles: those of one kind, by name."""
    kind = f"{_kind(call, 'role_type')}_role"
    order = call.query.get("order", "asc").lower()
    if order not in ("asc", "desc"):
        raise bad_parameter("order")
    found = [row for row in call.rows("roles").all() if row["role_type"] == kind]
    found.sort(key=lambda row: str(row["role_name"]), reverse=order == "desc")
    return listed(call, "roles", found, listed_person)


def _one(table: str, noun: str, field: str, title: str) -> Callable[[Call], Answer]:
    @agency_only
    def handler(call: Call) -> Answer:
        found = call.rows(table).get(call.captures[field])
        return one(noun, found) if found else error(400, f"Invalid {title} ID.")

    return handler


def wire_number(row: Row) -> Row:
    """Return a tracking number as shown: its digits are a number on every second record."""
    digits = row["tracking_number"]
    return {**row, "tracking_number": int(digits) if row["phone_number_id"] % 2 else digits}


def _tracking(table: str, noun: str, show: Callable[[Row], Row]) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        wanted = leads.scope(call)
        found = call.rows(table).derived(
            ("scope", *wanted.items()),
            lambda rows: [
                row for row in rows if all(row[name] == value for name, value in wanted.items())
            ],
        )
        return listed(call, noun, found, show)

    return handler


ROUTES = (
    Route("GET", "/leads", leads.get_leads),
    Route("GET", "/leads/{lead_id}", leads.get_lead),
    Route("GET", "/recording", leads.get_recording),
    Route("GET", "/accounts", get_accounts),
    Route("GET", "/accounts/{account_id}", get_account),
    Route("GET", "/accounts/{account_id}/profiles", get_profiles),
    Route("GET", "/accounts/{account_id}/profiles/{profile_id}", get_profile),
    Route("GET", "/users", get_users),
    Route("GET", "/users/{user_id}", _one("users", "users", "user_id", "user")),
    Route("GET", "/roles", get_roles),
    Route("GET", "/roles/{role_id}", _one("roles", "roles", "role_id", "role")),
    Route("GET", "/tracking/numbers", _tracking("tracking_numbers", "numbers", wire_number)),
    Route("GET", "/tracking/forms", _tracking("tracking_forms", "forms", lambda row: row)),
)
