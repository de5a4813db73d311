"""Prospector's searches by domain: start, poll, read; some pages are starts of their own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tap_sandbox.answers import Answer, BadParameter
from tap_sandbox.paging import numbered_page, offset_page
from tap_sandbox.vendors.prospector.answers import address, answer, many, parent, required
from tap_sandbox.vendors.prospector.dates import plain
from tap_sandbox.vendors.prospector.grouped import by_field
from tap_sandbox.vendors.prospector.searches import begin, poll

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

SEARCH = "/v2/domain-search"
COMPANY = (
    "company_name",
    "city",
    "founded",
    "website",
    "hq_phone",
    "industry",
    "size",
    "related_domains",
)
PERSON = ("first_name", "last_name", "position", "source_page")
PEOPLE_PAGE = 20
EMAILS_PAGE = 50
TABS = {
    "domain-emails": ("emails", "domain_emails"),
    "generic-contacts": ("service", "generic_contacts"),
}


def _of(state: VendorState, table: str, domain: str) -> list[Row]:
    return by_field(state.tables[table], "domain").get(domain.lower(), [])


def _started(call: Call, kind: str, inputs: Row, price: int, path: str) -> Answer:
    """Start a job and answer as starts do: nothing in `data`, where to poll in `links`."""
    task_hash = begin(call, kind, inputs, price)
    links = {"result": address(call, f"{SEARCH}{path}/result/{task_hash}")}
    return answer({"data": [], "meta": {**inputs, "task_hash": task_hash}, "links": links})


def _result(call: Call, kind: str, found: Callable[[Row], tuple[Any, Row, Any]]) -> Answer:
    """Answer a poll: `data` and `links` are empty arrays until the job is completed."""
    job, status = poll(call, kind, call.captures["task"])
    meta = {**job["inputs"], "task_hash": job["task_hash"]}
    data: Any = []
    links: Any = []
    if status == "completed":
        data, more, links = found(job["inputs"])
        meta.update(more)
    return answer({"data": data, "meta": meta, "links": links, "status": status})


def post_company(call: Call) -> Answer:
    """POST /v2/domain-search/start: one credit if the company is known."""
    domain = required(call, "domain")
    known = call.rows("companies").get(domain.lower()) is not None
    return _started(call, "company", {"domain": domain}, int(known), "")


def domain_company(row: Row) -> Row:
    """Return a company as the search finds it, with its domain."""
    return {"domain": row["domain"], **{name: row[name] for name in COMPANY}}


def get_company(call: Call) -> Answer:
    """GET /v2/domain-search/result/{task}: for an unknown company `data` stays an empty array."""

    def found(inputs: Row) -> tuple[Any, Row, Any]:
        domain = inputs["domain"]
        row = call.rows("companies").get(domain.lower())
        counts = {
            "prospects_count": len(_of(call.state, "domain_prospects", domain)),
            "emails_count": len(_of(call.state, "domain_emails", domain)),
            "generic_contacts_count": len(_of(call.state, "generic_contacts", domain)),
        }
        query = urlencode({"domain": domain})
        links = {
            name: address(call, f"{SEARCH}/{path}/start?{query}")
            for name, path in (
                ("prospects", "prospects"),
                ("domain_emails", "domain-emails"),
                ("generic_contacts", "generic-contacts"),
            )
        }
        return ({name: row[name] for name in COMPANY} if row else []), counts, links

    return _result(call, "company", found)


def _people(state: VendorState, inputs: Row) -> list[Row]:
    return [
        row
        for row in _of(state, "domain_prospects", inputs["domain"])
        if not inputs["positions"] or row["position"] in inputs["positions"]
    ]


def post_people(call: Call) -> Answer:
    """POST /v2/domain-search/prospects/start: a credit for each page that is not empty."""
    domain, page = required(call, "domain"), call.integer("page", 1)
    positions = many(call, "positions")
    if len(positions) > 10:
        raise BadParameter("positions", "There must be at most 10 positions")
    inputs = {"domain": domain, "page": page, "positions": positions}
    some = numbered_page(_people(call.state, inputs), page, PEOPLE_PAGE).rows
    return _started(call, "people", inputs, int(bool(some)), "/prospects")


def domain_person(row: Row) -> Row:
    """Return a person of a company as the search finds it, with domain and hash."""
    return {name: row[name] for name in ("domain", "prospect_hash", *PERSON)}


def get_people(call: Call) -> Answer:
    """GET /v2/domain-search/prospects/result/{task}: 20 a page; the next page is a new start."""

    def found(inputs: Row) -> tuple[Any, Row, Any]:
        page = numbered_page(_people(call.state, inputs), inputs["page"], PEOPLE_PAGE)
        begin_url = f"{SEARCH}/prospects/search-emails/start/"
        data = [
            {
                **{name: row[name] for name in PERSON},
                "search_emails_start": address(call, begin_url + row["prospect_hash"]),
            }
            for row in page.rows
        ]
        query = [("domain", inputs["domain"]), ("page", page.number + 1)]
        query += [("positions[]", one) for one in inputs["positions"]]
        following = address(call, f"{SEARCH}/prospects/start?{urlencode(query)}")
        links = {"next": following if page.number < page.last else ""}
        return data, {"tab": "prospects", "total_count": page.total}, links

    return _result(call, "people", found)


def post_person(call: Call) -> Answer:
    """POST /v2/domain-search/prospects/search-emails/start/{person}: a credit if any is found."""
    row = parent(call, "domain_prospects", "person")
    task_hash = begin(call, "person", {"prospect": row["prospect_hash"]}, int(bool(row["emails"])))
    path = f"{SEARCH}/prospects/search-emails/result/{task_hash}"
    links = {"result": address(call, path)}
    return answer({"data": [], "meta": {"task_hash": task_hash}, "links": links})


def person_emails(row: Row) -> Row:
    """Return the addresses found for a person of a company."""
    return {name: row[name] for name in ("prospect_hash", "searching_date", "emails")}


def get_person(call: Call) -> Answer:
    """GET /v2/domain-search/prospects/search-emails/result/{task}."""
    job, status = poll(call, "person", call.captures["task"])
    row = call.rows("domain_prospects").get(job["inputs"]["prospect"])
    data: Any = []
    if row is not None and status == "completed":
        data = {"searching_date": plain(row["searching_date"]), "emails": row["emails"]}
    meta = {"task_hash": job["task_hash"]}
    return answer({"data": data, "meta": meta, "links": [], "status": status})


def _cursor(tab: str, domain: str, offset: int) -> str:
    """Return the 112 hex digits that name a next page: the place, sealed against guessing."""
    seal = hashlib.shake_256(f"{tab} {domain} {offset}".encode()).hexdigest(52)
    return f"{offset:08x}{seal}"


def _offset(tab: str, domain: str, cursor: str) -> int:
    """Return the place that a cursor names.

    Raises:
        BadParameter: It is not of this search.
    """
    if not cursor:
        return 0
    try:
        offset = int(cursor[:8], 16)
    except ValueError:
        offset = 0
    if cursor != _cursor(tab, domain, offset):
        raise BadParameter("next", "The next parameter is not valid")
    return offset


def _page(state: VendorState, tab: str, inputs: Row) -> tuple[Sequence[Row], int, int]:
    """Return a page of addresses, the place after it, and how many there are."""
    found = _of(state, TABS[tab][1], inputs["domain"])
    offset = _offset(tab, inputs["domain"], inputs["next"])
    page = offset_page(found, offset, EMAILS_PAGE)
    return page.rows, offset + len(page.rows), page.total


def post_addresses(tab: str) -> Callable[[Call], Answer]:
    """Return the start of a search for addresses: a credit for each page that is not empty."""

    def handler(call: Call) -> Answer:
        inputs = {"domain": required(call, "domain"), "next": call.query.get("next", "")}
        rows, _, _ = _page(call.state, tab, inputs)
        return _started(call, tab, inputs, int(bool(rows)), f"/{tab}")

    return handler


def get_addresses(tab: str) -> Callable[[Call], Answer]:
    """Return the poll of a search for addresses: 50 a page, the next one named by a hash."""

    def handler(call: Call) -> Answer:
        def found(inputs: Row) -> tuple[Any, Row, Any]:
            rows, after, total = _page(call.state, tab, inputs)
            domain = inputs["domain"]
            following = _cursor(tab, domain, after) if after < total else ""
            query = urlencode({"domain": domain, "next": following})
            path = address(call, f"{SEARCH}/{tab}/start?{query}") if following else ""
            meta = {"tab": TABS[tab][0], "next": following, "total_count": total}
            return [{"email": row["email"]} for row in rows], meta, {"next": path}

        return _result(call, tab, found)

    return handler
