"""BATCH messages: records in files, the same records as in RECORD messages."""

from __future__ import annotations

import typing as t

from singer_sdk.batch import Batcher

if t.TYPE_CHECKING:
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Record
    from singer_sdk.metrics import Counter

    from tap_shared.sync import SyncedStream


class BatchCollector:
    """Collects a stream's records, and writes them into files with a BATCH message for each.

    The SDK's own loop writes records as they were before selection and stream maps, so that what
    is deselected or hashed would be in the files.

    Args:
        stream: the stream.
        batch_config: where the files go, and how many records are in each.
        counter: counts the files.
    """

    def __init__(self, stream: SyncedStream, batch_config: BatchConfig, counter: Counter) -> None:
        self._stream = stream
        self._batch_config = batch_config
        self._counter = counter
        # By the name that stream maps give; one record may become several.
        self._records: dict[str, list[dict[str, t.Any]]] = {}

    def add(self, record: Record) -> None:
        """Add a record; write files and a STATE message when enough have come."""
        for name, mapped in self._stream.mapped(record):
            self._records.setdefault(name, []).append(mapped)
        longest = max(map(len, self._records.values()), default=0)
        if longest >= self._batch_config.batch_size:
            self.flush()

    def flush(self) -> None:
        """Write what has been collected, and a STATE message."""
        for name, records in self._records.items():
            batcher = Batcher(self._stream.tap_name, name, self._batch_config)
            for manifest in batcher.get_batches(iter(records)):
                self._counter.increment()
                self._stream.write_batch(name, self._batch_config.encoding, manifest)
        self._records.clear()
        self._stream.write_state()
