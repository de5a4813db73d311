"""The five vendors as attacks see them: settings of the tap, streams, and the rows to be found."""

from __future__ import annotations

import importlib
import json
import typing as t
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline import Sandbox

Row = dict[str, t.Any]
Key = tuple[str, ...]

PERIODS = ("all", "today", "yesterday", "last7days", "last30days")


@dataclass(frozen=True)
class Vendor:
    """A vendor of the sandbox and its tap.

    Attributes:
        name: of the vendor.
        base: its address below the sandbox's.
        settings: the credentials, and what keeps a read short.
        streams: those selected by default, each with the sandbox's view of the same rows (empty
            where there is none: see `expected`) and with the names that tell rows apart.
        others: those that have to be selected, likewise, as far as their rows need nothing else.
        largest: the stream with the most rows, and the table that has to be made large for it.
        tap_class: where the tap's class is, as `module.Class`.
    """

    name: str
    base: str
    settings: Mapping[str, t.Any]
    streams: Mapping[str, tuple[str, Key]]
    largest: tuple[str, str]
    tap_class: str
    others: Mapping[str, tuple[str, Key]] = field(default_factory=dict)
    fixes: Mapping[str, t.Callable[[Sandbox, list[Row]], list[Row]]] = field(default_factory=dict)

    @property
    def tap(self) -> str:
        """The executable."""
        return f"tap-{self.name}"

    @property
    def every_stream(self) -> dict[str, tuple[str, Key]]:
        """The streams that are selected by default, and the others."""
        return {**self.streams, **self.others}

    def tap_type(self) -> t.Any:
        """Return the class of the tap, for a run in this process."""
        module, name = self.tap_class.rsplit(".", 1)
        return getattr(importlib.import_module(module), name)

    def config(self, sandbox: Sandbox) -> dict[str, t.Any]:
        """Return the settings that read from a sandbox at full speed."""
        return {
            **self.settings,
            "api_url": f"{sandbox.url}/{self.name}{self.base}",
            "requests_per_minute": 1_000_000,
        }

    def expected(self, sandbox: Sandbox, stream: str) -> list[Row]:
        """Return the rows that a stream should bring, with whole seconds as `as_held` has them."""
        view, _ = self.every_stream[stream]
        rows = [as_held(row) for row in sandbox.get(f"{self.name}/{view}")] if view else []
        return self.fixes[stream](sandbox, rows) if stream in self.fixes else rows

    def key(self, stream: str, row: Row) -> str:
        """Return what tells a row from the others of its stream."""
        return json.dumps([row.get(name) for name in self.every_stream[stream][1]], sort_keys=True)

    def lost(self, sandbox: Sandbox, stream: str, records: Iterable[Row]) -> list[str]:
        """Compare what a stream brought with the rows that the vendor holds.

        Returns:
            The keys of rows that are missing, differ in a field, or are too many; a row that
            came again and is the same is none of these.
        """
        expected = {self.key(stream, row): row for row in self.expected(sandbox, stream)}
        found = {self.key(stream, each): each for each in map(as_held, records)}
        return [
            key
            for key in expected.keys() | found.keys()
            if key not in found
            or key not in expected
            or {name: found[key].get(name) for name in expected[key]} != expected[key]
        ]

    def repeats(self, stream: str, records: Iterable[Row]) -> int:
        """Count the rows that came more than once."""
        counts = Counter(self.key(stream, each) for each in map(as_held, records))
        return counts.total() - len(counts)


def as_held(record: Row) -> Row:
    """Return a record as the sandbox spells it: whole seconds, nothing set apart."""
    return with_unmapped(in_whole_seconds(record))


def with_unmapped(record: Row) -> Row:
    """Return a record in which what no schema names counts like the rest."""
    named = {name: record[name] for name in record if name != "_unmapped"}
    return named | record.get("_unmapped", {})


def in_whole_seconds(value: t.Any) -> t.Any:
    """Return a value with instants in whole seconds, where they are."""
    if isinstance(value, dict):
        return {name: in_whole_seconds(each) for name, each in value.items()}
    if isinstance(value, list):
        return [in_whole_seconds(each) for each in value]
    return value.replace(".000000Z", "Z") if isinstance(value, str) else value


def with_payments_as_text(rows: list[Row]) -> list[Row]:
    """Return rows of Wolfeo as its tap makes them: `payments_left`, a number or a word, is text."""
    for row in rows:
        for each in (row, *row.get("subscriptions", ())):
            if each.get("payments_left") is not None:
                each["payments_left"] = str(each["payments_left"])
    return rows


def _without_deleted_lists(sandbox: Sandbox, rows: list[Row]) -> list[Row]:
    lists = sandbox.get("prospector/lists")
    deleted = {row["id"] for row in lists if row["isDeleted"]}
    return [row for row in rows if row["list_id"] not in deleted]


def _of_today(_: Sandbox, rows: list[Row]) -> list[Row]:
    today = f"{datetime.now(UTC).date()}"
    return [{**row, "balance": float(row["balance"]), "read_on": today} for row in rows]


