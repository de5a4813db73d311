"""BATCH messages: the records of their files, as the lines of RECORD messages."""

from __future__ import annotations

import gzip
import zlib
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchFileFormat, StorageTarget

from target_duckdb.errors import TargetDuckDBError
from target_duckdb.rows import encoder

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES_AT_ONCE = 256


def record_lines(message: dict[str, Any], storage: StorageTarget | None) -> Iterator[bytes]:
    """Yield the records of a BATCH message's files as lines of RECORD messages.

    So all that applies to records (stream maps, flattening, validation, metadata) applies to those
    in files as well.

    Args:
        message: The message.
        storage: Where files are; without it, where their addresses say.

    Yields:
        Some lines at once.

    Raises:
        TargetDuckDBError: If a file cannot be read.
    """
    stream_name, version = message["stream"], message.get("version")
    encoding = BaseBatchFileEncoding.from_dict(message["encoding"])
    if encoding.format != BatchFileFormat.JSONL:
        raise TargetDuckDBError(
            f"Stream '{stream_name}': batch files of the format '{encoding.format}' cannot be "
            "loaded; set the format 'jsonl' in the tap's `batch_config`"
        )
    record: dict[str, Any] = {"type": "RECORD", "stream": stream_name, "record": {}}
    if version is not None:
        record["version"] = version
    head, _, tail = encoder.encode(record).partition(b"{}")
    for address in message["manifest"]:
        try:
            for lines in _lines(address, encoding, storage):
                yield b"".join(head + line + tail + b"\n" for line in lines)
        except (OSError, EOFError, zlib.error) as error:
            raise TargetDuckDBError(
                f"Stream '{stream_name}': the batch file {address} cannot be read: {error}"
            ) from error


def _lines(
    address: str, encoding: BaseBatchFileEncoding, storage: StorageTarget | None
) -> Iterator[list[bytes]]:
    """Yield the lines of a file, without their ends, some at once."""
    head, tail = StorageTarget.split_url(address)
    is_compressed = encoding.compression == "gzip"
    with (
        (storage or StorageTarget.from_url(head)).open(tail, mode="rb") as opened,
        gzip.open(opened) if is_compressed else nullcontext(opened) as file,
    ):
        while lines := list(islice(file, LINES_AT_ONCE)):
            yield list(filter(None, map(bytes.strip, lines)))
