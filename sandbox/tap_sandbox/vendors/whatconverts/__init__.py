"""WhatConverts REST API v1: the leads of a marketing agency's clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.limits import Limit
from tap_sandbox.tables import Table
from tap_sandbox.vendor import Option, Vendor, VendorState, at_least_one
from tap_sandbox.vendors.whatconverts import answers, leads, resources, rows
from tap_sandbox.vendors.whatconverts.lead_rows import journey, lead

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row


def _agency_leads(state: VendorState) -> list[Row]:
    return [
        {name: value for name, value in row.items() if name not in leads.MAPPED}
        for row in state.tables["leads"].all()
    ]


def _own(table: str, *hidden: str) -> Callable[[VendorState], list[Row]]:
    """Return the view of a table's rows that the profile key reaches."""

    def view(state: VendorState) -> list[Row]:
        return [
            {name: value for name, value in row.items() if name not in hidden}
            for row in state.tables[table].all()
            if row["profile_id"] == rows.FIRST_PROFILE
        ]

    return view


def _accounts(state: VendorState) -> list[Row]:
    return [resources.listed_accounts(state)(row) for row in state.tables["accounts"].all()]


def _listed(table: str) -> Callable[[VendorState], list[Row]]:
    """Return the view of a table's rows as lists show them, with every field."""

    def view(state: VendorState) -> list[Row]:
        return [
            {name: value for name, value in row.items() if name not in resources.DETAILS}
            for row in state.tables[table].all()
        ]

    return view


def _journeys(state: VendorState) -> list[Row]:
    return [
        {"lead_id": row["lead_id"], "customer_journey": journey(row)}
        for row in state.tables["leads"].all()
    ]


VENDOR = Vendor(
    name="whatconverts",
    base="/api/v1",
    credentials=answers.CREDENTIALS,
    tables=(
        Table("leads", "lead_id", 3000, lead),
        Table("accounts", "account_id", 30, rows.account, scales=False),
        Table("profiles", "profile_id", 70, rows.profile, scales=False),
        Table("users", "user_id", 70, rows.user, scales=False),
        Table("roles", "role_id", 60, rows.role, scales=False),
        Table("tracking_numbers", "phone_number_id", 500, rows.tracking_number, scales=False),
        Table("tracking_forms", "form_id", 90, rows.tracking_form, scales=False),
    ),
    routes=resources.ROUTES,
    authenticate=answers.authenticate,
    unknown=answers.unknown,
    invalid=answers.invalid,
    too_many=answers.too_many,
    # The vendor's day ends at midnight UTC; here each request counts for its own 24 hours. One a
    # millisecond and 20 in flight are left out: on loopback a client that waits for each answer
    # is at times as fast as that, and no answer here lasts long enough to meet another.
    limits=(
        Limit(count=1_000, seconds=86_400, credential=answers.PROFILE),
        Limit(count=10_000, seconds=86_400, credential=answers.AGENCY),
    ),
    options={
        "limit_status": Option(429, "the status beyond a limit", choices=(429, 403)),
        "agency_only_status": Option(
            401, "what a profile key gets where only a master key may read", choices=(401, 403)
        ),
        "leads_per_page_highest": Option(
            2500,
            "the largest page of leads; other documents have 2,000 or 250, and a test of a day's "
            "quota wants few rows in many pages",
            check=at_least_one,
        ),
        "page_size_excess": Option(
            "clamp", "what a page size beyond the largest gets", choices=("clamp", "refuse")
        ),
        "reported_size": Option(
            "returned",
            "what the envelope's leads_per_page (and its like) counts",
            choices=("returned", "requested"),
        ),
        "page_beyond_last": Option(
            "empty", "what a page beyond the last gets", choices=("empty", "refuse")
        ),
        "default_start": Option(
            "none",
            "the start_date when none is given, in all lists with dates",
            choices=("none", "today"),
        ),
        "range_start": Option(
            "inclusive",
            "whether the instant start_date itself counts",
            choices=("inclusive", "exclusive"),
        ),
        "range_end": Option(
            "inclusive",
            "whether the instant end_date itself counts",
            choices=("inclusive", "exclusive"),
        ),
        "end_day": Option(
            "whole",
            "whether a day as end_date counts as a whole or ends as it begins",
            choices=("whole", "midnight"),
        ),
        "range_precision": Option(
            "seconds",
            "whether the server reads the time of start_date and end_date, or only the day",
            choices=("seconds", "days"),
        ),
        "long_range": Option(
            "refuse",
            "what more than 400 days get: an error, or the last 400 of them",
            choices=("refuse", "cut"),
        ),
        "tie_order": Option(
            "stable",
            "whether records of one instant keep their order from request to request",
            choices=("stable", "unstable"),
        ),
        "date_forms": Option(
            "mixed",
            "how leads write their dates; mixed: one in five without zone or with an offset",
            choices=("mixed", "documented"),
        ),
        "money": Option(
            "mixed",
            "how leads write amounts; mixed: each third lead as text with commas",
            choices=("mixed", "number", "text"),
        ),
        "additional_fields": Option(
            "mixed",
            "how leads write these; mixed: each third lead as pairs; texts: values alone",
            choices=("mixed", "object", "pairs", "texts"),
        ),
    },
    views={
        "agency_leads": _agency_leads,
        "profile_leads": _own("leads", "account"),
        "customer_journeys": _journeys,
        "listed_accounts": _accounts,
        "listed_users": _listed("users"),
        "listed_roles": _listed("roles"),
        "profile_tracking_numbers": _own("tracking_numbers"),
        "profile_tracking_forms": _own("tracking_forms"),
    },
    # A recording's address takes the token in its query.
    secret_names=frozenset({"token"}),
)
