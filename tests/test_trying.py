"""What Meltano answers before the first run and after the last: docs/running.md."""

from __future__ import annotations

import json

import pytest
from in_process import run_in_process
from vendors import VENDORS


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_a_connection_is_tried_with_few_requests(make_meltano, sandbox, vendor):
    meltano = make_meltano(sandbox)
    done = meltano.command("config", "test", vendor.tap)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plugin configuration is valid" in done.stdout
    # A token, the cheapest stream, and what was asked while Meltano looked at its first row.
    assert 1 <= len(sandbox.requests_to(vendor.name)) <= 6


def test_meltano_shows_what_to_do_about_refused_credentials(make_meltano, sandbox):
    meltano = make_meltano(sandbox, TAP_WOLFEO_API_KEY="wrong")
    done = meltano.command("config", "test", "tap-wolfeo")
    assert done.returncode != 0
    assert "HTTP 401" in done.stderr + done.stdout
    assert "check `api_key`" in done.stderr + done.stdout


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_refused_credentials_end_the_run_with_advice_after_one_request(sandbox, tmp_path, vendor):
    secrets = [name for name in vendor.settings if name != "start_date"]
    wrong = {**vendor.config(sandbox), **dict.fromkeys(secrets, "wrong")}
    run = run_in_process(vendor.tap, tmp_path, wrong)
    assert run.code != 0
    assert f"check `{secrets[0]}`" in run.errors[-1]
    assert len(sandbox.requests_to(vendor.name)) == 1


def test_what_meltano_knows_after_a_run(make_meltano, sandbox):
    meltano = make_meltano(sandbox)
    assert meltano.run("wisepops-to-warehouse") == 0
    (last,) = json.loads(meltano.command("logs", "list", "--format=json").stdout)["runs"]
    name = "sandbox:tap-wisepops-to-target-duckdb"
    assert last["job_name"] == name
    state = json.loads(meltano.command("state", "get", name).stdout)
    bookmark = state["singer_state"]["bookmarks"]["contacts"]["replication_key_value"]
    assert bookmark == sandbox.get("wisepops/contacts")[-1]["collected_at"]
    assert any("this run: " in str(entry["event"]) for entry in meltano.log)
