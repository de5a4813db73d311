"""Canonical rows of streams that no table holds as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.vendors.prospector import (
    account,
    bulk,
    campaigns,
    domains,
    events,
    prospects,
    statistics,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import VendorState


def _of_each(
    table: str, make: Callable[[VendorState, Row], Row]
) -> Callable[[VendorState], list[Row]]:
    """Return a view with one row for each row of a table."""
    return lambda state: [make(state, row) for row in state.tables[table].all()]


def _of_campaigns(
    make: Callable[[VendorState, Row], Iterable[Row]],
) -> Callable[[VendorState], list[Row]]:
    """Return a view of what each campaign has, with the campaign's id."""
    return lambda state: [
        {"campaign_id": campaign["id"], **row}
        for campaign in state.tables["campaigns"].all()
        for row in make(state, campaign)
    ]


def _statuses(state: VendorState) -> list[Row]:
    return [
        {
            "campaign_id": row["campaign_id"],
            "email": row["userEmail"],
            "exist": True,
            "status": row["status"],
        }
        for row in state.tables["recipients"].all()
    ]


def _list_prospects(state: VendorState) -> list[Row]:
    return [
        {"list_id": one["id"], **prospects.listed_prospect(row)}
        for one in state.tables["lists"].all()
        for row in prospects.members(state, one["id"])
    ]


VIEWS: Mapping[str, Callable[[VendorState], list[Row]]] = {
    "campaign_details": _of_each("campaigns", campaigns.campaign_detail),
    "step_contents": lambda state: [
        one for row in state.tables["campaigns"].all() for one in campaigns.step_contents(row)
    ],
    "recipient_statuses": _statuses,
    "campaign_analytics": _of_campaigns(
        lambda state, campaign: [statistics.analytics(state, [campaign])]
    ),
    "campaign_progress": _of_campaigns(
        lambda state, campaign: [campaigns.campaign_progress(state, campaign)]
    ),
    "completed_prospects": _of_campaigns(
        lambda state, campaign: campaigns.completed_prospects(state, campaign["id"])
    ),
    "all_replies": lambda state: [
        one for row in state.tables["campaigns"].all() for one in events.all_replies(state, row)
    ],
    "recipients_activity": _of_campaigns(
        lambda state, campaign: [
            events.spelt_activity(state, campaign, one) for one in events.activity(state, campaign)
        ]
    ),
    "user_lists": _of_each("lists", prospects.user_list),
    "list_prospects": _list_prospects,
    "prospect_details": _of_each("prospects", prospects.prospect_detail),
    "profiles": lambda state: [
        prospects.profile(row) for row in state.tables["prospects"].all() if row["emails"]
    ],
    "domain_email_counts": _of_each(
        "companies", lambda state, row: prospects.email_count(state, row["domain"])
    ),
    "balance": lambda state: [account.balance(state)],
    "sender_statuses": _of_each(
        "sender_accounts",
        lambda _, row: {"sender_account_id": row["id"], **account.sender_status(row)},
    ),
    "warm_up_statistics": lambda state: [
        one for row in state.tables["warm_ups"].all() for one in account.daily_statistics(row)
    ],
    "domain_companies": _of_each("companies", lambda _, row: domains.domain_company(row)),
    "listed_domain_prospects": _of_each(
        "domain_prospects", lambda _, row: domains.domain_person(row)
    ),
    "domain_prospect_emails": _of_each(
        "domain_prospects", lambda _, row: domains.person_emails(row)
    ),
    "email_finder": _of_each(
        "domain_prospects",
        lambda state, row: {"domain": row["domain"], **bulk.find_emails(state, row)},
    ),
    "company_domains": _of_each(
        "companies", lambda state, row: bulk.find_domain(state, row["company_name"])
    ),
    "linkedin_profiles": lambda state: [
        bulk.find_profile(state, link["link"])
        for row in state.tables["prospects"].all()
        for link in row["social"]
        if link["type"] == "linkedIn"
    ],
    "email_verifications": _of_each(
        "domain_emails", lambda state, row: bulk.verify(state, row["email"])
    ),
}
