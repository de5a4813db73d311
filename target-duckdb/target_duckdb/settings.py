"""The settings, and the refusal of misspelt ones."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Iterable

SETTINGS = th.PropertiesList(
    th.Property(
        "path",
        th.StringType(min_length=1),
        default="warehouse.duckdb",
        nullable=False,
        title="Database file",
        description="Path of the DuckDB file. It is created if missing; its folder is not.",
    ),
    th.Property(
        "default_target_schema",
        th.StringType(min_length=1),
        default="main",
        nullable=False,
        title="Database schema",
        description="Schema in which each stream gets its table. It is created if missing.",
    ),
    th.Property(
        "load_method",
        th.StringType,
        default="upsert",
        allowed_values=["append-only", "upsert", "overwrite"],
        nullable=False,
        title="Load method",
        description=(
            "`upsert`: a record replaces the row with the same key. `append-only`: every "
            "record becomes a row. `overwrite`: like `upsert`, but the run's first batch of a "
            "stream first empties its table. Streams without a key are always appended."
        ),
    ),
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=100_000,
        nullable=False,
        title="Batch size",
        description=(
            "Records of one stream that are loaded in one transaction, at most; fewer where they "
            "take 64 MiB."
        ),
    ),
    th.Property(
        "hard_delete",
        th.BooleanType,
        default=False,
        nullable=False,
        title="Hard delete",
        description=(
            "On ACTIVATE_VERSION, delete the rows of older versions, instead of setting "
            "their `_sdc_deleted_at`."
        ),
    ),
).to_dict()


def unknown_settings(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """Find settings that do not exist, so that a misspelt one is not ignored.

    Args:
        given: Names of the settings that the user gave.
        known: Names of all settings.

    Returns:
        A message for each unknown one, with the nearest right name.
    """
    names = sorted(known)
    return [_unknown(name, names) for name in given if name not in names]


def _unknown(name: str, names: list[str]) -> str:
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are {', '.join(names)}"
    return f"There is no setting '{name}'; {hint}"
