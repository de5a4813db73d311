"""What `source-declarative-manifest` of airbyte-cdk reads: manifest, configuration and catalog.

As it comes, one list is one partition and its pages are read one by one. At its best, the list is
cut into spans of days by a cursor, which the CDK reads with several workers at once. There is no
such switch for the pages of one list.
"""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta

from benchmarks.kinds import A_STEP, FIRST_LEAD, LAST_CONTACT, NARROW, Kind

if t.TYPE_CHECKING:
    from pathlib import Path

WORKERS = 10
"""Requests at once, for a vendor without a limit."""

SPANS = 20
"""Spans that a list is cut into: two for each worker."""


def write(folder: Path, kind: Kind, url: str, rows: int, *, is_tuned: bool) -> list[str]:
    """Write the files that a read needs; return its arguments.

    Args:
        folder: where to.
        kind: what is read.
        url: the base address.
        rows: how many records there are, from which the spans follow.
        is_tuned: whether the list is cut into spans.
    """
    manifest: dict[str, t.Any] = {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": [kind.stream]},
        "streams": [_stream(kind, url)],
        "spec": {"type": "Spec", "connection_specification": {"type": "object"}},
    }
    if is_tuned:
        manifest["concurrency_level"] = {
            "type": "ConcurrencyLevel",
            "default_concurrency": WORKERS,
            "max_concurrency": WORKERS,
        }
        _cut(manifest["streams"][0], kind, rows)
    catalog = {
        "streams": [
            {
                "stream": {
                    "name": kind.stream,
                    "json_schema": kind.schema,
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "full_refresh",
                "destination_sync_mode": "append",
            }
        ]
    }
    files = {"manifest-path": manifest, "config": {}, "catalog": catalog}
    arguments = ["read"]
    for name, content in files.items():
        file = folder / f"{name}.json"
        file.write_text(json.dumps(content))
        arguments += [f"--{name}", str(file)]
    return arguments


def _stream(kind: Kind, url: str) -> dict[str, t.Any]:
    return {
        "type": "DeclarativeStream",
        "name": kind.stream,
        "primary_key": [kind.key],
        "schema_loader": {"type": "InlineSchemaLoader", "schema": kind.schema},
        "retriever": {
            "type": "SimpleRetriever",
            "requester": {
                "type": "HttpRequester",
                "url_base": url,
                "path": kind.path,
                "http_method": "GET",
                "request_parameters": dict(kind.query),
            },
            "record_selector": {
                "type": "RecordSelector",
                "extractor": {"type": "DpathExtractor", "field_path": kind.records_at.split(".")},
            },
            "paginator": {
                "type": "DefaultPaginator",
                "page_token_option": _parameter(kind.page),
                "page_size_option": _parameter(kind.size),
                "pagination_strategy": {
                    "type": "PageIncrement",
                    "page_size": kind.page_size,
                    "start_from_page": 1,
                    "inject_on_first_request": True,
                },
            },
        },
    }


def _parameter(name: str) -> dict[str, str]:
    return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}


def _cut(stream: dict[str, t.Any], kind: Kind, rows: int) -> None:
    """Cut a list into spans, each of which is a partition with pages of its own."""
    days = -(-rows * A_STEP // timedelta(days=1))
    step = -(-days // SPANS)
    query = stream["retriever"]["requester"]["request_parameters"]
    if kind is NARROW:
        form, granularity, by = "%Y-%m-%d", "P1D", "created_at"
        first, last = LAST_CONTACT - timedelta(days=days - 1), LAST_CONTACT
        query["period"] = "between"
        query["range"] = "{{ stream_interval.start_time }}to{{ stream_interval.end_time }}"
    else:
        form, granularity, by = "%Y-%m-%dT%H:%M:%SZ", "PT1S", "date_created"
        first, last = FIRST_LEAD, FIRST_LEAD + timedelta(days=days)
        query["start_date"] = "{{ stream_interval.start_time }}"
        query["end_date"] = "{{ stream_interval.end_time }}"
    stream["incremental_sync"] = {
        "type": "DatetimeBasedCursor",
        "cursor_field": by,
        "cursor_datetime_formats": ["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"],
        "datetime_format": form,
        "start_datetime": {
            "type": "MinMaxDatetime",
            "datetime": first.strftime(form),
            "datetime_format": form,
        },
        "end_datetime": {
            "type": "MinMaxDatetime",
            "datetime": last.strftime(form),
            "datetime_format": form,
        },
        "step": f"P{step}D",
        "cursor_granularity": granularity,
    }
