"""The commands of the documents, as they stand there, with the sandbox for the vendors."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from collections import Counter

import duckdb
import pytest
from documents import MELTANO, RUN_BY, blocks, documented
from isolation import BIN, PROJECT
from leaks import assert_none_in
from pipeline import Sandbox, finished, tap_command
from test_schedules import LEFT_BEHIND
from vendors import VENDORS


def sh(script, folder, **environment):
    """Run a script through a pipe, for its arguments would show what is in it."""
    path = f"{folder / '.venv' / 'bin'}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu"],
        input=script,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert_none_in((done.stdout + done.stderr).encode(), "what it printed")
    return done.stdout


def test_the_commands_of_an_account_in_their_order(make_meltano, sandbox, tmp_path):
    """On the environment `prod`, whose addresses are the sandbox's."""
    folder = make_meltano(sandbox).project
    shutil.copy(PROJECT / ".env.example", folder)

    def run(command):
        return sh(command, folder, TMPDIR=str(tmp_path))

    run(documented("cp ")[0])
    text = (folder / ".env").read_text()
    filled = text.replace("TAP_WOLFEO_API_KEY=", "TAP_WOLFEO_API_KEY=sandbox-wolfeo-key")
    addresses = {
        f"TAP_{name.upper()}_API_URL": vendor.config(sandbox)["api_url"]
        for name, vendor in VENDORS.items()
    }
    (folder / ".env").write_text(
        filled
        + "".join(f"\n{name}={address}" for name, address in addresses.items())
        + "\nTAP_WOLFEO_REQUESTS_PER_MINUTE=1000000\nTAP_WISEPOPS_REQUESTS_PER_MINUTE=1000000\n"
    )
    tried, read, of_a_site = documented(f"{MELTANO} config", f"{MELTANO} run w", "TAP_WISEPOPS_API")
    assert "Plugin configuration is valid" in run(tried)
    run(read)
    run(of_a_site.replace("…", "sandbox-wisepops-key"))

    runs = json.loads(run(f"{documented('meltano logs list')[0]} --format json"))["runs"]
    states = run(documented("meltano state list")[0]).split()
    names = ["tap-wisepops-to-target-duckdb:shop", "tap-wolfeo-to-target-duckdb"]
    assert sorted(states) == sorted(each["job_name"] for each in runs)
    assert sorted(states) == [f"prod:{name}" for name in names]
    (of_wolfeo,) = [each for each in runs if each["job_name"] == f"prod:{names[1]}"]
    show = documented("meltano logs show")[0].replace("<log id>", of_wolfeo["log_id"])
    assert "this run: " in run(show)
    assert '"replication_key_value"' in run(documented("meltano state get")[0])
    assert "wisepops" in run(documented("meltano schedule list")[0])

    (own,) = [content for path, _, content in blocks() if "tap-wolfeo--new" in content]
    (folder / "accounts.meltano.yml").write_text(own)
    catalog = json.loads(run("meltano invoke --dump=catalog tap-wolfeo--new"))
    methods = {
        entry["tap_stream_id"]: each["metadata"].get("replication-method")
        for entry in catalog["streams"]
        for each in entry["metadata"]
        if not each["breadcrumb"]
    }
    assert methods["contacts"] == "INCREMENTAL"
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as warehouse:
        counts = [
            warehouse.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
            for table in ("wolfeo.orders", "wisepops_shop.contacts")
        ]
    assert counts == [
        len(sandbox.get(f"{each}")) for each in ("wolfeo/orders", "wisepops/contacts")
    ]


def test_the_setting_for_files_instead_of_lines(config, tmp_path):
    setting = documented("TAP_WOLFEO_BATCH")[0].replace("/var/tmp", str(tmp_path))
    command = tap_command("tap-wolfeo", tmp_path, config, streams=["tags"])
    printed = sh(f"export {setting}\n{' '.join(map(str, command))} --config=ENV", tmp_path)
    assert '"BATCH"' in printed


@pytest.mark.parametrize("command", [each for each in RUN_BY if each.endswith("--about")])
def test_what_packages_say_of_themselves(tmp_path, command):
    assert command.split()[0] in sh(command, tmp_path)


def test_a_loader_that_appends_keeps_repeats_and_the_query_takes_the_last(config, tmp_path):
    sent = finished(tap_command("tap-wolfeo", tmp_path, config, streams=["orders"])).stdout
    (tmp_path / "messages").write_bytes(sent)
    something = tmp_path / "tap-something"
    something.write_text(f"#!/bin/sh\ncat {tmp_path / 'messages'}\n")
    something.chmod(0o755)
    settings = {
        "path": "warehouse.duckdb",
        "default_target_schema": "wolfeo",
        "load_method": "append-only",
        "add_record_metadata": True,
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))
    (query,) = [content for _, language, content in blocks() if language == "sql"]
    for _ in range(2):
        sh(f"PATH={tmp_path}:$PATH\n{documented('tap-something')[0]}", tmp_path)
    messages = [json.loads(line) for line in sent.splitlines()]
    orders = sum(message["type"] == "RECORD" for message in messages)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("SELECT id, _sdc_sequence FROM wolfeo.orders").fetchall()
        found = warehouse.execute(query)
        names = [each[0] for each in found.description]
        newest = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        last = warehouse.execute("SELECT max(_sdc_extracted_at) FROM wolfeo.orders").fetchall()
    assert len(rows) == 2 * orders
    assert {row["id"]: row["_sdc_sequence"] for row in newest} == {
        number: max(sequence for each, sequence in rows if each == number) for number, _ in rows
    }
    assert last[0][0] is not None


