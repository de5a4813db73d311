"""Credentials: shown nowhere, and sent to the host of `api_url` alone.

What is looked for is in `leaks`, and looked for after each process of any test. Here processes are
brought to say all they can.
"""

from __future__ import annotations

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import duckdb
import pytest
from leaks import assert_none_in
from pipeline import processes_of, run_tap, start_tap, wait_until
from vendors import VENDORS

DEBUG = {"LOGLEVEL": "DEBUG"}

# Few rows, and children for every parent.
ROWS = ("prospector.opens=20", "whatconverts.leads=20", "wisedata.contacts=50", "wolfeo.tags=3")


def message(said):
    """An error as one of the vendors words it, with all it was sent in it."""
    return json.dumps(dict.fromkeys(("message", "error_message", "errors"), said)).encode()


# Each is given what came in: the line of the request, its headers and its body.
ANSWERS = {
    "no JSON": lambda said: (200, f"<html><pre>{said}</pre></html>".encode()),
    "500": lambda said: (500, message(said)),
    "403": lambda said: (403, message(said)),
    # A message is shortened: here where the key stands.
    "long": lambda said: (403, message("x" * 165 + said.partition("Authorization: ")[2])),
    "401": lambda said: (401, message(said)),
    "redirect": lambda said: (302, said.encode()),
    "status line": lambda said: (0, f"HTTP/1.1 {' '.join(said.split())}\r\n\r\n".encode()),
    "headers": lambda said: (0, f"HTTP/1.1 500 No\r\nno header {said}\r\n\r\n".encode()),
    "hang": lambda _: (-1, b""),
}


