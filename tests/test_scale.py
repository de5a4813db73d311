"""Each tap at two sizes, through Meltano: every row there, once, at the price that is needed."""

from __future__ import annotations

import math
import typing as t
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from pipeline import Sandbox

NOW = datetime.now(UTC)
AGENCY = {
    "TAP_WHATCONVERTS_API_TOKEN": "sandbox-whatconverts-agency-token",
    "TAP_WHATCONVERTS_API_SECRET": "sandbox-whatconverts-agency-secret",
    "TAP_WHATCONVERTS_START_DATE": "2024-01-01T00:00:00Z",
    # Few enough leads of the lookback for one page, at either size.
    "TAP_WHATCONVERTS_LOOKBACK_DAYS": "7",
}


def pages(rows, size):
    return max(1, math.ceil(rows / size))


def instants(rows, name):
    return sorted(datetime.fromisoformat(row[name]) for row in rows)


def oldest_first(times, size, unit, *, is_counted):
    """The requests of a walk that starts again one unit before the newest row of each page."""
    start, requests = 0, 1
    while len(times) - start > size - (not is_counted):
        start = bisect_right(times, times[start + size - 1] - unit)
        requests += 1
    return requests


def in_spans(times, longest, size, unit):
    """The same where no more than a span may be asked for at once."""
    first, requests = datetime(2024, 1, 1, tzinfo=UTC), 0
    while first < NOW:
        last = min(first + longest, NOW)
        inside = [moment for moment in times if first <= moment <= last]
        requests += oldest_first(inside, size, unit, is_counted=True)
        first = last if last == NOW else last - unit
    return requests


def wolfeo(rows):
    members = Counter(row["tag_id"] for row in rows("tag_contacts"))
    full = ("campaigns", "subscriptions", "orders", "transactions", "funnels")
    return {
        **{table: pages(len(rows(table)), 100) for table in full},
        "contacts": pages(len(rows("contacts")), 100),
        "contact_counts": 5,
        "custom_fields": 1,
        "tags": pages(len(rows("tags")), 100),
        "tag_contacts": sum(pages(members[tag["id"]], 100) for tag in rows("tags")),
    }


def wisepops(rows):
    times = instants(rows("contacts"), "collected_at")
    unit = timedelta(milliseconds=1)
    return {"contacts": oldest_first(times, 1000, unit, is_counted=False), "wisepops": 1}


def wisedata(rows):
    members = Counter(row["list_id"] for row in rows("list_contacts"))
    lists = [row["id"] for row in rows("contact_lists")]
    return {"contact_lists": 1, "contacts": sum(pages(members[each], 100) for each in lists)}


def prospector(rows):
    started = [row["id"] for row in rows("campaigns") if row["started_at"]]
    blocks = {}
    for table in ("opens", "clicks", "replies"):
        events = Counter(row["campaignId"] for row in rows(table))
        blocks[table] = sum(events[campaign] // 10_000 + 1 for campaign in started)
    lists = [row["id"] for row in rows("lists") if not row["isDeleted"]]
    members = Counter(row["list_id"] for row in rows("list_prospects"))
    return {
        **blocks,
        "token": 1,
        "campaigns": 1,
        "campaign_analytics": len(rows("campaigns")),
        "campaign_progress": len(rows("campaigns")),
        "completed_prospects": len(started),
        "sent_emails": len(started),
        "lists": 1,
        # No number of pages is told: a full last page is followed by an empty one.
        "list_prospects": sum(members[each] // 100 + 1 for each in lists),
        "custom_fields": 1,
        "balance": 1,
    }


def whatconverts(rows):
    times = instants(rows("leads"), "date_created")
    return {
        "leads": in_spans(times, timedelta(days=399), 2500, timedelta(seconds=1)),
        "tracking_numbers": pages(len(rows("tracking_numbers")), 250),
        "tracking_forms": pages(len(rows("tracking_forms")), 250),
    }


@dataclass(frozen=True)
class Case:
    """A tap at scale.

    Attributes:
        largest: its stream with the most rows, and where the sandbox keeps the same rows.
        table: what has to be made large for that.
        needed: the requests of a first run, by stream.
        quiet: those of a run after it with nothing new, where they are fewer.
        beyond: columns that the tap adds, or that no row has here.
        settings: of the tap, as environment variables.
    """

    largest: tuple[str, str]
    table: str
    needed: t.Callable[[t.Callable[[str], list[dict[str, t.Any]]]], dict[str, int]]
    quiet: t.Mapping[str, int]
    beyond: tuple[str, ...] = ()
    settings: t.Mapping[str, str] = field(default_factory=dict)


CASES = {
    "prospector": Case(("opens", "opens"), "opens", prospector, {}, ("campaign_id",)),
    "whatconverts": Case(
        ("leads", "agency_leads"),
        "leads",
        whatconverts,
        {"leads": 1},
        # What only a profile's key, Elite plans or webhooks have.
        ("custom_fields", "customer_journey", "field_mappings", "mapped_fields"),
        AGENCY,
    ),
    "wisedata": Case(("contacts", "list_contacts"), "contacts", wisedata, {}),
    "wisepops": Case(
        ("contacts", "collected_contacts"), "contacts", wisepops, {"contacts": 1}, ("contact_key",)
    ),
    "wolfeo": Case(
        ("contacts", "listed_contacts"), "contacts", wolfeo, {"orders": 1, "transactions": 1}
    ),
}


@pytest.mark.parametrize("size", ["small", "100,000 rows"])
@pytest.mark.parametrize("vendor", CASES)
def test_everything_is_there_once_at_the_price_that_is_needed(
    make_meltano, tmp_path, capsys, vendor, size
):
    case, tap = CASES[vendor], f"tap-{vendor}"
    large = [] if size == "small" else [f"{vendor}.{case.table}=100000"]
    with Sandbox("--unlimited", rows=large) as sandbox:

        def rows(table):
            return sandbox.get(f"{vendor}/{table}")

        meltano = make_meltano(sandbox, **case.settings)
        assert meltano.run(f"{vendor}-to-warehouse") == 0, meltano.log
        spent = meltano.metrics(tap, "http_request_count")
        read = meltano.metrics(tap, "record_count")
        needed = case.needed(rows)
        with capsys.disabled():
            print(f"\n{tap}, {size}\n{'stream':>20} {'rows':>8} {'requests':>9} {'needed':>7}")
            for stream in sorted(needed):
                print(
                    f"{stream:>20} {read.get(stream, 0):>8} {spent[stream]:>9} {needed[stream]:>7}"
                )
        assert spent == needed
        stream, view = case.largest
        held = rows(view)
        assert len(held) >= (100_000 if large else 1)
        assert meltano.differences(f"{vendor}.{stream}", held, tmp_path, case.beyond) == []

        # All of the sandbox's rows are older than any lookback from today, not from the newest.
        assert meltano.run(f"{vendor}-to-warehouse") == 0
        again = meltano.metrics(tap, "http_request_count")
        assert {name: again[name] for name in case.quiet} == case.quiet
        assert meltano.differences(f"{vendor}.{stream}", held, tmp_path, case.beyond) == []
