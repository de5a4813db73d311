from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import requests

TABLES = ("contacts", "orders", "transactions", "subscriptions", "campaigns", "tags", "funnels")


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tap_sandbox", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_same_seed_gives_the_same_rows_in_another_process(sandbox, start):
    with start("--seed", "1") as (same, _), start("--seed", "2") as (other, _):
        for table in TABLES:
            rows = sandbox.control("GET", f"/wolfeo/{table}")
            assert same.control("GET", f"/wolfeo/{table}") == rows
        assert other.control("GET", "/wolfeo/contacts") != sandbox.control(
            "GET", "/wolfeo/contacts"
        )


def test_one_table_can_have_another_size(start):
    with start("--rows", "wolfeo.contacts=0", "--rows", "orders=3", "--scale", "tiny") as (
        client,
        _,
    ):
        tables = client.control("GET", "/health")["vendors"]["wolfeo"]["tables"]
        assert (tables["contacts"], tables["orders"], tables["transactions"]) == (0, 3, 22)
        body = client.wolfeo("/contacts").json()
        assert (body["data"], body["meta"]["last_page"]) == ([], 1)
        assert len(client.wolfeo("/orders").json()["data"]) == 3


def test_scale_changes_data_but_not_settings(start):
    with start("--scale", "large") as (client, _):
        tables = client.control("GET", "/health")["vendors"]["wolfeo"]["tables"]
        assert (tables["contacts"], tables["tags"]) == (120_000, 12)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_it_cleanly_even_while_a_request_hangs(start, number):
    with start() as (client, process):
        client.control("POST", "/faults", {"kind": "hang"})
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(f"{client.address}/wolfeo/v1/tags", timeout=0.2)
        process.send_signal(number)
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "example.com", ""])
def test_only_loopback_is_served(host):
    done = command("--port", "0", "--host", host)
    assert done.returncode == 2
    assert "not a loopback address" in done.stderr


@pytest.mark.parametrize("wish", ["wolfeo.people=3", "contacts", "contacts=many", "nobody.tags=1"])
def test_a_misspelt_table_is_refused(wish):
    done = command("--port", "0", "--rows", wish)
    assert done.returncode == 2
    assert "VENDOR.TABLE=N" in done.stderr


def test_a_port_in_use_is_refused_in_one_line(sandbox):
    port = sandbox.address.rpartition(":")[2]
    done = command("--port", port)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_other_loopback_addresses_work(start):
    with start("--host", "localhost") as (client, _):
        assert client.address.startswith("http://127.0.0.1:")
        assert client.control("GET", "/health")["status"] == "ok"
