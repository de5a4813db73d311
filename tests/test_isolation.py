"""Demo and tests in a checkout that somebody uses: nothing of theirs is read, sent or changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from isolation import BIN, PROJECT, SHARED_PROJECT
from test_schedules import LEFT_BEHIND
from vendors import VENDORS

CREDENTIAL = "a-real-credential-of-the-user"


class Listener(BaseHTTPRequestHandler):
    """Notes who comes, as a vendor or as a proxy."""

    def do_GET(self):
        """Refuse."""
        self.server.came.append(self.requestline)
        self.send_error(403)

    do_POST = do_CONNECT = do_GET


@pytest.fixture
def elsewhere():
    """Where the user's settings lead."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        server.came = []
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture
def variables(elsewhere):
    """What a user may have set for their own runs."""
    address = f"http://127.0.0.1:{elsewhere.server_port}"
    found = {
        f"TAP_{name}_{setting}".upper(): CREDENTIAL
        for name, vendor in VENDORS.items()
        for setting in vendor.settings
        if setting != "start_date"
    }
    return {
        **found,
        **{f"TAP_{name.upper()}_API_URL": address for name in VENDORS},
        "TAP_WOLFEO_MAX_REQUESTS": "1",
        "MELTANO_ENVIRONMENT": "prod",
        "MELTANO_PROJECT_ROOT": "/no/such/folder",
        "MELTANO_STATE_BACKEND_URI": f"{address}/state",
        "PII_SALT": CREDENTIAL,
        "SANDBOX_URL": address,
        "TARGET_DUCKDB_PATH": "warehouse.duckdb",
        "http_proxy": address,
    }


@pytest.fixture
def checkout(tmp_path_factory, variables):
    """A checkout with all that its user has put there."""
    folder = tmp_path_factory.mktemp("user") / "checkout"
    shutil.copytree(PROJECT, folder, ignore=LEFT_BEHIND, symlinks=True)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    lines = (f"{name}={value}\n" for name, value in variables.items())
    (folder / ".env").write_text("".join(lines))
    (folder / "accounts.meltano.yml").write_text("plugins: no list\n")
    (folder / "warehouse.duckdb").write_text("the user's rows")
    (folder / ".meltano").mkdir()
    (folder / ".meltano" / "meltano.db").write_text("the user's state")
    return folder


def content(folder):
    mine = [".env", "accounts.meltano.yml", "warehouse.duckdb", ".meltano"]
    paths = [path for each in mine for path in (folder / each, *(folder / each).glob("**/*"))]
    return {str(path): path.is_file() and path.read_bytes() for path in paths}


def run(folder, variables, *command):
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_demo_and_tests_neither_read_nor_change_what_is_the_users(
    make_meltano, sandbox, checkout, variables, elsewhere
):
    make_meltano(sandbox)  # which installs the plugins
    own = checkout / ".sandbox"
    (own / ".meltano").mkdir(parents=True)
    for path in (*SHARED_PROJECT.glob("*.installed"), *SHARED_PROJECT.glob(".meltano/*ers")):
        (own / path.relative_to(SHARED_PROJECT)).symlink_to(path)
    before = content(checkout)

    shown = run(checkout, variables, BIN / "python", "tests/demo.py")
    assert ["tap-wolfeo", "contacts", "25000", "25000", "250"] in [
        line.split()[:5] for line in shown.splitlines()
    ]
    assert (checkout / "demo.duckdb").exists()
    sample = ["tests/test_trying.py", "tap-wisedata/tests", "-k", "wisedata or after_a_run"]
    assert " passed" in run(checkout, variables, BIN / "pytest", "-q", *sample)

    assert content(checkout) == before
    assert elsewhere.came == []