def _found_in_lists(sandbox: Sandbox, rows: list[Row]) -> list[Row]:
    held = PROSPECTOR.expected(sandbox, "list_prospects")
    listed = {row["id"] for row in held}
    people = sandbox.get("prospector/prospects")
    ids = {row["detail_id"] for row in people if row["id"] in listed}
    return [row for row in rows if row["id"] in ids]


def _counts(_: Sandbox, __: list[Row]) -> list[Row]:
    # What is counted as of today, and how, is the vendor's.
    return [{"period": each} for each in PERIODS]


PROSPECTOR = Vendor(
    name="prospector",
    base="",
    settings={
        "client_id": "sandbox-prospector-id",
        "client_secret": "sandbox-prospector-secret",
    },
    streams={
        "balance": ("balance", ("read_on",)),
        "campaign_analytics": ("campaign_analytics", ("campaign_id",)),
        "campaign_progress": ("campaign_progress", ("campaign_id",)),
        "campaigns": ("campaigns", ("id",)),
        "clicks": ("clicks", ("campaignId", "id")),
        "completed_prospects": ("completed_prospects", ("campaign_id", "id")),
        "custom_fields": ("custom_fields", ("key",)),
        "list_prospects": ("list_prospects", ("list_id", "id")),
        "lists": ("user_lists", ("id",)),
        "opens": ("opens", ("campaignId", "id")),
        "replies": ("replies", ("campaignId", "id")),
        "sent_emails": ("sent_emails", ("campaign_id", "id")),
    },
    largest=("opens", "opens"),
    tap_class="tap_prospector.tap.TapProspector",
    others={
        "all_replies": ("all_replies", ("campaignId", "prospectId", "replyType")),
        "campaign_details": ("campaign_details", ("id",)),
        "campaign_schedules": ("schedules", ("id",)),
        "do_not_email_lists": ("blacklists", ("id",)),
        "pipeline_stages": ("pipeline_stages", ("id",)),
        "pipelines": ("pipelines", ("id",)),
        "prospects": ("prospect_details", ("id",)),
        "sender_accounts": ("sender_accounts", ("id",)),
        "warm_up_statistics": ("warm_up_statistics", ("warm_up_id", "date")),
        "warm_ups": ("warm_ups", ("id",)),
        "webhooks": ("webhooks", ("id",)),
    },
    fixes={
        "balance": _of_today,
        "list_prospects": _without_deleted_lists,
        "prospects": _found_in_lists,
    },
)
WHATCONVERTS = Vendor(
    name="whatconverts",
    base="/api/v1",
    settings={
        "api_token": "sandbox-whatconverts-token",
        "api_secret": "sandbox-whatconverts-secret",
        "start_date": "2024-01-01T00:00:00Z",
    },
    streams={
        "leads": ("profile_leads", ("lead_id",)),
        "tracking_forms": ("profile_tracking_forms", ("form_id",)),
        "tracking_numbers": ("profile_tracking_numbers", ("phone_number_id",)),
    },
    largest=("leads", "leads"),
    tap_class="tap_whatconverts.tap.TapWhatConverts",
)
WISEDATA = Vendor(
    name="wisedata",
    base="/api/v1",
    settings={"token": "sandbox-wisedata-token"},
    streams={
        "contact_lists": ("contact_lists", ("id",)),
        "contacts": ("list_contacts", ("list_id", "id")),
    },
    largest=("contacts", "contacts"),
    tap_class="tap_wisedata.tap.TapWiseData",
)
WISEPOPS = Vendor(
    name="wisepops",
    base="/api2",
    settings={"api_key": "sandbox-wisepops-key"},
    streams={
        # Nothing less tells contacts apart: there are blocks of one form in one millisecond.
        "contacts": (
            "collected_contacts",
            ("collected_at", "wisepop_id", "form_session", "fields"),
        ),
        "wisepops": ("wisepops", ("id",)),
    },
    largest=("contacts", "contacts"),
    tap_class="tap_wisepops.tap.TapWisepops",
    others={"hooks": ("hooks", ("id",))},
)
WOLFEO = Vendor(
    name="wolfeo",
    base="/v1",
    settings={"api_key": "sandbox-wolfeo-key"},
    streams={
        "campaigns": ("campaigns", ("id",)),
        "contact_counts": ("", ("period",)),
        "contacts": ("listed_contacts", ("id",)),
        "custom_fields": ("custom_fields", ("id",)),
        "funnels": ("funnels", ("id",)),
        "orders": ("orders", ("id",)),
        "subscriptions": ("subscriptions", ("id",)),
        "tag_contacts": ("tag_contacts", ("tag_id", "id")),
        "tags": ("tags", ("id",)),
        "transactions": ("transactions", ("id",)),
    },
    largest=("contacts", "contacts"),
    tap_class="tap_wolfeo.tap.TapWolfeo",
    others={
        "contact_details": ("contact_details", ("id",)),
        "contact_stats": ("contact_stats", ("contact_id",)),
        "invoices": ("invoices", ("id",)),
        "sequences": ("sequences", ("id",)),
        "webhooks": ("webhooks", ("id",)),
    },
    fixes={"contact_counts": _counts, "subscriptions": lambda _, rows: with_payments_as_text(rows)},
)

VENDORS = {each.name: each for each in (PROSPECTOR, WHATCONVERTS, WISEDATA, WISEPOPS, WOLFEO)}
