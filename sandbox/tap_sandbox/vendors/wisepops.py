"""Wisepops API (api2): the contacts that a website's pop-ups collect, the pop-ups, the hooks."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter, Refusal, json_answer
from tap_sandbox.draws import ODD_NAMES, mixed
from tap_sandbox.limits import Limit
from tap_sandbox.tables import Row, Table
from tap_sandbox.vendor import Call, Option, Route, Vendor, VendorState

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw

API_KEY = "sandbox-wisepops-key"
FIRST_POP_UP = 20_001
ANSWERS: tuple[tuple[str, Any], ...] = (
    ("Gender", "Female"),
    ("City", "Saint-Étienne"),
    ("first.name", 'O\'Brien "Bob"'),
    ("First Name", "Ada"),
    ("first name", "two\nlines"),
    ("Accept terms?", True),
    ("Age", 34),
    ("Interests", ["shoes", "hats & caps"]),
)
"""Free keys, as a marketer types them; two of them differ only by case. Few are no texts."""


def stamp(moment: datetime) -> str:
    """Return a time as contacts write it: UTC, milliseconds, Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _collected_at(draw: Draw) -> str:
    # The milliseconds follow from the second, so rows of one instant share them too.
    moment = draw.moment
    return stamp(moment + timedelta(milliseconds=mixed(int(moment.timestamp())) % 1000))


def _fields(draw: Draw) -> Row:
    """Return what the visitor filled in; no two rows have the same."""
    number = draw.index + 1
    kind = draw.number("kind", 10)
    if draw.index % 34 == 1 or kind < 2:
        fields: Row = {"phone": f"+336{number:08}"}
    elif kind < 8:
        fields = {"email": f"visitor{number}@example.com"}
    else:
        fields = {"Anything else?": f"{draw.pick('comment', ODD_NAMES)} ({number})"}
    fields.update(draw.some("answers", 25, ANSWERS))
    return fields


def contact(draw: Draw) -> Row:
    """Make a contact. `number` is the sandbox's own: the vendor gives contacts no id.

    Every seventeenth contact has the instant of the one before it. Half of these share the
    pop-up and the form session too, as one form with two blocks gives.
    """
    story = draw.other("contacts", draw.index - 1) if draw.index % 34 == 1 else draw
    session = story.bits("session")
    return {
        "number": draw.index + 1,
        "collected_at": _collected_at(draw),
        "wisepop_id": FIRST_POP_UP + story.number("pop-up", max(1, draw.sizes["wisepops"])),
        "form_session": f"{session:016x}" if story.chance("has session", 70) else None,
        "ip": "" if draw.chance("anonymous", 30) else f"192.0.2.{draw.number('ip', 256)}",
        "country_code": draw.pick("country", ("FR", "FR", "US", "DE", "JP", None)),
        "fields": _fields(draw),
    }


