"""What goes back to a client: an answer, and the two ways to leave a handler early."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=UTF-8"

HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>\n"
)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer.

    Attributes:
        content: The body as it is sent.
        status: The HTTP status.
        content_type: The value of the header Content-Type.
        headers: Further headers.
    """

    content: bytes
    status: int = 200
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer whose body is a value in JSON."""
    return Answer(msgspec.json.encode(value), status, JSON_TYPE, headers or {})


def html_answer(status: int = 200, page: bytes = HTML_PAGE) -> Answer:
    """Return an answer whose body is an HTML page, as web applications give by mistake."""
    return Answer(page, status, HTML_TYPE)


class Refusal(Exception):  # noqa: N818 - a refusal is a documented answer, not a failure here
    """Leaves a handler with the vendor's documented error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class BadParameter(Exception):  # noqa: N818 - as above: the vendor puts it in its own words
    """A parameter outside its documented form; the vendor's `invalid` words the answer.

    Attributes:
        name: The parameter.
        problem: What is wrong with it, a sentence.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem
