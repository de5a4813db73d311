"""What the tests of this tap look at: what was asked for, and whether all rows came."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

from vendors import VENDORS

# Each stream: where the sandbox keeps the same rows for either kind of key, and the stream's key.
OF_A_PROFILE = VENDORS["whatconverts"].streams
OF_AN_AGENCY = {
    "leads": ("agency_leads", ("lead_id",)),
    "tracking_numbers": ("tracking_numbers", ("phone_number_id",)),
    "tracking_forms": ("tracking_forms", ("form_id",)),
    "accounts": ("listed_accounts", ("account_id",)),
    "profiles": ("profiles", ("profile_id",)),
    "users": ("listed_users", ("user_id",)),
    "roles": ("listed_roles", ("role_id",)),
}
AGENCY = {
    "api_token": "sandbox-whatconverts-agency-token",
    "api_secret": "sandbox-whatconverts-agency-secret",
}
NOW = datetime.now(UTC)
YESTERDAY = f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def paths(sandbox):
    """Count the requests so far by path."""
    requests = sandbox.requests_to("whatconverts")
    return Counter(entry["path"].removeprefix("/api/v1/") for entry in requests)


def spans(start="2024-01-01T00:00:00+00:00"):
    """How many spans of 399 days, each sharing a second with the next, there are until now."""
    return math.ceil((NOW - datetime.fromisoformat(start)) / timedelta(days=399, seconds=-1))


def sorted_by(key, rows):
    """Return rows in the order of their keys."""
    return sorted(rows, key=lambda row: [row[name] for name in key])


def assert_complete(sandbox, run, stream, streams=OF_A_PROFILE):
    """Each row of a stream came once, as the vendor holds it."""
    view, key = streams[stream]
    rows = sorted_by(key, sandbox.get(f"whatconverts/{view}"))
    records = sorted_by(key, run.records[stream])
    assert [dict.fromkeys(rows[0]) | record for record in records] == rows
