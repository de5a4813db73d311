"""Wolfeo API v1: contacts, sales and campaigns of a small business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.limits import Limit
from tap_sandbox.vendor import Option, Vendor, VendorState
from tap_sandbox.vendors.wolfeo import answers, contacts, reads
from tap_sandbox.vendors.wolfeo.periods import day_from
from tap_sandbox.vendors.wolfeo.rows import TABLES

if TYPE_CHECKING:
    from tap_sandbox.tables import Row


def _contact_details(state: VendorState) -> list[Row]:
    return [contacts.contact_detail(state, row) for row in state.tables["contacts"].all()]


def _contact_stats(state: VendorState) -> list[Row]:
    return [contacts.contact_stats(row) for row in state.tables["contacts"].all()]


def _listed_contacts(state: VendorState) -> list[Row]:
    return [contacts.listed_contact(row) for row in state.tables["contacts"].all()]


def _tag_contacts(state: VendorState) -> list[Row]:
    return [
        {"tag_id": tag, **contacts.tagged_contact(row)}
        for row in state.tables["contacts"].all()
        for tag in row["tags"]
    ]


VENDOR = Vendor(
    name="wolfeo",
    base="/v1",
    credentials={"api_key": answers.API_KEY},
    tables=TABLES,
    routes=reads.ROUTES,
    authenticate=answers.authenticate,
    unknown=answers.unknown,
    invalid=answers.invalid,
    too_many=answers.too_many,
    limits=(Limit(count=10, seconds=1), Limit(count=600, seconds=60)),
    options={
        "retry_after": Option(True, "whether a 429 says how long to wait"),
        "range_end": Option(
            "inclusive",
            "whether the last day of a range counts",
            choices=("inclusive", "exclusive"),
        ),
        "day_zone_hours": Option(
            0,
            "how far the account's days are ahead of UTC, in hours",
            choices=tuple(range(-12, 15)),
        ),
        "today": Option(
            "2025-12-31",
            "the day that today, yesterday and last7days start from",
            check=day_from,
        ),
        "last_days_include_today": Option(True, "whether last7days and last30days count today"),
        "per_page_excess": Option(
            "refuse",
            "what a per_page outside 1 to 100 gets",
            choices=("refuse", "clamp"),
        ),
        "page_beyond_last": Option(
            "empty",
            "what a page beyond the last gets",
            choices=("empty", "refuse"),
        ),
        "tie_order": Option(
            "stable",
            "whether records of one instant keep their order from request to request",
            choices=("stable", "unstable"),
        ),
        "list_order": Option(
            "ascending",
            "the order, by id, of tags, tags' contacts, sequences and funnels",
            choices=("ascending", "descending"),
        ),
        "spelling": Option(
            "mixed",
            "field names as before or since the change of 2026-05-09; mixed: each third record old",
            choices=("mixed", "old", "new"),
        ),
        "funnel_steps": Option(True, "whether the list of funnels holds their steps"),
        "tag_contacts_consent": Option(True, "whether a tag's contacts hold the consent flags"),
    },
    views={
        "listed_contacts": _listed_contacts,
        "contact_details": _contact_details,
        "contact_stats": _contact_stats,
        "tag_contacts": _tag_contacts,
    },
    secret_names=frozenset({"api_key"}),
)
