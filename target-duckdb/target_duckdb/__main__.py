"""Lets `python -m target_duckdb` run the target."""

from __future__ import annotations

from target_duckdb.target import TargetDuckDB

TargetDuckDB.cli()
