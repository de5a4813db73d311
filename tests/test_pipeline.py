"""From the vendor to the warehouse, through the project's own Meltano."""

from __future__ import annotations

import json
import os
import signal

from describe import descriptions
from isolation import PROJECT
from pipeline import Sandbox, wait_until

WOLFEO = {
    "campaigns": "campaigns",
    "contacts": "listed_contacts",
    "custom_fields": "custom_fields",
    "funnels": "funnels",
    "orders": "orders",
    "subscriptions": "subscriptions",
    "tag_contacts": "tag_contacts",
    "tags": "tags",
    "transactions": "transactions",
}


def assert_complete(meltano, sandbox, folder, stream):
    rows = sandbox.get(f"wolfeo/{WOLFEO[stream]}")
    for row in rows:  # a number or `unlimited`: the tap makes it text
        if row.get("payments_left") is not None:
            row["payments_left"] = str(row["payments_left"])
    assert meltano.differences(f"wolfeo.{stream}", rows, folder) == []
    assert meltano.query(f'SELECT count(*) FROM wolfeo."{stream}"') == [(len(rows),)]


def test_25000_contacts_arrive_once_and_equal_field_by_field(make_meltano, tmp_path):
    with Sandbox("--unlimited", rows=["wolfeo.contacts=25000"]) as sandbox:
        meltano = make_meltano(sandbox)
        assert meltano.run("wolfeo-to-warehouse") == 0
        for stream in WOLFEO:
            assert_complete(meltano, sandbox, tmp_path, stream)
        assert meltano.metrics("tap-wolfeo", "http_request_count")["contacts"] == 250
        assert meltano.query(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'contacts' "
            "AND column_name IN ('created_at', 'gdpr', 'id') ORDER BY 1"
        ) == [("created_at", "TIMESTAMP WITH TIME ZONE"), ("gdpr", "BOOLEAN"), ("id", "BIGINT")]

        # A second run goes on from the first one's state, which Meltano keeps.
        sandbox.post("wolfeo/orders", {"created_at": "2026-01-05T00:00:00.000000Z"})
        assert meltano.run("wolfeo-to-warehouse") == 0
        assert_complete(meltano, sandbox, tmp_path, "orders")
        assert meltano.metrics("tap-wolfeo", "http_request_count")["orders"] == 1


def test_killed_at_ten_requests_and_run_again_the_warehouse_equals_the_source(
    sandbox, make_meltano, tmp_path
):
    """SIGKILL to all processes of the run, each time at another request."""
    meltano = make_meltano(sandbox)
    for killed_at in (1, 2, 5, 9, 12, 15, 22, 40, 52, 57):
        sandbox.post("faults", {"kind": "hang", "vendor": "wolfeo", "after": killed_at - 1})
        sandbox.delete("requests")
        process = meltano.start("wolfeo-to-warehouse", "--force")
        wait_until(lambda at=killed_at: len(sandbox.requests_to("wolfeo")) >= at, 60)
        os.killpg(process.pid, signal.SIGKILL)
        meltano.finish(process)
        sandbox.delete("faults")
    assert meltano.run("wolfeo-to-warehouse", "--force") == 0
    for stream in WOLFEO:
        assert_complete(meltano, sandbox, tmp_path, stream)


def test_a_failed_stream_fails_the_job_and_keeps_the_others(sandbox, make_meltano):
    meltano = make_meltano(sandbox)
    sandbox.post("faults", {"kind": "status", "status": 403, "path": "/orders", "times": None})
    assert meltano.run("wolfeo-to-warehouse") != 0
    assert meltano.query("SELECT count(*) FROM wolfeo.transactions") == [(450,)]
    assert any("not everything could be read" in str(entry["event"]) for entry in meltano.log)


def test_a_value_that_does_not_fit_keeps_the_state_back(sandbox, make_meltano):
    meltano = make_meltano(sandbox)
    maps = {"orders": {"large": "int(10 ** 30)"}}
    meltano.environment["TAP_WOLFEO_STREAM_MAPS"] = json.dumps(maps)
    assert meltano.run("wolfeo-to-warehouse") != 0
    lines = [str(entry["event"]) for entry in meltano.log]
    assert any("orders" in line and str(10**30) in line for line in lines)
    assert not any("Traceback" in line for line in lines)
    del meltano.environment["TAP_WOLFEO_STREAM_MAPS"]
    assert meltano.run("wolfeo-to-warehouse") == 0
    assert meltano.query("SELECT count(*) FROM wolfeo.orders") == [(400,)]


def test_what_readmes_and_meltano_say_is_what_the_taps_say():
    """`make docs` would change nothing."""
    for path, content in descriptions().items():
        assert (PROJECT / path).read_text() == content, f"{path}: run `make docs`"
