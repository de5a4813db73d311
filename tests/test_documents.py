"""Every command of a document is run, every example is what it says, every link leads somewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import textwrap
from itertools import pairwise

import costs
import duckdb
import pytest
import yaml
from documents import DOCUMENTS, RUN_BY, blocks, inline_commands, lines_of, tokens
from isolation import PROJECT
from markdown_it import MarkdownIt

IN_BLOCKS = {
    command
    for _, language, content in blocks()
    if language == "shell"
    for command in lines_of(content)
}
INLINE = set(inline_commands())
OF_MAKE = sorted(command for command in IN_BLOCKS | INLINE if command.startswith("make "))


def test_every_command_is_run_by_a_test_and_every_test_runs_one_that_is_there():
    whole = {command for command in IN_BLOCKS if command not in OF_MAKE}
    assert whole - RUN_BY.keys() == set(), "no test runs these"
    assert RUN_BY.keys() - whole - INLINE == set(), "no document has these any more"
    bare = [re.sub(r"^(\S+=\S+ )*|\.venv/bin/|--environment=\S+ ", "", each) for each in RUN_BY]
    for command in INLINE - RUN_BY.keys() - set(OF_MAKE):
        # It names a command without all of its words.
        assert any(f"{each} ".startswith(f"{command} ") for each in bare), command
    for test in RUN_BY.values():
        path, name = test.split("::")
        assert f"def {name}" in (PROJECT / path).read_text(), test


@pytest.mark.parametrize("command", OF_MAKE)
def test_make_knows_its_targets(command):
    arguments = [word.strip('"') for word in re.findall(r'(?:[^\s"]|"[^"]*")+', command)[1:]]
    subprocess.run(["make", "--dry-run", *arguments], cwd=PROJECT, check=True, capture_output=True)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_examples_are_of_their_language(path):
    looks = {
        "json": json.loads,
        "python": lambda content: ast.parse(textwrap.dedent(content)),
        "text": str,
        "shell": lambda content: subprocess.run(["sh", "-n"], input=content, text=True, check=True),
        "sql": duckdb.extract_statements,
        "yaml": yaml.safe_load,
    }
    for at, language, content in blocks():
        if at == path:
            looks[language](content if not content.startswith("35 ") else "")


def heading_marks(path):
    """What `#` leads to in a document, as GitHub makes it of the headings."""
    for before, token in pairwise(MarkdownIt("commonmark").parse(path.read_text())):
        if before.type == "heading_open":
            yield re.sub(r"[^\w\- ]", "", token.content.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(path):
    for token in tokens(path):
        address = token.attrGet("href") or token.attrGet("src") or ""
        if not address or "://" in address:
            continue
        file, _, mark = address.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), address
        assert not mark or mark in set(heading_marks(target)), address


def test_what_runs_cost_is_what_the_page_says_measured_and_by_formula():
    measured = costs.measured()
    for cost in measured.values():
        assert (cost.first, cost.quiet) == cost.by_formula, cost
    assert costs.PAGE.read_text() == costs.page(measured), "run `make docs`"
