"""dlt's rest_api source: extraction alone, or a whole run into DuckDB.

As it comes, nothing is set but what the API needs. At its best, with what dlt's page on
performance names: no nested tables, no compression of what lies between its stages, larger
buffers, files of a size that lets the normalizer use all cores, and Parquet for the load.
"""

from __future__ import annotations

import argparse
import os
import typing as t
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source

from benchmarks.kinds import KINDS, Kind

SWITCHES = {
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
    "DATA_WRITER__FILE_MAX_ITEMS": "100000",
    "NORMALIZE__WORKERS": str(os.cpu_count()),
}


def source(kind: Kind, url: str, *, is_tuned: bool, is_upsert: bool) -> t.Any:
    """Return the source that reads a kind's stream."""
    resource: dict[str, t.Any] = {
        "name": kind.stream,
        "endpoint": {
            "path": kind.path.removeprefix("/"),
            "params": kind.parameters,
            "data_selector": kind.records_at,
            "paginator": {
                "type": "page_number",
                "base_page": 1,
                "page_param": kind.page,
                "total_path": kind.pages_at,
            },
        },
    }
    if is_upsert:
        resource |= {"primary_key": kind.key, "write_disposition": "merge"}
    return rest_api_source(
        {"client": {"base_url": url}, "resources": [resource]},
        name=kind.name,
        max_table_nesting=0 if is_tuned else None,
    )


def main() -> None:
    """Extract into the folder, or load into its `warehouse.duckdb`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--upsert", action="store_true")
    arguments = parser.parse_args()
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false"}
    if arguments.tuned:
        os.environ |= SWITCHES
    kind = KINDS[arguments.kind]
    pipeline = dlt.pipeline(
        pipeline_name=kind.name,
        pipelines_dir=str(arguments.folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(arguments.folder / "warehouse.duckdb")),
        dataset_name="main",
    )
    read = source(kind, arguments.url, is_tuned=arguments.tuned, is_upsert=arguments.upsert)
    if arguments.load:
        pipeline.run(read, loader_file_format="parquet" if arguments.tuned else None)
    else:
        pipeline.extract(read)


if __name__ == "__main__":
    main()
