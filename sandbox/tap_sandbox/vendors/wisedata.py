"""WiseData NPS integrations API: contact lists and the contacts in them."""

from __future__ import annotations

import hmac
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter, Refusal, json_answer
from tap_sandbox.draws import ODD_NAMES, family_name, given_name, mixed
from tap_sandbox.limits import Limit
from tap_sandbox.paging import numbered_page
from tap_sandbox.tables import Row, Table
from tap_sandbox.vendor import Call, Option, Route, Vendor, VendorState

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw

TOKEN = "sandbox-wisedata-token"  # noqa: S105 - made up, for the sandbox alone
FIRST_LIST = 101
FIRST_CONTACT = 100_001
SORTS = {"name": "name", "email": "email", "phone": "phone", "created_at": "createdAt"}
"""What `sort` calls a field, and what a record does."""
EMAIL_STATUSES = ("valid",) * 4 + (
    "pending", "invalid", "disposable", "catch-all", "bounce", "spam", "unknown", None,
)  # fmt: skip
"""The samples hold the first two; the rest are the panel's words, spelt alike."""
PHONE_STATUSES = ("valid", "valid", "verified", "no whatsapp", "invalid", "pending", None)


def contact_list(draw: Draw) -> Row:
    """Make a list. Only the id is documented; a name is all but certain."""
    names = ("Customers", "Été ☀", 'Quote "A"', "B2B, key accounts", "two\nlines")
    number = draw.index + 1
    return {
        "id": FIRST_LIST + draw.index,
        "name": names[draw.index] if draw.index < len(names) else f"List {number}",
    }


def contact(draw: Draw) -> Row:
    """Make a contact; `lists` is the sandbox's own: on the wire no contact names its lists.

    Most are in the first list, some in two or more, none in the last list.
    """
    number = draw.index + 1
    moment = draw.moment
    # The microseconds follow from the second, so rows of one instant share them too.
    moment += timedelta(microseconds=mixed(int(moment.timestamp())) % 1_000_000)
    others = range(2, max(2, draw.sizes["contact_lists"]))
    places = [1] if draw.chance("first list", 60) or not others else []
    places += draw.some("lists", 8, others[:8]) or ([] if places else [draw.pick("list", others)])
    name = f"{given_name(draw) or ''} {family_name(draw) or ''}".strip(" ")
    email = f"Person.{number}+nps@example.com" if number % 9 == 4 else f"p{number}@example.com"
    has_email, has_phone = draw.chance("email", 85), draw.chance("phone", 60)
    return {
        "id": FIRST_CONTACT + draw.index,
        # A name has 2 to 100 characters.
        "name": name if len(name) > 1 else draw.pick("odd name", ODD_NAMES[:5]),
        "email": email if has_email else None,
        "phone": f"+5511{number:08}" if has_phone else None,
        "emailStatus": draw.pick("email status", EMAIL_STATUSES) if has_email else None,
        "phoneStatus": draw.pick("phone status", PHONE_STATUSES) if has_phone else None,
        "createdAt": moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        "lists": [FIRST_LIST - 1 + place for place in places],
    }


def error(status: int, message: str, errors: dict[str, str] | None = None) -> Answer:
    """Return an error; the body is documented for 422 alone, and elsewhere the same is likely."""
    body: dict[str, Any] = {"message": message}
    if errors is not None:
        body["errors"] = errors
    return json_answer(body, status)


def authenticate(call: Call) -> str:
    """Return the credential's name.

    Raises:
        Refusal: 401, the token is missing or wrong; 403, the plan has no API.
    """
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), TOKEN.encode()):
        raise Refusal(error(401, "Unauthenticated."))
    if call.option("plan") != "business":
        raise Refusal(error(403, "Your plan does not include the API."))
    return "token"


def invalid(_: Call, problem: BadParameter) -> Answer:
    """Answer a bad parameter: 422 with the field's name."""
    return error(422, "The given data was invalid.", {problem.name: problem.problem})


def too_many(_: Call, wait: float) -> Answer:
    """Answer beyond the limit: 429 with Retry-After in seconds."""
    return json_answer(
        {"message": "Too Many Attempts."}, 429, {"retry-after": f"{math.ceil(wait)}"}
    )


def _shown(row: Row) -> Row:
    """Return a contact as the vendor shows it."""
    return {name: row[name] for name in row if name != "lists"}


def _lists_of(state: VendorState, row: Row) -> list[int]:
    return list(row["lists"] if state.options["several_lists"] else row["lists"][:1])


