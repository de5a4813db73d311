"""How WhatConverts words what it answers: envelopes, errors, the two kinds of keys."""

from __future__ import annotations

import binascii
from base64 import b64decode
from functools import wraps
from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, BadParameter, Refusal, html_answer, json_answer
from tap_sandbox.paging import numbered_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call

PROFILE = "profile"
AGENCY = "agency"
CREDENTIALS = {
    "api_token": "sandbox-whatconverts-token",
    "api_secret": "sandbox-whatconverts-secret",
    "agency_api_token": "sandbox-whatconverts-agency-token",
    "agency_api_secret": "sandbox-whatconverts-agency-secret",
}
_KEYS = {
    (CREDENTIALS["api_token"], CREDENTIALS["api_secret"]): PROFILE,
    (CREDENTIALS["agency_api_token"], CREDENTIALS["agency_api_secret"]): AGENCY,
}
_NOT_FOUND_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Page not found</title></head>"
    b"<body><h1>404</h1></body></html>\n"
)


def error(status: int, message: str) -> Answer:
    """Return the documented error body; it has no code for machines."""
    return json_answer({"error_message": message}, status)


def authenticate(call: Call) -> str:
    """Return the kind of the key; token and secret come by HTTP Basic.

    Raises:
        Refusal: 401, in other words for a missing than for a wrong key.
    """
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(error(401, "Authentication not provided."))
    try:
        token, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        token = secret = ""
    if (token, secret) not in _KEYS:
        raise Refusal(error(401, "Authentication failed."))
    return _KEYS[token, secret]


def is_agency(call: Call) -> bool:
    """Return whether the call came with the key of the master account."""
    return call.credential == AGENCY


def agency_only(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """Return a handler that refuses the key of a profile, in words that are not documented."""

    @wraps(handler)
    def guarded(call: Call) -> Answer:
        if not is_agency(call):
            status = int(call.option("agency_only_status"))
            raise Refusal(error(status, "Authentication failed."))
        return handler(call)

    return guarded


def unknown(_: Call, known_path: bool) -> Answer:
    """Answer an unknown path with the web application's page; another method alike."""
    del known_path
    return html_answer(404, _NOT_FOUND_PAGE)


def invalid(_: Call, problem: BadParameter) -> Answer:
    """Answer a bad parameter; the documents show 400 for ids only."""
    return error(400, problem.problem)


def too_many(call: Call, _: float) -> Answer:
    """Answer beyond a limit. Status and body are not documented; Retry-After does not come."""
    return error(int(call.option("limit_status")), "API limit exceeded.")


def bad_parameter(name: str) -> BadParameter:
    """Return the refusal of a parameter's value; the documents show such words for ids only."""
    return BadParameter(name, f"Invalid {name} parameter.")


def numeric(name: str, text: str) -> int:
    """Return an id given as a parameter.

    Raises:
        Refusal: 410, which this vendor uses for a plain mistake; seen for account_id, and
            assumed for profile_id.
    """
    if not (text.isascii() and text.isdecimal()):
        raise Refusal(error(410, f"Invalid {name} parameter, please use a numeric value"))
    return int(text[:18])


def listed(
    call: Call, noun: str, rows: Sequence[Row], show: Callable[[Row], Any], highest: int = 250
) -> Answer:
    """Return one page in the documented envelope, whose names hold the resource's noun.

    Raises:
        BadParameter: The size or the page is no number from 1; or the size is too large and
            the option says so.
        Refusal: The page is beyond the last and the option says so.
    """
    name = f"{noun}_per_page"
    size, number = _integer(call, name, 25), _integer(call, "page_number", 1)
    if size > highest:
        if call.option("page_size_excess") == "refuse":
            raise bad_parameter(name)
        size = highest
    page = numbered_page(rows, number, size)
    # How many pages an empty list has is not documented: none.
    pages = page.last if rows else 0
    if number > max(1, pages) and call.option("page_beyond_last") == "refuse":
        raise bad_parameter("page_number")
    shown = [show(row) for row in page.rows]
    reported = len(shown) if call.option("reported_size") == "returned" else size
    return _envelope(noun, shown, number=number, size=reported, pages=pages, total=len(rows))


def one(noun: str, record: object) -> Answer:
    """Return a single record: in the same envelope as a list."""
    return _envelope(noun, [record], number=1, size=1, pages=1, total=1)


def _envelope(
    noun: str, shown: list[Any], *, number: int, size: int, pages: int, total: int
) -> Answer:
    return json_answer(
        {
            "page_number": number,
            f"{noun}_per_page": size,
            "total_pages": pages,
            f"total_{noun}": total,
            noun: shown,
        }
    )


def _integer(call: Call, name: str, default: int) -> int:
    try:
        return call.integer(name, default)
    except BadParameter:
        raise bad_parameter(name) from None
