"""What Prospector's documents leave open or contradict, and what a test may want otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.vendor import Option
from tap_sandbox.vendors.prospector.dates import day_from

if TYPE_CHECKING:
    from tap_sandbox.vendor import OptionValue


def _number(default: int, meaning: str, lowest: int = 1) -> Option:
    def check(value: OptionValue) -> None:
        if int(value) < lowest:
            raise ValueError(f"at least {lowest}")

    return Option(default, meaning, check=check)


OPTIONS = {
    "token_seconds": _number(3600, "how long a token lives"),
    "block_seconds": _number(300, "how long everything is refused after too many requests"),
    "free_plan": Option(False, "whether the account is of the free plan, which has no API"),
    "event_block": _number(10_000, "rows of one answer of opens, clicks, replies, sent emails"),
    "event_order": Option(
        "newest_first",
        "the order of those rows; newest_block_ascending: the newest block first, each ascending",
        choices=("newest_first", "newest_block_ascending", "oldest_first"),
    ),
    "event_dates": Option(
        "object",
        "how those rows write their time: as a PHP object, as text, or by turns",
        choices=("object", "text", "mixed"),
    ),
    "all_replies_page": _number(100, "conversations of one answer of all-replies"),
    "activity_days": _number(31, "the most days of a window of activity, with first and last"),
    "prospects_page": Option(
        5000, "the largest perPage of a list's prospects", choices=(5000, 100)
    ),
    "deleted_lists_readable": Option(
        False, "whether the prospects of a deleted list can be read; else 400"
    ),
    "hex_prospect_ids": Option(
        True, "whether a prospect's detail can be asked for by the id that lists show"
    ),
    "missing_campaign_status": Option(
        200,
        "what the events of a missing campaign get: 200 with nothing, or 404",
        choices=(200, 404),
    ),
    "refused_status": Option(
        400, "the status of a missing or wrong parameter", choices=(400, 422, 200)
    ),
    "analytics_dates_required": Option(False, "whether statistics need both dates"),
    "analytics_date_to": Option(
        "inclusive",
        "whether the last day of statistics counts",
        choices=("inclusive", "exclusive"),
    ),
    "today": Option(
        "2025-12-31", "the day with which two_weeks and month of warm-ups end", check=day_from
    ),
    "credits": _number(25_000, "the credits that the account starts with", lowest=0),
    "out_of_credits": Option(
        "job",
        "what a search without credits gets: a job that ends so, or 400 at the start",
        choices=("job", "refuse"),
    ),
    "polls_pending": _number(1, "how many polls of a search find it not ready", lowest=0),
    "pending_word": Option(
        "documented",
        "the status of a search not ready; documented: with a space in domain searches",
        choices=("documented", "in progress", "in_progress"),
    ),
}
