"""How Wolfeo words what it answers: envelopes, errors, credentials, old and new spellings."""

from __future__ import annotations

import hmac
import math
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter, Refusal, json_answer
from tap_sandbox.paging import numbered_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call

API_KEY = "sandbox-wolfeo-key"


def error(
    status: int, code: str, message: str, details: dict[str, list[str]] | None = None
) -> Answer:
    """Return the documented error envelope; `details` only where a field is at fault."""
    inner: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        inner["details"] = details
    return json_answer({"success": False, "error": inner}, status)


def authenticate(call: Call) -> str:
    """Return the credential's name; the key comes as a bearer token or, the old way, in the query.

    Raises:
        Refusal: 401 UNAUTHORIZED, for a missing and for a wrong key.
    """
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = call.query.get("api_key", "")
    if not hmac.compare_digest(key.encode(), API_KEY.encode()):
        raise Refusal(error(401, "UNAUTHORIZED", "Missing or invalid API key."))
    return "api_key"


def unknown(_: Call, known_path: bool) -> Answer:
    """Answer an unknown path; the documents do not say what another method gets: the same."""
    del known_path
    return not_found("This endpoint does not exist.")


def not_found(message: str) -> Answer:
    """Return 404 NOT_FOUND."""
    return error(404, "NOT_FOUND", message)


def invalid(_: Call, problem: BadParameter) -> Answer:
    """Return 422 VALIDATION_ERROR with details of the field, as for per_page outside 1-100."""
    return error(
        422,
        "VALIDATION_ERROR",
        "The given data was invalid.",
        {problem.name: [problem.problem]},
    )


def too_many(call: Call, wait: float) -> Answer:
    """Return 429 with its own body; whether Retry-After comes along is not documented."""
    headers = {"retry-after": str(math.ceil(wait))} if call.option("retry_after") else {}
    return json_answer({"message": "Too Many Attempts."}, 429, headers)


def success(data: object) -> Answer:
    """Return the documented envelope around one object or an unpaged list."""
    return json_answer({"success": True, "data": data})


def paged(call: Call, rows: Sequence[Row], spell: Callable[[Call, Row], Row]) -> Answer:
    """Return one page with `meta`: page from 1, per_page 1 to 100, by default 50.

    Raises:
        BadParameter: A parameter is outside its bounds.
        Refusal: The page is beyond the last and the option says 404; by default it is empty.
    """
    number = call.integer("page", 1)
    if call.option("per_page_excess") == "clamp":
        size = max(1, min(100, call.integer("per_page", 50, lowest=-(2**31))))
    else:
        size = call.integer("per_page", 50, highest=100)
    page = numbered_page(rows, number, size)
    if page.number > page.last and call.option("page_beyond_last") == "refuse":
        raise Refusal(not_found("This page does not exist."))
    meta = {
        "current_page": page.number,
        "last_page": page.last,
        "per_page": page.size,
        "total": page.total,
    }
    data = [spell(call, row) for row in page.rows]
    return json_answer({"success": True, "data": data, "meta": meta})


def in_list_order(call: Call, found: list[Row]) -> list[Row]:
    """Return rows in the order of the lists whose order is not documented."""
    return found[::-1] if call.option("list_order") == "descending" else found


def is_old(call: Call, key: int) -> bool:
    """Return whether a record is spelt as before 2026-05-09; the documents' own pages mix both."""
    spelling = call.option("spelling")
    return spelling == "old" or (spelling == "mixed" and key % 3 == 0)


def spell_own_id(name: str) -> Callable[[Call, Row], Row]:
    """Return a speller that calls the record's own id `<name>_id` in the old spelling."""

    def spell(call: Call, row: Row) -> Row:
        if not is_old(call, row["id"]):
            return row
        return {f"{name}_id" if field == "id" else field: row[field] for field in row}

    return spell


def spell_gdpr(call: Call, row: Row) -> Row:
    """Return a contact record with the flag as `gdpr`, or `GDPR` in the old spelling."""
    if not is_old(call, row["id"]):
        return row
    return {"GDPR" if field == "gdpr" else field: row[field] for field in row}


def as_it_is(_: Call, row: Row) -> Row:
    """Return a record that has only one spelling."""
    return row
