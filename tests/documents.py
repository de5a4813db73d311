"""The documents of the pack, the commands in them, and which test runs each."""

from __future__ import annotations

import re
import typing as t

from isolation import PROJECT
from markdown_it import MarkdownIt

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "*/README.md", "docs/*.md", ".github/*.md")
    for path in PROJECT.glob(pattern)
)
COMMANDS = "tests/test_commands.py"
PROJECT_COPY = f"{COMMANDS}::test_the_commands_of_an_account_in_their_order"
NEW_STREAM = f"{COMMANDS}::test_the_pieces_of_a_new_stream_make_one"
SANDBOX = f"{COMMANDS}::test_the_commands_of_the_sandbox"
MELTANO = ".venv/bin/meltano"

# Each command, and the test that runs it; those of make are in a test of their own.
RUN_BY = {
    "cp .env.example .env": PROJECT_COPY,
    f"{MELTANO} config test tap-wolfeo": PROJECT_COPY,
    f"{MELTANO} run wolfeo-to-warehouse": PROJECT_COPY,
    f"TAP_WISEPOPS_API_KEY=… TAP_WISEPOPS__LOAD_SCHEMA=wisepops_shop {MELTANO} run "
    "--state-id-suffix=shop wisepops-to-warehouse": PROJECT_COPY,
    "meltano logs list": PROJECT_COPY,
    "meltano logs show <log id>": PROJECT_COPY,
    "meltano state list": PROJECT_COPY,
    "meltano state get --format pretty prod:tap-wolfeo-to-target-duckdb": PROJECT_COPY,
    "meltano schedule list": PROJECT_COPY,
    "meltano schedule run <name>": (
        "tests/test_schedules.py::test_a_weekly_schedule_reads_everything_again"
    ),
    "35 */2 * * * cd /srv/singer-tap-pack && flock -n .meltano/wisepops.lock "
    f"{MELTANO} schedule run wisepops": (
        "tests/test_schedules.py::test_the_cron_line_runs_a_schedule_unless_it_is_under_way"
    ),
    "printf '%s\\n' wisepops-shop wisepops-blog wisepops-docs whatconverts-north "
    f"whatconverts-south | xargs -n 1 {MELTANO} run": (
        "tests/test_accounts.py::test_accounts_share_nothing_and_one_that_fails_stops_no_other"
    ),
    f"PII_SALT='a long secret text' {MELTANO} run tap-wolfeo--hashed target-duckdb": (
        "tests/test_persons.py::test_no_person_is_in_the_warehouse_and_every_row_is"
    ),
    f"{MELTANO} run tap-wolfeo target-postgres": "tests/test_warehouses.py::test_postgres",
    'TAP_WOLFEO_BATCH_CONFIG=\'{"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": '
    '{"root": "file:///var/tmp"}}\'': f"{COMMANDS}::test_the_setting_for_files_instead_of_lines",
    "tap-wolfeo --about": f"{COMMANDS}::test_what_packages_say_of_themselves",
    "target-duckdb --about": f"{COMMANDS}::test_what_packages_say_of_themselves",
    "tap-something | target-duckdb --config config.json": (
        f"{COMMANDS}::test_a_loader_that_appends_keeps_repeats_and_the_query_takes_the_last"
    ),
    "pip install ./sandbox": SANDBOX,
    "tap-sandbox --port 8765": SANDBOX,
    'curl -H "Authorization: Bearer sandbox-wolfeo-key" '
    '"http://127.0.0.1:8765/wolfeo/v1/contacts?per_page=2"': SANDBOX,
    ".venv/bin/pytest tap-wolfeo/tests -k coupons": NEW_STREAM,
    ".venv/bin/tap-sandbox --port 8765 &": NEW_STREAM,
    "sleep 2": NEW_STREAM,
    "TAP_WOLFEO_API_KEY=sandbox-wolfeo-key TAP_WOLFEO_API_URL=http://127.0.0.1:8765/wolfeo/v1 "
    '.venv/bin/tap-wolfeo --config=ENV | grep \'"stream":"coupons"\'': NEW_STREAM,
    "kill $!": NEW_STREAM,
    "pre-commit install": "tests/test_habits.py::test_each_hook_is_a_check_that_passes",
    "for peer in *.in; do uv pip compile --universal --python-version 3.11 --upgrade "
    "--generate-hashes --no-emit-index-url --no-header --no-annotate $peer -o ${peer%.in}.txt; "
    "done": f"{COMMANDS}::test_every_list_of_a_peer_is_compiled",
    ".venvs/report/bin/python -m benchmarks.report": f"{COMMANDS}::test_the_figures_are_a_module",
    # All that `make test` runs.
    ".venv/bin/pytest shared/tests": "shared/tests/test_cursors.py::",
}
PROGRAM = re.compile(r"(make|meltano|\S*/bin/\S+|tap-\w+|target-\w+|pre-commit|uv|pip|git|curl) \S")


def tokens(path: Path) -> Iterator[Token]:
    """Yield the tokens of a document, those inside of others too."""
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text()):
        yield token
        yield from token.children or ()


def lines_of(script: str) -> list[str]:
    """Return the commands of a block, each on one line and without its comment."""
    joined = re.sub(r"\\\n\s*|(?<=\|)\n\s*", " ", script)
    commands = (re.sub(r"(^|\s+)#.*", "", line) for line in joined.splitlines())
    return [" ".join(command.split()) for command in commands if command]


def blocks() -> Iterator[tuple[Path, str, str]]:
    """Yield document, language and content of each block: indented ones are of the shell."""
    for path in DOCUMENTS:
        for token in tokens(path):
            if token.type in {"code_block", "fence"}:
                language = token.info.strip() if token.type == "fence" else "shell"
                yield path, language, token.content


EMPTY_PROJECT = "test_an_empty_meltano_project_takes_the_plugins_as_the_readmes_say"
INSTALLING = "test_dependencies_come_from_the_index_and_the_pack_from_its_folder"
RUN_BY |= {
    command: f"tests/test_packages.py::{INSTALLING}"
    for path, _, content in blocks()
    for command in lines_of(content)
    if path.name == "installing.md"
}
RUN_BY |= {
    command: f"tests/test_packages.py::{EMPTY_PROJECT}"
    for path, _, content in blocks()
    for command in lines_of(content)
    if path.name == "README.md" and command.startswith(("meltano add ", "meltano config set tap-"))
}


def inline_commands() -> Iterator[str]:
    """Yield the commands that stand in a line."""
    for path in DOCUMENTS:
        for token in tokens(path):
            code = " ".join(token.content.split())
            if token.type == "code_inline" and PROGRAM.match(code):
                yield code


def documented(*beginning: str) -> list[str]:
    """Return the commands of the documents that begin so, one each."""
    return [next(each for each in RUN_BY if each.startswith(start)) for start in beginning]
