"""What runs cost, measured against the sandbox: the table of docs/quotas.md.

`make docs` writes it, and a test measures it again.
"""

from __future__ import annotations

import tempfile
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from isolation import PROJECT
from pipeline import Run, Sandbox, start_tap
from vendors import VENDORS

if t.TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = PROJECT / "docs" / "quotas.md"
BEGIN, END = "<!-- costs: made by `make docs` -->\n\n", "\n<!-- costs end -->\n"
SECONDS_SHOWN = 90

ROWS = {
    "prospector.campaigns": 20,
    "whatconverts.leads": 0,
    "wisedata.contacts": 6000,
    "wisepops.contacts": 20_000,
    "wolfeo.contacts": 10_000,
}
LEADS, DAYS, LOOKBACK_DAYS = 6000, 300, 30
"""Leads of the days before today: what a span of days costs must not grow with the calendar."""


@dataclass(frozen=True)
class Cost:
    """What the runs of one tap cost.

    Attributes:
        account: the rows of the account, in words.
        first, quiet: requests of a first run, and of one with nothing new.
        by_formula: the same two, as docs/quotas.md works them out.
    """

    account: str
    first: int
    quiet: int
    by_formula: tuple[int, int]


def measured() -> dict[str, Cost]:
    """Read every account twice, with the streams that are selected by default."""
    rows = [f"{name}={count}" for name, count in ROWS.items()]
    with Sandbox("--unlimited", rows=rows) as sandbox, tempfile.TemporaryDirectory() as folder:
        now = datetime.now(UTC)
        _insert_leads(sandbox, now)
        first, runs = _requests(sandbox, Path(folder) / "first", now, {})
        states = {name: run.state for name, run in runs.items()}
        quiet, _ = _requests(sandbox, Path(folder) / "quiet", now, states)
        return {
            f"tap-{name}": Cost(account, first[name], quiet[name], (of_first, of_quiet))
            for name, (account, of_first, of_quiet) in _by_formula(sandbox).items()
        }


def page(costs: dict[str, Cost]) -> str:
    """Return docs/quotas.md with these costs."""
    head, rest = PAGE.read_text().split(BEGIN)
    _, tail = rest.split(END)
    rows = [
        "| tap | account | first run | at the default pace | quiet run | at the default pace |",
        "|---|---|---|---|---|---|",
    ]
    for tap, cost in costs.items():
        properties = VENDORS[tap.removeprefix("tap-")].tap_type().config_jsonschema["properties"]
        pace = properties["requests_per_minute"]["default"]
        first, quiet = (
            f"{count} requests | {_time(count / pace * 60)}" for count in (cost.first, cost.quiet)
        )
        rows.append(f"| {tap} | {cost.account} | {first} | {quiet} |")
    return head + BEGIN + "\n".join(rows) + "\n" + END + tail


def _time(seconds: float) -> str:
    shown = ceil(seconds)
    return f"{shown} s" if shown <= SECONDS_SHOWN else f"{ceil(seconds / 60)} min"


def _insert_leads(sandbox: Sandbox, now: datetime) -> None:
    profile = sandbox.get("whatconverts/profile_tracking_forms")[0]["profile_id"]
    moments = (now - timedelta(days=DAYS * each / LEADS, hours=1) for each in range(LEADS))
    leads = [
        {"profile_id": profile, "date_created": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
        for moment in moments
    ]
    sandbox.post("whatconverts/leads", leads)


def _requests(
    sandbox: Sandbox, folder: Path, now: datetime, states: dict[str, t.Any]
) -> tuple[dict[str, int], dict[str, Run]]:
    sandbox.delete("requests")
    started = {}
    for name, vendor in VENDORS.items():
        config = vendor.config(sandbox)
        if name == "whatconverts":
            config["start_date"] = f"{now - timedelta(days=DAYS + 1):%Y-%m-%dT%H:%M:%SZ}"
        (folder / name).mkdir(parents=True)
        started[name] = start_tap(vendor.tap, folder / name, config, state=states.get(name))
    runs = {name: tap.finish() for name, tap in started.items()}
    assert all(run.code == 0 for run in runs.values())
    return {name: len(sandbox.requests_to(name)) for name in VENDORS}, runs


def _by_formula(sandbox: Sandbox) -> dict[str, tuple[str, int, int]]:
    """Return account, first and quiet run of each vendor, by the formulas of docs/quotas.md."""

    def count(view: str) -> int:
        return len(sandbox.get(view))

    def pages(rows: int, size: int) -> int:
        return max(1, ceil(rows / size))

    def pages_by(view: str, key: str, keys: Sequence[t.Any], size: int) -> int:
        rows = sandbox.get(view)
        return sum(pages(sum(row[key] == each for row in rows), size) for each in keys)

    campaigns = sandbox.get("prospector/campaigns")
    begun = sum(each["started_at"] is not None for each in campaigns)
    lists = [row["id"] for row in sandbox.get("prospector/user_lists") if not row["isDeleted"]]
    events = 5 + 2 * len(campaigns) + 5 * begun
    prospector = events + pages_by("prospector/list_prospects", "list_id", lists, 100)

    numbers = count("whatconverts/profile_tracking_numbers")
    forms = count("whatconverts/profile_tracking_forms")
    others = pages(numbers, 250) + pages(forms, 250)

    groups = [row["id"] for row in sandbox.get("wisedata/contact_lists")]
    wisedata = 1 + pages_by("wisedata/list_contacts", "list_id", groups, 100)

    contacts = count("wisepops/contacts")

    tags = [row["id"] for row in sandbox.get("wolfeo/tags")]
    in_full = 5 + 1 + pages_by("wolfeo/tag_contacts", "tag_id", tags, 100)
    in_full += pages(count("wolfeo/listed_contacts"), 100)
    for table in ("tags", "subscriptions", "campaigns", "funnels"):
        in_full += pages(count(f"wolfeo/{table}"), 100)
    sales = [count(f"wolfeo/{table}") for table in ("orders", "transactions")]
    accounts = {
        "prospector": f"{len(campaigns)} campaigns, {begun} of them started; {len(lists)} lists "
        f"with {count('prospector/list_prospects'):,} prospects",
        "whatconverts": f"{LEADS:,} leads of {DAYS} days; {numbers} numbers, {forms} forms",
        "wisedata": f"{len(groups)} lists with {count('wisedata/list_contacts'):,} contacts",
        "wisepops": f"{contacts:,} contacts",
        "wolfeo": f"{count('wolfeo/listed_contacts'):,} contacts, {len(tags)} tags, "
        f"{sales[0]} orders, {sales[1]} transactions",
    }
    requests = {
        "prospector": (prospector, prospector),
        "whatconverts": (
            pages(LEADS, 2500) + others,
            pages(LEADS * LOOKBACK_DAYS // DAYS, 2500) + others,
        ),
        "wisedata": (wisedata, wisedata),
        "wisepops": (pages(contacts, 999) + 1, 2),
        "wolfeo": (in_full + sum(pages(rows, 100) for rows in sales), in_full + len(sales)),
    }
    return {name: (accounts[name], *requests[name]) for name in accounts}
