"""`make demo`: from the sandbox through Meltano into demo.duckdb, and what came of it."""

from __future__ import annotations

import sys
import time

from isolation import PROJECT, SHARED_PROJECT, install, isolate, make_project
from pipeline import Sandbox
from vendors import VENDORS
from warehouse import Meltano

QUESTION = """
    SELECT currency, status, count(*) AS orders, round(sum(amount), 2) AS amount
    FROM wolfeo.orders GROUP BY ALL ORDER BY ALL LIMIT 8
"""


def _print_table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    texts = [tuple(map(str, row)) for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    print(f"\n{title}\n")
    for row in texts:
        print("  " + "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)))


def main() -> int:
    """Run the pipelines and print the tables; return the exit code."""
    isolate()
    print("Starting the sandbox: five vendors on loopback, so that no account is needed.")
    with Sandbox("--unlimited", rows=["wolfeo.contacts=25000"]) as sandbox:
        print("Installing the plugins (a minute, the first time).")
        install(*(f"tap-{vendor}" for vendor in VENDORS), "target-duckdb")
        warehouse = {"TARGET_DUCKDB_PATH": str(PROJECT / "demo.duckdb")}
        meltano = Meltano(make_project(SHARED_PROJECT), sandbox.url, **warehouse)
        rows: list[tuple[object, ...]] = []
        for vendor in VENDORS:
            job = f"{vendor}-to-warehouse"
            started = time.monotonic()
            if code := meltano.run(job):
                print("\n".join(str(entry.get("event")) for entry in meltano.log))
                return code
            rows += _rows(meltano, vendor)
            print(f"meltano run {job}: {time.monotonic() - started:.0f} s")
    head = ("tap", "stream", "rows in the warehouse", "read by this run", "requests", "seconds")
    _print_table("What this run did", head, rows)
    _print_table(
        "A question to the warehouse: " + " ".join(QUESTION.split()),
        ("currency", "status", "orders", "amount"),
        meltano.query(QUESTION),
    )
    print(
        "\nThe rows are in demo.duckdb, apart from those of your own accounts.\n"
        "Run `make demo` again: incremental streams go on where this run ended.\n"
        "On your own account: copy .env.example to .env, fill in the key, and run\n"
        "  .venv/bin/meltano run wolfeo-to-warehouse"
    )
    return 0


def _rows(meltano: Meltano, vendor: str) -> list[tuple[object, ...]]:
    tap = f"tap-{vendor}"
    requests = meltano.metrics(tap, "http_request_count")
    seconds = meltano.metrics(tap, "sync_duration")
    read = meltano.metrics(tap, "record_count")
    rows = []
    for stream in sorted(seconds):
        ((count,),) = meltano.query(f'SELECT count(*) FROM "{vendor}"."{stream}"')
        spent = int(requests.get(stream, 0))
        rows.append((tap, stream, count, int(read[stream]), spent, f"{seconds[stream]:.1f}"))
    return rows


if __name__ == "__main__":
    sys.exit(main())
