"""Who is measured from the vendor to the warehouse."""

from __future__ import annotations

import typing as t

from benchmarks.contestants import BIN, Contestant, Job, dlt, environment, tap, written

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.measure import Command


def _duckdb(**settings: str) -> Callable[[Job], Sequence[Command]]:
    def stages(job: Job) -> Sequence[Command]:
        config = {"path": str(job.folder / "warehouse.duckdb"), **settings}
        file = written(job.folder, "target.json", config)
        return [tap(job), [str(BIN / "target-duckdb"), "--config", file]]

    return stages


def _postgres(*, by_files: bool = False, **settings: bool) -> Callable[[Job], Sequence[Command]]:
    def stages(job: Job) -> Sequence[Command]:
        # The check finds the database through this file, and the schema by the folder's name.
        (job.folder / "address").write_text(job.database)
        config = {
            "sqlalchemy_url": job.database.replace("postgresql:", "postgresql+psycopg:", 1),
            "default_target_schema": job.folder.name,
            **settings,
        }
        file = written(job.folder, "target.json", config)
        batches = {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": job.folder.as_uri()},
        }
        reading = tap(job, batch_config=batches) if by_files else tap(job)
        return [reading, [str(environment("postgres") / "target-postgres"), "--config", file]]

    return stages


LOAD = (
    Contestant("our tap, target-duckdb", _duckdb(), "in_duckdb"),
    Contestant(
        "our tap, target-duckdb, append-only", _duckdb(load_method="append-only"), "in_duckdb"
    ),
    Contestant(
        "dlt to DuckDB",
        lambda job: dlt(job, "--load"),
        "in_duckdb",
        "dlt",
        # Each value goes through SQL text: 100,000 wide records take about ten minutes.
        most_rows={"wide": 10_000},
    ),
    Contestant(
        "dlt to DuckDB, tuned", lambda job: dlt(job, "--load", "--tuned"), "in_duckdb", "dlt"
    ),
    Contestant(
        "dlt to DuckDB, tuned, upsert",
        lambda job: dlt(job, "--load", "--tuned", "--upsert"),
        "in_duckdb",
        "dlt",
    ),
    Contestant("our tap, target-postgres", _postgres(), "in_postgres", "postgres"),
    Contestant(
        "our tap, target-postgres, unvalidated, COPY",
        _postgres(validate_records=False, use_copy=True),
        "in_postgres",
        "postgres",
    ),
    Contestant(
        "our tap, target-postgres, unvalidated, COPY, BATCH",
        _postgres(by_files=True, validate_records=False, use_copy=True),
        "in_postgres",
        "postgres",
    ),
)
"""Those that load. To compare another way of loading, add its row."""