def test_the_commands_of_the_sandbox(tmp_path):
    install, serve, ask = documented("pip install", "tap-sandbox", "curl")
    folder = tmp_path / "checkout"
    shutil.copytree(PROJECT / "sandbox", folder / "sandbox", ignore=LEFT_BEHIND)
    # What it needs is there: it alone is built, and put into a folder of its own. To pip, "no" in
    # this variable means without isolation.
    settings = {"PIP_TARGET": str(folder / "target"), "PIP_NO_DEPS": "1", "PIP_QUIET": "1"}
    sh(install, folder, PIP_NO_BUILD_ISOLATION="no", **settings)
    assert list((folder / "target").glob("singer_tap_pack_sandbox-*"))

    with Sandbox(*serve.split()[3:], "--unlimited") as sandbox:
        rows = json.loads(sh(ask.replace("http://127.0.0.1:8765", sandbox.url), tmp_path))
        assert len(rows["data"]) == 2
        examples = [
            content
            for path, language, content in blocks()
            if path.parent.name == "sandbox" and language == "json"
        ]
        for route, example in zip(("faults", "plans"), examples, strict=True):
            sandbox.post(route, json.loads(example))
    (program,) = [
        content
        for path, language, content in blocks()
        if path.parent.name == "sandbox" and "import subprocess" in content
    ]
    checked = f"{program}assert expected and spent == 0 and process.wait(10) == 0\n"
    sh(f"python - <<'END'\n{checked}END", tmp_path)


def test_every_list_of_a_peer_is_compiled(tmp_path):
    """By something in the place of uv, for uv would ask the registry."""
    lists = PROJECT / "benchmarks" / "requirements"
    for path in lists.glob("*.in"):
        shutil.copy(path, tmp_path)
    (tmp_path / "uv").write_text('#!/bin/sh\necho "$@" >> called\nuv_real "$@" --help > help\n')
    (tmp_path / "uv_real").symlink_to(shutil.which("uv", path=f"{BIN}:{os.environ['PATH']}"))
    (tmp_path / "uv").chmod(0o755)
    sh(f"PATH={tmp_path}:$PATH\n{documented('for peer')[0]}", tmp_path)
    called = {line.split()[-1] for line in (tmp_path / "called").read_text().splitlines()}
    assert called == {path.name for path in lists.glob("*.txt")} >= {"report.txt"}


def test_the_figures_are_a_module():
    """It needs what `make bench` installs, so that it is not run here."""
    tree = ast.parse((PROJECT / "benchmarks" / "report.py").read_text())
    assert any(isinstance(each, ast.If) and "__main__" in ast.unparse(each) for each in tree.body)


PIECE = re.compile(
    r"^Into `(?P<file>.+?)`, (?:which is new|(?P<where>before|after) `(?P<name>\w+)`"
    r"(?:, in `(?P<inner>\w+)`)?):\n\n```\w+\n(?P<piece>.*?)```",
    re.MULTILINE | re.DOTALL,
)


def put(folder, file, where, name, inner, piece):
    path = folder / file
    if where is None:
        path.write_text(piece)
        return
    lines = path.read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if re.match(rf"{name}\b", line))
    if inner:
        at = next(n for n in range(at, len(lines)) if lines[n].strip().startswith(f"{inner}="))
    lines[at:at] = [f"{piece}\n\n"] if where == "before" else [lines.pop(at), piece]
    path.write_text("".join(lines))


def test_the_pieces_of_a_new_stream_make_one(tmp_path):
    text = (PROJECT / "docs" / "adding-a-stream.md").read_text()
    folder = tmp_path / "checkout"
    shutil.copytree(PROJECT, folder, ignore=LEFT_BEHIND, symlinks=True)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    pieces = [each.groupdict() for each in PIECE.finditer(text)]
    assert len(pieces) == text.count("\nInto `")
    for each in pieces:
        put(folder, *(each[name] for name in ("file", "where", "name", "inner", "piece")))
    # The copy is found before what .venv has installed.
    found_first = {"PYTHONPATH": f"{folder / 'tap-wolfeo'}{os.pathsep}{folder / 'sandbox'}"}
    tests, *by_hand = documented(
        ".venv/bin/pytest tap-wolfeo",
        ".venv/bin/tap-sandbox",
        "sleep",
        "TAP_WOLFEO_API_KEY",
        "kill",
    )
    assert re.search(r"\b1 passed", sh(tests, folder, **found_first))
    with Sandbox("--unlimited") as sandbox:
        port = sandbox.url.rsplit(":", 1)[1]
    script = "\n".join(by_hand).replace("8765", port)
    lines = sh(script, folder, **found_first).splitlines()
    records = [json.loads(line) for line in lines if "RECORD" in line]
    assert Counter(each["stream"] for each in records) == {"coupons": 250}
    assert set(records[0]["record"]) == {"id", "code", "amount"}
    done = subprocess.run([BIN / "ruff", "check", "tap-wolfeo", "sandbox"], cwd=folder, check=False)
    assert done.returncode == 0
