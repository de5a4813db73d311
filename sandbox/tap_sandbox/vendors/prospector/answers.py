"""How Prospector reads requests and words answers: credentials, parameters, errors."""

from __future__ import annotations

import hmac
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from tap_sandbox.answers import JSON_TYPE, Answer, BadParameter, Refusal, json_answer
from tap_sandbox.vendors.prospector.dates import instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call

CLIENT_ID = "sandbox-prospector-id"
CLIENT_SECRET = "sandbox-prospector-secret"  # noqa: S105 - made up, and documented
TOKEN_PATH = "/v1/oauth/access_token"  # noqa: S105 - a path


def answer(value: object, status: int = 200) -> Answer:
    r"""Return an answer in JSON as PHP writes it: each slash escaped as `\/`."""
    # A slash stands only inside strings, so the bytes may be replaced without parsing.
    return Answer(msgspec.json.encode(value).replace(b"/", b"\\/"), status, JSON_TYPE)


def not_found() -> Answer:
    """Return the one 404 body on record."""
    error = {"code": 404, "title": "Sorry, but url or entity not found", "source": ""}
    return answer({"errors": error}, 404)


def failed(call: Call, message: str) -> Answer:
    """Return a refused request; whether the status is 200 or 4xx is not documented."""
    return answer({"success": False, "message": message}, int(call.option("refused_status")))


def invalid(call: Call, problem: BadParameter) -> Answer:
    """Answer a missing or wrong parameter."""
    return failed(call, problem.problem)


def unknown(_: Call, known_path: bool) -> Answer:
    """Answer an unknown path with 404, and a known one with another method with 403.

    The body of the 403 is not documented: the shape of the 404's.
    """
    if not known_path:
        return not_found()
    return answer({"errors": {"code": 403, "title": "Forbidden", "source": ""}}, 403)


def too_many(_: Call, wait: float) -> Answer:
    """Return 429 without Retry-After; of its body only three words are on record."""
    del wait
    return json_answer("Sorry, your rate is limited", 429)


def _unauthorized() -> Refusal:
    # The body of a 401 is not documented: the shape of the 404's.
    return Refusal(answer({"errors": {"code": 401, "title": "Unauthorized", "source": ""}}, 401))


def authenticate(call: Call) -> str:
    """Return the credential's name, the same for token requests: they count for the limit too.

    Raises:
        Refusal: 401, or the free plan's refusal if the option says so.
    """
    given = call.body_fields()
    if call.path == TOKEN_PATH:
        pairs = ((given.get("client_id"), CLIENT_ID), (given.get("client_secret"), CLIENT_SECRET))
        right = [hmac.compare_digest(str(one).encode(), known.encode()) for one, known in pairs]
        if not all(right):
            raise _unauthorized()
        return "client_id"
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    # The documents' samples send the token also as a parameter, in the query or in a body. Those
    # that send it without the word Bearer are taken for a slip.
    if scheme.lower() != "bearer":
        token = str(call.query.get("access_token") or given.get("access_token") or "")
    row = call.rows("tokens").get(token)
    if row is None or row["expires_at"] <= instant(time.time()):
        raise _unauthorized()
    if call.option("free_plan"):
        # The status is not documented.
        text = "The API is not part of the free plan."
        raise Refusal(answer({"errors": {"type": "FreePlan", "message": text}}, 403))
    return "client_id"


def give_token(call: Call) -> Answer:
    """POST /v1/oauth/access_token: a token; the ones before stay good."""
    if call.body_fields().get("grant_type") != "client_credentials":
        raise BadParameter("grant_type", "Grant type parameter must be client_credentials")
    life = int(call.option("token_seconds"))
    row = call.rows("tokens").insert({"expires_at": instant(time.time() + life)})
    return answer({"access_token": row["token"], "token_type": "Bearer", "expires_in": life})


def any_encoding(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """Let a handler find parameters in the query, wherever they came: query, form or JSON."""

    def handle(call: Call) -> Answer:
        given = call.body_fields().items()
        call.query.update({name: str(one) for name, one in given if isinstance(one, str | int)})
        return handler(call)

    return handle


def required(call: Call, name: str) -> str:
    """Return a parameter.

    Raises:
        BadParameter: It is missing or empty.
    """
    if not call.query.get(name):
        shown = name[:1].upper() + name[1:]
        raise BadParameter(name, f"{shown} parameter is required")
    return call.query[name]


def number(call: Call, name: str) -> int:
    """Return a required whole number.

    Raises:
        BadParameter: It is missing, or no whole number from 1.
    """
    required(call, name)
    return call.integer(name)


def many(call: Call, name: str) -> list[str]:
    """Return an array parameter, such as `emails[]`, from query, form or JSON."""
    if "json" in call.headers.get("content-type", ""):
        given = call.body_fields()
        found = given.get(name, given.get(f"{name}[]"))
        if isinstance(found, list):
            return [str(one) for one in found]
    body = call.body.decode("utf-8", "replace")
    pairs = call.pairs + parse_qsl(body, keep_blank_values=True)
    own = re.compile(re.escape(name) + r"\[\d*\]")
    return [value for key, value in pairs if own.fullmatch(key)]


def address(call: Call, path: str) -> str:
    """Return the full address of a path of this API, as `links` hold it."""
    return f"http://{call.headers.get('host', 'localhost')}/prospector{path}"


def parent(call: Call, table: str, name: str) -> Row:
    """Return the row that the path names.

    Raises:
        Refusal: 404.
    """
    row = call.rows(table).get(call.captures[name])
    if row is None:
        raise Refusal(not_found())
    return row
