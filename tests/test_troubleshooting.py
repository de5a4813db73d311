"""docs/troubleshooting.md quotes the messages that the code has, and all of them."""

from __future__ import annotations

import ast
import re

import pytest
from isolation import PROJECT

PAGE = (PROJECT / "docs" / "troubleshooting.md").read_text()
SOURCES = [
    path
    for pattern in ("shared/tap_shared", "tap-*/tap_*", "target-duckdb/target_duckdb")
    for path in sorted(PROJECT.glob(f"{pattern}/*.py"))
]
GAP = "…"
SHORTEST = 5
"""Characters of a message that tell something."""

TELLING = re.compile(r"\w*Error|InvalidInputLine|unfit|warning")
"""What is called with a message for the user."""

UNSEEN = {
    # Of a value: it is set apart, and its property reported.
    "no room for a value of the type …",
    "in UTC outside the years 1 to 9999",
    # What stands behind it is quoted.
    "Stream '…': …",
    "Config validation failed",
}


def parts(message):
    """The parts of a message that do not differ."""
    return [part for part in message.split(GAP) if len(part) >= SHORTEST]


def text(node):
    """A string of the source, with `…` for what is filled in; nothing for any other node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"%(s|d|\.0f)", GAP, node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text(each) or GAP for each in node.values)
    return ""


def quoted():
    """The messages of the page's tables."""
    tables = PAGE.split("\n## Around a run")[0]
    cells = re.findall(r"^\| (`.*?) \| ", tables, re.MULTILINE)
    spans = (re.findall(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", cell) for cell in cells)
    return [span.strip() for found in spans for _, span in found]


def every_text():
    for path in SOURCES:
        yield from filter(None, map(text, ast.walk(ast.parse(path.read_text()))))


def told():
    """The messages that the source raises, logs as a warning or yields, with their places."""
    for path in SOURCES:
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            nodes = list(ast.walk(function))
            assigned = {
                node.targets[0].id: text(node.value)
                for node in nodes
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
            for node in nodes:
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
                    arguments = node.args if TELLING.fullmatch(name) else []
                else:
                    arguments = [node.value] if isinstance(node, ast.Yield) else []
                for argument in arguments:
                    by_name = isinstance(argument, ast.Name) and assigned.get(argument.id)
                    message = text(argument) or by_name or ""
                    if " " in message and parts(message) and message not in UNSEEN:
                        yield f"{path.name}:{node.lineno}", message


TEXTS = sorted(set(every_text()))
QUOTED = quoted()


def is_found(part):
    """Whether a text has this part, or one text goes on in it where another one begins."""
    if any(part in each for each in TEXTS):
        return True
    return any(
        any(f"{part[:at]}{GAP}" in each for each in TEXTS)
        and any(each.startswith(part[at:]) for each in TEXTS)
        for at in range(SHORTEST, len(part) - SHORTEST + 1)
    )


@pytest.mark.parametrize("message", QUOTED)
def test_every_message_of_the_page_is_one_of_the_code(message):
    assert parts(message)
    assert [part for part in parts(message) if not is_found(part)] == []


@pytest.mark.parametrize(("place", "message"), sorted(told()))
def test_every_message_of_the_code_is_on_the_page(place, message):
    assert any(parts(each) and all(part in message for part in parts(each)) for each in QUOTED)
