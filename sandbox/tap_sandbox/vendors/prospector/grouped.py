"""Rows by campaign and time, kept until a row changes: what pages and statistics start from."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tap_sandbox.tables import Row, TableRows
    from tap_sandbox.vendor import VendorState


class Group(NamedTuple):
    """The rows of one campaign, oldest first, and their times; those without a time come first."""

    times: list[str]
    rows: list[Row]

    def between(self, start: str, end: str) -> list[Row]:
        """Return the rows from `start` on and before `end`; an empty bound is none.

        Rows without a time are never among them.
        """
        low = bisect_left(self.times, start or "0")
        high = bisect_left(self.times, end) if end else len(self.times)
        return self.rows[low : max(low, high)]


class Source(NamedTuple):
    """A table of things that happened in campaigns, and what its fields are called.

    Attributes:
        table: The table.
        campaign: The field with the campaign's id.
        time: The field with the time.
        who: The field that tells recipients of a campaign apart.
    """

    table: str
    campaign: str
    time: str
    who: str


SENT = Source("sent_emails", "campaign_id", "sentDate", "userEmail")
OPENS, CLICKS, REPLIES = (
    Source(table, "campaignId", "visitedAt", "prospectEmail")
    for table in ("opens", "clicks", "replies")
)
BOUNCES = Source("recipients", "campaign_id", "bounced_at", "userEmail")
UNSUBSCRIBED = Source("recipients", "campaign_id", "unsubscribed_at", "userEmail")
LINKEDIN = Source("linkedin_events", "campaign_id", "happened_at", "userEmail")


def group(state: VendorState, source: Source, campaign_id: int) -> Group:
    """Return what happened in a campaign."""

    def build(rows: list[Row]) -> dict[int, Group]:
        found: dict[int, Group] = {}
        for row in sorted(rows, key=lambda row: row[source.time] or ""):
            times, own = found.setdefault(row[source.campaign], Group([], []))
            times.append(row[source.time] or "")
            own.append(row)
        return found

    groups = state.tables[source.table].derived(source, build)
    return groups.get(campaign_id, Group([], []))


def first_mails(state: VendorState) -> set[str]:
    """Return the ids of the mails that were the first to their recipient in their campaign."""

    def build(rows: list[Row]) -> set[str]:
        first: dict[tuple[int, str], str] = {}
        for row in sorted(rows, key=lambda row: row["sentDate"] or ""):
            first.setdefault((row["campaign_id"], row["userEmail"]), row["id"])
        return set(first.values())

    return state.tables["sent_emails"].derived("first mails", build)


def by_field(table: TableRows, field: str) -> dict[object, list[Row]]:
    """Return a table's rows by a field, texts in lower case: addresses are written either way."""

    def build(rows: list[Row]) -> dict[object, list[Row]]:
        found: dict[object, list[Row]] = {}
        for row in rows:
            found.setdefault(plain_key(row[field]), []).append(row)
        return found

    return table.derived(("by", field), build)


def plain_key(value: object) -> object:
    """Return what a value is looked up by."""
    return value.lower() if isinstance(value, str) else value