class EchoingVendor:
    """A host that notes what it is sent, and answers with it.

    Attributes:
        requests: the line, headers and body of each request, as text.
        answers: names of `ANSWERS`, one a request, the last for ever.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.answers = ["403"]
        self.stopped = threading.Event()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                # What matters comes first, for messages are shortened.
                key = self.headers.get("Authorization")
                said = f"{body}\nAuthorization: {key}\n{self.headers}".strip()
                vendor.requests.append(f"{self.requestline}\n{said}")
                status, content = vendor.answer(self.path, said)
                self.close_connection = True
                if status > 0:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(content)))
                    self.send_header("Retry-After", "1")
                    self.end_headers()
                elif status < 0:
                    vendor.stopped.wait()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, said: str) -> tuple[int, bytes]:
        name = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if path.endswith("access_token") and name != "401":
            self.answers.insert(0, name)
            token = {"access_token": "sandbox-prospector-t/o+k=", "expires_in": 3600}
            return 200, json.dumps(token).encode()
        return ANSWERS[name](said)

    def close(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def echoing():
    vendor = EchoingVendor()
    yield vendor
    vendor.close()


def secret_settings(vendor):
    declared = vendor.tap_type().config_jsonschema["properties"]
    return [name for name, each in declared.items() if each.get("secret")]


def config_with_odd_keys(vendor, host):
    """Keys that are spelt differently in a URL, a form, JSON, Python and base64."""
    keys = {name: f"sandbox-{vendor.name}-{name}/+&=%\"'<\\>" for name in secret_settings(vendor)}
    return {**vendor.config(host), **keys}


@pytest.mark.parametrize("name", VENDORS)
def test_a_run_that_succeeds_and_says_all_it_can_shows_no_credential(sandbox, tmp_path, name):
    vendor = VENDORS[name]
    assert secret_settings(vendor)
    assert {*secret_settings(vendor)} == {key for key in vendor.settings if key != "start_date"}
    run = run_tap(vendor.tap, tmp_path, vendor.config(sandbox), environment=DEBUG)
    assert run.code == 0, run.errors
    assert "urllib3" in run.log
    assert not [each for each in sandbox.requests_to(name) if each["secrets_in_query"]]


@pytest.mark.parametrize("answers", [("no JSON", "status line", "500", "long", "401"), ("401",)])
@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_that_sends_credentials_back_does_not_get_them_shown(
    echoing, tmp_path, figures, name, answers
):
    vendor, echoing.answers = VENDORS[name], [*answers]
    config = config_with_odd_keys(vendor, echoing)
    run = run_tap(vendor.tap, tmp_path, config, environment=DEBUG)
    assert run.code != 0
    assert run.errors
    assert "Traceback" not in run.log
    assert "***" in run.log
    for request in echoing.requests:
        assert_none_in(request.splitlines()[0].encode(), "an address")
    assert len(echoing.requests) >= len(answers) - 1
    figures.add(
        f"credentials sent back ({', '.join(answers)})",
        vendor.tap,
        len(echoing.requests),
        0,
        "none shown, at DEBUG",
    )


@pytest.mark.parametrize("name", VENDORS)
def test_a_run_that_is_stopped_shows_no_credential(echoing, tmp_path, name):
    vendor, echoing.answers = VENDORS[name], ["headers", "hang"]
    config = config_with_odd_keys(vendor, echoing)
    started = start_tap(vendor.tap, tmp_path, config, environment=DEBUG)
    wait_until(lambda: len(echoing.requests) == 2 + (name == "prospector"), 60)
    started.process.terminate()
    run = started.finish()
    assert run.code == 143
    # What urllib3 says of headers that it cannot read, with all that it has got.
    assert "Traceback" in run.log
    assert "***" in run.log


def test_a_traceback_shows_no_credential(sandbox, tmp_path):
    """An error that nobody has foreseen quotes the key."""
    vendor = VENDORS["wolfeo"]
    broken = "import requests\nrequests.Session.send = lambda _, sent, **__: {}[str(sent.headers)]"
    (tmp_path / "sitecustomize.py").write_text(broken)
    environment = {**DEBUG, "PYTHONPATH": str(tmp_path)}
    config = vendor.config(sandbox)
    run = run_tap(vendor.tap, tmp_path, config, streams=["tags"], environment=environment)
    assert run.code == 1
    assert run.end.startswith("unexpected KeyError: ")
    assert "Traceback" in run.log
    assert "***" in run.log


def elsewhere(own, other):
    """Addresses that are not on the first host, however they look."""
    own_place, other_place = (f"127.0.0.1:{port}" for port in (own, other))
    return {
        "another port": f"http://{other_place}/x",
        "another scheme": f"https://{own_place}/x",
        "another name": f"http://localhost:{own}/x",
        "no scheme": f"//{other_place}/x",
        "name as user": f"http://{own_place}@{other_place}/x",
        "name as user and password": f"http://{own_place}:y@{other_place}/x",
        "backslash": f"http://{own_place}\\@{other_place}/x",
        "no address": "http://[x",
    }


@pytest.mark.parametrize("name", VENDORS)
def test_a_redirect_elsewhere_gets_no_request_and_is_named(
    sandbox, echoing, tmp_path, figures, name
):
    vendor = VENDORS[name]
    own = int(sandbox.url.rsplit(":", 1)[1])
    ways = [*itertools.product((301, 302, 307, 308), elsewhere(own, echoing.port).values())]
    turn = 7 * [*VENDORS].index(name)  # few streams see few of them: each tap others
    sandbox.post(
        "faults",
        [
            {"kind": "redirect", "vendor": name, "status": status, "location": location}
            for status, location in ways[turn:] + ways[:turn]
        ],
    )
    run = run_tap(vendor.tap, tmp_path, vendor.config(sandbox), environment=DEBUG)
    assert run.code == 1
    assert echoing.requests == []
    *lines, table = run.errors
    # A line for each, and no request but those that were struck.
    assert "not everything could be read" in table
    assert lines
    for line in lines:
        assert "points to" in line or "not read, because" in line, line
    struck = [entry for entry in sandbox.requests_to(name) if entry["fault"]]
    assert len(struck) == len([line for line in lines if "points to" in line])
    figures.add("redirects elsewhere", vendor.tap, len(struck), 0, "no request there, each named")


@pytest.mark.parametrize(
    ("name", "member"), [("prospector", "links"), ("prospector", "meta.next"), ("wolfeo", "next")]
)
def test_a_next_page_elsewhere_gets_no_request(sandbox, echoing, tmp_path, name, member):
    vendor, address = VENDORS[name], f"{echoing.url}/x"
    value = {"next": address, "first": address} if member == "links" else address
    fault = {"kind": "shape", "vendor": name, "member": member, "value": value, "times": None}
    sandbox.post("faults", fault)
    run_tap(vendor.tap, tmp_path, {**vendor.config(sandbox), "max_requests": 60})
    assert sandbox.requests_to(name)
    assert echoing.requests == []


def test_meltano_that_says_all_it_can_shows_no_credential(sandbox, make_meltano):
    meltano = make_meltano(sandbox, MELTANO_CLI_LOG_LEVEL="debug", **DEBUG)
    sandbox.post("faults", {"kind": "status", "times": 1})
    assert meltano.run("everything-to-warehouse") == 0, meltano.log
    assert any("urllib3" in str(entry) for entry in meltano.log)
    with duckdb.connect(str(meltano.warehouse), read_only=True) as connection:
        names = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        assert names
        for schema, table in names:
            rows = connection.execute(f'FROM "{schema}"."{table}"').fetchall()
            assert_none_in(repr(rows).encode(), f"{schema}.{table}")


def test_meltano_shows_no_credential_to_ps_and_removes_what_it_writes_for_a_tap(
    sandbox, make_meltano
):
    meltano = make_meltano(sandbox)
    sandbox.post("faults", {"kind": "hang", "vendor": "whatconverts"})
    process = meltano.start("whatconverts-to-warehouse")
    wait_until(lambda: sandbox.requests_to("whatconverts"), 60)
    assert any(meltano.settings_of_runs.glob("tap-whatconverts/*.config.json"))
    commands = processes_of(process.pid).values()
    assert len(commands) == 3
    for command in commands:
        assert_none_in(command, "the arguments of a process")
    process.terminate()
    assert meltano.finish(process) != 0
    assert not any(meltano.settings_of_runs.glob("*/*.config.json"))
