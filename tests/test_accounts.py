"""Many accounts of one vendor: each with its state, schema, column and quota, and its own end."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import ExitStack

import pytest
from isolation import PROJECT
from leaks import assert_none_in
from pipeline import Sandbox

WISEPOPS = ("shop", "blog", "docs")
WHATCONVERTS = ("north", "south")


@pytest.fixture(scope="module")
def sites():
    """A sandbox a site, each with other rows."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Sandbox("--unlimited", "--seed", str(number)))
            for number, name in enumerate(WISEPOPS, 1)
        }


def test_accounts_share_nothing_and_one_that_fails_stops_no_other(make_meltano, sites):
    profiles = dict(zip(WHATCONVERTS, sites.values(), strict=False))
    addresses = {
        **{
            f"TAP_WISEPOPS__{n.upper()}_API_URL": f"{s.url}/wisepops/api2" for n, s in sites.items()
        },
        **{
            f"TAP_WHATCONVERTS__{name.upper()}_API_URL": f"{site.url}/whatconverts/api/v1"
            for name, site in profiles.items()
        },
    }
    meltano = make_meltano(sites["shop"], TAP_WISEPOPS__BLOG_API_KEY="refused", **addresses)
    shutil.copy(PROJECT / "examples" / "accounts.meltano.yml", meltano.project)
    text = (PROJECT / "docs" / "accounts.md").read_text()
    (command,) = re.findall(r"^    (printf .*\n.*)$", text, re.MULTILINE)

    def tenants(name):
        return meltano.query(
            f"SELECT tenant, count(*) FROM wisepops_{name}.contacts GROUP BY tenant"
        )

    done = subprocess.run(
        ["sh", "-c", command],
        cwd=meltano.project,
        env=meltano.environment,
        capture_output=True,
        check=False,
    )
    assert_none_in(done.stdout + done.stderr, "the run")
    assert done.returncode == 123, done.stderr[-2000:]  # of xargs: a command failed
    assert b"check `api_key`" in done.stdout + done.stderr
    rows = {name: len(site.get("wisepops/contacts")) for name, site in sites.items()}
    assert tenants("shop") == [("shop", rows["shop"])]
    assert tenants("docs") == [("docs", 1000)]  # as far as 2 requests go
    for name, site in profiles.items():
        found = meltano.query(f"SELECT lead_id FROM whatconverts_{name}.leads ORDER BY 1")
        held = sorted(row["lead_id"] for row in site.get("whatconverts/profile_leads"))
        assert [lead for (lead,) in found] == held
    states = meltano.command("state", "list").stdout.split()
    assert set(states) == {
        *(f"sandbox:tap-wisepops--{name}-to-target-duckdb" for name in ("shop", "docs")),
        *(f"sandbox:tap-whatconverts--{name}-to-target-duckdb" for name in WHATCONVERTS),
    }

    # The next run mends the one, and goes on where the other's requests ended.
    meltano.environment["TAP_WISEPOPS__BLOG_API_KEY"] = "sandbox-wisepops-key"
    for site in sites.values():
        site.delete("requests")
    assert meltano.run("wisepops-blog") == 0
    assert meltano.run("wisepops-docs") == 0
    assert tenants("blog") == [("blog", rows["blog"])]
    assert tenants("docs") > [("docs", 1000)]
    assert len(sites["docs"].requests_to("wisepops")) == 2