def wisepop(draw: Draw) -> Row:
    """Make a pop-up. Its time has no zone, and its counters no dates."""
    displays = draw.number("displays", 1_000_000)
    clicks = draw.number("clicks", displays // 10 + 1)
    labels = ("Welcome", "Été ☀", 'Exit "intent"', "Black Friday, -50 %", "Two\nlines", "")
    return {
        "id": FIRST_POP_UP + draw.index,
        "label": labels[draw.index] if draw.index < len(labels) else f"Pop-up {draw.index + 1}",
        "created_at": draw.moment.strftime("%Y-%m-%d %H:%M:%S"),
        "activated": draw.chance("activated", 60),
        "display_count": displays,
        "click_count": clicks,
        "email_count": draw.number("emails", clicks + 1),
    }


def hook(draw: Draw) -> Row:
    """Make a hook; `wisepop_id` is optional."""
    return {
        "id": draw.index + 1,
        "event": ("email", "phone", "survey")[draw.index % 3],
        "target_url": f"https://hooks.example.com/wisepops/{draw.index + 1}",
        "wisepop_id": FIRST_POP_UP if draw.index % 2 else None,
    }


def error(status: int, message: str) -> Answer:
    """Return an error. No document shows a status or a body: these are usual ones."""
    return json_answer({"message": message}, status)


def authenticate(call: Call) -> str:
    """Return the credential's name; the header must have its one documented form.

    Raises:
        Refusal: 401, for any other header.
    """
    if call.headers.get("authorization") != f'WISEPOPS-API key="{API_KEY}"':
        raise Refusal(error(401, "Unauthorized"))
    return "api_key"


def too_many(call: Call, wait: float) -> Answer:
    """Answer a call beyond the quota; neither status nor headers are documented."""
    headers = {"retry-after": str(math.ceil(wait))} if call.option("retry_after") else {}
    return json_answer({"message": "Quota exceeded"}, int(call.option("quota_status")), headers)


_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def moment_from(text: str) -> datetime:
    """Return the instant of a text, in UTC unless it names an offset.

    A plus sign that the client did not escape arrives as a blank, and is refused.

    Raises:
        ValueError: The text is no such instant.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is not a time")
    zone = (match["zone"] or "Z").replace("Z", "+00:00").replace(":", "")
    time = f"{match['time'] or '00:00'}:00"[:8]
    fraction = f"{match['fraction'] or '':0<6}"[:6]
    moment = datetime.fromisoformat(
        f"{match['day']}T{time}.{fraction}{zone[:3]}:{zone[3:]}",
    )
    return moment.astimezone(UTC)


def _first_stamp(call: Call) -> str:
    """Return the earliest `collected_at` that the call's filter lets pass; empty means all.

    Whether the instant itself passes, and how finely the server compares, is not documented.
    """
    text = call.query.get("collected_after")
    if text is None:
        return ""
    try:
        moment = moment_from(text)
        if call.option("filter_precision") == "seconds":
            moment = moment.replace(microsecond=0)
        rest = moment.microsecond % 1000
        if call.option("collected_after") == "exclusive" or rest:
            # The next whole millisecond: records are dated in these.
            moment += timedelta(microseconds=1000 - rest)
    except (ValueError, OverflowError):
        raise BadParameter("collected_after", "collected_after must be a date") from None
    return stamp(moment)


def _page_size(call: Call) -> int:
    if call.option("page_size_excess") == "clamp":
        return max(1, min(1000, call.integer("page_size", 100, lowest=-(2**31))))
    return call.integer("page_size", 100, highest=1000)


def _wire(call: Call, row: Row) -> Row:
    """Return a contact as the vendor shows it: without our number, at times without session."""
    shown = {name: row[name] for name in row if name != "number"}
    if call.option("form_session") == "absent" or (
        row["form_session"] is None and row["number"] % 2
    ):
        del shown["form_session"]
    return shown


def get_contacts(call: Call) -> Answer:
    """GET /contacts: oldest first, a bare array; `page` only counts if the option says so."""
    contacts = call.rows("contacts")
    size, start = _page_size(call), _first_stamp(call)
    if "wisepop_id" in call.query:
        pop_up = call.integer("wisepop_id", lowest=0)
        found = contacts.derived(
            ("pop-up", pop_up),
            lambda rows: sorted(
                (row for row in rows if row["wisepop_id"] == pop_up),
                key=lambda row: row["collected_at"],
            ),
        )
        first = bisect_left(found, start, key=lambda row: row["collected_at"])
    else:
        found, first = contacts.window("collected_at", start, newest_first=False), 0
    if call.option("page") == "honoured":
        first += (call.integer("page", 1) - 1) * size
    return json_answer([_wire(call, row) for row in found[first : first + size]])


def get_wisepops(call: Call) -> Answer:
    """GET /wisepops: all of them, whatever the query holds."""
    return json_answer(call.rows("wisepops").all())


def get_hooks(call: Call) -> Answer:
    """GET /hooks: the envelope is not documented; a bare array, as the other two."""
    hooks = call.rows("hooks").all()
    return json_answer(
        [{name: row[name] for name in row if row[name] is not None} for row in hooks]
    )


def _collected_contacts(state: VendorState) -> list[Row]:
    # The table as a reader can know it: in the vendor's order, without the sandbox's number.
    rows = state.tables["contacts"].window("collected_at", newest_first=False)
    shown = [{name: row[name] for name in row if name != "number"} for row in rows]
    if state.options["form_session"] == "absent":
        return [{**row, "form_session": None} for row in shown]
    return shown


VENDOR = Vendor(
    name="wisepops",
    base="/api2",
    credentials={"api_key": API_KEY},
    tables=(
        Table("contacts", "number", 2500, contact),
        Table("wisepops", "id", 12, wisepop, scales=False),
        Table("hooks", "id", 4, hook, scales=False),
    ),
    routes=(
        Route("GET", "/contacts", get_contacts),
        Route("GET", "/wisepops", get_wisepops),
        Route("GET", "/hooks", get_hooks),
    ),
    authenticate=authenticate,
    unknown=lambda _, known: error(405 if known else 404, "Not Found"),
    invalid=lambda _, problem: error(400, problem.problem),
    too_many=too_many,
    # Whether the thirty days slide or follow the calendar is not documented: they slide.
    limits=(Limit(count=1500, seconds=30 * 86_400),),
    options={
        "collected_after": Option(
            "exclusive",
            "whether a contact of the very instant passes, as when the server keeps hidden digits",
            choices=("exclusive", "inclusive"),
        ),
        "filter_precision": Option(
            "milliseconds",
            "what the server keeps of collected_after",
            choices=("milliseconds", "seconds"),
        ),
        "page": Option(
            "ignored",
            "whether the parameter that the newest documents left out still works",
            choices=("ignored", "honoured"),
        ),
        "page_size_excess": Option(
            "refuse", "what a page_size outside 1 to 1000 gets", choices=("refuse", "clamp")
        ),
        "form_session": Option(
            "mixed",
            "whether some contacts carry it, or none as in the oldest documents",
            choices=("mixed", "absent"),
        ),
        "quota_status": Option(429, "the status of a call beyond the quota", choices=(429, 403)),
        "retry_after": Option(False, "whether that answer says how long to wait"),
    },
    views={"collected_contacts": _collected_contacts},
)
