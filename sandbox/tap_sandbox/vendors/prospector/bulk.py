"""Prospector's bulk jobs: up to ten inputs a start, results in an order of their own."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter
from tap_sandbox.vendors.prospector.answers import answer, many
from tap_sandbox.vendors.prospector.grouped import by_field
from tap_sandbox.vendors.prospector.market import UNKNOWN_REASONS
from tap_sandbox.vendors.prospector.searches import begin, poll

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

NAMES = ("first_name", "last_name", "domain")


def _checks(email: str, status: str, reasons: tuple[str, ...] = UNKNOWN_REASONS) -> Row:
    """Return what is said of an address; a reason only where the status is unknown."""
    number = zlib.crc32(email.lower().encode())
    found = {
        "smtp_status": status,
        "is_valid_format": "@" in email,
        "is_disposable": number % 11 == 0,
        "is_webmail": number % 7 == 0,
        "is_gibberish": number % 13 == 0,
    }
    if status == "unknown":
        found["unknown_status_reason"] = reasons[number % len(reasons)]
    return found


def find_emails(state: VendorState, given: Row) -> Row:
    """Return the addresses of a person: the record says neither domain nor input."""
    people = by_field(state.tables["domain_prospects"], "domain")
    name = [str(given[one]).lower() for one in NAMES]
    result = [
        {"email": one["email"], **_checks(one["email"], one["smtp_status"])}
        for row in people.get(name[2], [])
        if [row["first_name"].lower(), row["last_name"].lower()] == name[:2]
        for one in row["emails"]
    ]
    return {"people": f"{given['first_name']} {given['last_name']}", "result": result}


def find_domain(state: VendorState, name: str) -> Row:
    """Return the domain of a company, or an empty array in place of it."""
    found = by_field(state.tables["companies"], "company_name").get(name.lower())
    return {"name": name, "result": {"domain": found[0]["domain"]} if found else []}


def _profiles(state: VendorState) -> dict[str, Row]:
    def build(rows: list[Row]) -> dict[str, Row]:
        return {
            link["link"]: row
            for row in rows
            for link in row["social"]
            if link["type"] == "linkedIn"
        }

    return state.tables["prospects"].derived("linkedin", build)


def find_profile(state: VendorState, url: str) -> Row:
    """Return the LinkedIn profile of an address, or an empty array in place of it."""
    row = _profiles(state).get(url)
    if row is None:
        return {"url": url, "result": []}
    result: dict[str, Any] = {
        "name": row["name"],
        "first_name": row["firstName"],
        "last_name": row["lastName"],
        "location": row["locality"],
        "country": row["country"],
        "positions": [
            {
                "name": job["companyName"],
                "title": job["position"],
                "linkedin_url": job["socialLink"],
                "url": job["site"],
                "industry": job["industry"],
                "country": job["country"],
                "location": job["city"],
            }
            for job in row["currentJob"] + row["previousJob"]
        ],
    }
    if row["industry"] is not None:
        result["industry"] = row["industry"]
        result["skills"] = ["sales", "R&D / été"]
    return {"url": url, "result": result}


def verify(_: VendorState, email: str) -> Row:
    """Return what a verification says of any address, the same each time."""
    status = ("valid", "valid", "not_valid", "unknown")[zlib.crc32(email.lower().encode()) % 4]
    return {"email": email, "result": _checks(email, status, (*UNKNOWN_REASONS, "hidden_by_owner"))}


def _price(record: Row) -> int:
    """Return what a result costs: a credit for each address, domain or profile found.

    A verification costs one if its status is valid or unknown, says one source; officially it
    has no price.
    """
    result = record["result"]
    if isinstance(result, list):
        return len(result)
    return int(result.get("smtp_status") != "not_valid")


def _rows(call: Call) -> list[Any]:
    rows = call.body_fields().get("rows")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(name), str) for name in NAMES)
        for row in rows
    ):
        raise BadParameter("rows", "Rows must hold first_name, last_name and domain")
    return rows


JOBS: dict[str, tuple[str, Callable[[VendorState, Any], Row]]] = {
    "emails-by-domain-by-name": ("rows", find_emails),
    "company-domain-by-name": ("names", find_domain),
    "li-profiles-by-urls": ("urls", find_profile),
    "email-verification": ("emails", verify),
}
"""What each job takes, and how it finds the record of one input."""


def start(name: str) -> Callable[[Call], Answer]:
    """Return the start of a bulk job: the task's hash is in `data` here."""
    parameter, find = JOBS[name]

    def handler(call: Call) -> Answer:
        inputs: list[Any] = _rows(call) if parameter == "rows" else [*many(call, parameter)]
        if not 1 <= len(inputs) <= 10 or not all(inputs):
            raise BadParameter(parameter, f"There must be 1 to 10 {parameter}")
        price = sum(_price(find(call.state, one)) for one in inputs)
        task_hash = begin(call, f"bulk {name}", {parameter: inputs}, price)
        return answer({"data": {"task_hash": task_hash}, "meta": {parameter: inputs}})

    return handler


def result(name: str) -> Callable[[Call], Answer]:
    """Return the poll of a bulk job: the hash is in the query, the records in another order."""
    parameter, find = JOBS[name]

    def handler(call: Call) -> Answer:
        job, status = poll(call, f"bulk {name}", call.query.get("task_hash", ""))
        inputs = job["inputs"][parameter]
        data = [find(call.state, one) for one in inputs[::-1]] if status == "completed" else []
        meta = {**job["inputs"], "task_hash": job["task_hash"]}
        return answer({"status": status, "data": data, "meta": meta})

    return handler
