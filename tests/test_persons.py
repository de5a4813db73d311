"""The extractors that keep no person: nothing clear arrives, and all else is as without them."""

from __future__ import annotations

import re

from vendors import VENDORS

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
NUMBER = re.compile(r"\+\d{8,}")
OWN_NUMBERS = {"tracking_number", "destination_number", "swap_number"}
"""Telephone numbers of the business itself."""


def test_no_person_is_in_the_warehouse_and_every_row_is(make_meltano, sandbox):
    taps = [f"tap-{vendor}--hashed" for vendor in VENDORS]
    settings = {
        f"TAP_{vendor.upper()}__HASHED_REQUESTS_PER_MINUTE": "1000000" for vendor in VENDORS
    }
    meltano = make_meltano(sandbox, PII_SALT="a long secret text", **settings)
    assert meltano.run(*[block for tap in taps for block in (tap, "target-duckdb")]) == 0
    for vendor in VENDORS.values():
        for stream in vendor.streams:
            table = f'"{vendor.name}"."{stream}"'
            columns = meltano.query(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?",
                vendor.name,
                stream,
            )
            clear = ", ".join(f'"{name}"' for (name,) in columns if name not in OWN_NUMBERS)
            texts = meltano.query(
                f"SELECT CAST(to_json(t) AS VARCHAR) FROM (FROM {table} SELECT {clear}) t"
            )
            assert not any(ADDRESS.search(text) or NUMBER.search(text) for (text,) in texts), table
            assert len(texts) == len(vendor.expected(sandbox, stream)), table

    # Equal addresses have equal hashes: tables can still be joined.
    joined = "SELECT count(*) FROM wolfeo.orders JOIN wolfeo.contacts USING (email)"
    emails = {row["email"].lower() for row in sandbox.get("wolfeo/contacts") if row["email"]}
    bought = [row["email"] for row in sandbox.get("wolfeo/orders")]
    ((found,),) = meltano.query(joined)
    assert found == sum(bool(email) and email.lower() in emails for email in bought)
    ((hashed,),) = meltano.query("SELECT count(email_hash) FROM wisepops.contacts")
    assert hashed == sum("email" in row["fields"] for row in sandbox.get("wisepops/contacts"))

    # A second run goes on from the first one's state.
    sandbox.post("wolfeo/orders", {"email": "late@example.com"})
    assert meltano.run(taps[-1], "target-duckdb") == 0
    assert meltano.metrics(taps[-1], "http_request_count")["orders"] == 1
    ((count,),) = meltano.query("SELECT count(*) FROM wolfeo.orders")
    assert count == len(sandbox.get("wolfeo/orders"))