def _members(call: Call, key: int) -> list[Row]:
    """Return the contacts of a list, oldest first."""
    # Unstable ties turn round with every request, so a row may come twice and another never.
    turned = call.option("tie_order") == "unstable" and call.number % 2 == 0

    def build(rows: list[Row]) -> dict[int, list[Row]]:
        grouped: dict[int, list[Row]] = {}
        for row in sorted(rows[::-1] if turned else rows, key=lambda one: str(one["createdAt"])):
            for one in _lists_of(call.state, row):
                grouped.setdefault(one, []).append(row)
        return grouped

    selection = ("members", turned, call.option("several_lists"))
    return call.rows("contacts").derived(selection, build).get(key, [])


def _sorted(call: Call, key: int) -> list[Row]:
    """Return the contacts of a list as `search`, `sort` and `order` ask for them.

    The defaults are not documented: newest first. Contacts without the field come first.
    """
    sort = call.query.get("sort", "created_at")
    order = call.query.get("order", "desc" if "sort" not in call.query else "asc")
    if sort not in SORTS:
        raise BadParameter("sort", "The selected sort is invalid.")
    if order not in ("asc", "desc"):
        raise BadParameter("order", "The selected order is invalid.")
    found = _members(call, key)
    text = call.query.get("search", "").lower()
    if text:
        found = [
            row
            for row in found
            if any(text in (row[name] or "").lower() for name in ("name", "email", "phone"))
        ]
    if sort != "created_at":
        found = sorted(found, key=lambda row: str(row[SORTS[sort]] or ""))
    return found if order == "asc" else found[::-1]


def get_lists(call: Call) -> Answer:
    """GET /contact-lists/all: not paged."""
    lists = call.rows("contact_lists").all()
    return json_answer({"data": lists} if call.option("lists_envelope") == "data" else lists)


def get_members(call: Call) -> Answer:
    """GET /contact-lists/{list}/contacts: one page of the contacts of a list."""
    found = call.rows("contact_lists").get(call.captures["list"])
    if found is None:
        return error(404, "List not found.")
    number = call.integer("page", 1)
    if call.option("per_page_excess") == "clamp":
        size = max(1, min(100, call.integer("per_page", 15, lowest=-(2**31))))
    else:
        size = call.integer("per_page", 15, highest=100)
    page = numbered_page(_sorted(call, found["id"]), number, size)
    meta = {
        "current_page": page.number,
        "per_page": page.size,
        "total": page.total,
        "last_page": page.last,
    }
    return json_answer({"data": [_shown(row) for row in page.rows], "meta": meta})


def get_contact(call: Call) -> Answer:
    """GET /contacts/{contact}."""
    found = call.rows("contacts").get(call.captures["contact"])
    return json_answer({"data": _shown(found)}) if found else error(404, "Contact not found.")


def _list_contacts(state: VendorState) -> list[Row]:
    return [
        {"list_id": one, **_shown(row)}
        for row in state.tables["contacts"].all()
        for one in _lists_of(state, row)
    ]


def _single_contacts(state: VendorState) -> list[Row]:
    return [_shown(row) for row in state.tables["contacts"].all()]


VENDOR = Vendor(
    name="wisedata",
    base="/api/v1",
    credentials={"token": TOKEN},
    tables=(
        Table("contacts", "id", 1200, contact, references={"lists": "contact_lists"}),
        Table("contact_lists", "id", 6, contact_list, scales=False),
    ),
    routes=(
        Route("GET", "/contact-lists/all", get_lists),
        Route("GET", "/contact-lists/{list}/contacts", get_members),
        Route("GET", "/contacts/{contact}", get_contact),
    ),
    authenticate=authenticate,
    unknown=lambda _, known: error(405 if known else 404, "Not Found."),
    invalid=invalid,
    too_many=too_many,
    # It varies by plan; this is the highest.
    limits=(Limit(count=60, seconds=60, methods=("GET",)),),
    options={
        "lists_envelope": Option(
            "data",
            "whether the lists are the member data or the whole body",
            choices=("data", "bare"),
        ),
        "several_lists": Option(True, "whether a contact can be in more than one list"),
        "per_page_excess": Option(
            "refuse", "what a per_page outside 1 to 100 gets", choices=("refuse", "clamp")
        ),
        "tie_order": Option(
            "stable",
            "whether contacts of one instant keep their order from request to request",
            choices=("stable", "unstable"),
        ),
        "plan": Option(
            "business",
            "the account's plan; only the business plan has the API",
            choices=("business", "other"),
        ),
    },
    views={"list_contacts": _list_contacts, "single_contacts": _single_contacts},
)
