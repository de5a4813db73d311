"""Replication: how a stream's method is chosen, and what the SDK must not do about it."""

from __future__ import annotations

import typing as t

from singer_sdk import Stream
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_shared.errors import SettingsError

if t.TYPE_CHECKING:
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog


class ReplicatedStream(Stream):
    """A stream that is replicated as it declares, or as the catalog asks for.

    Attributes:
        default_replication_method: `FULL_TABLE` for a stream that has a replication key and yet
            is read in full unless the catalog's metadata says `replication-method: INCREMENTAL`.
    """

    default_replication_method: t.ClassVar[str | None] = None

    @property
    @override
    def replication_method(self) -> str:
        return (
            self.forced_replication_method
            or self.default_replication_method
            or (REPLICATION_INCREMENTAL if self.replication_key else REPLICATION_FULL_TABLE)
        )

    @property
    def is_incremental(self) -> bool:
        """Whether the stream goes by its replication key."""
        return self.replication_method == REPLICATION_INCREMENTAL

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # The SDK would write the message before the first record, and whether or not the rest
        # comes. It is written after a complete read instead.
        return False

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        # A bookmark is a value of a record, never the clock's.
        return None

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        own_key, own_keys = self.replication_key, list(self.primary_keys)
        super().apply_catalog(catalog)
        self.primary_keys, self.replication_key = own_keys, own_key
        entry = catalog.get_stream(self.name)
        if entry is None or not self.selected:
            return
        root = entry.metadata.root
        for keys in (entry.key_properties, root.table_key_properties):
            if keys and set(keys) != set(own_keys):
                raise SettingsError(
                    f"catalog: stream {self.name} can't have the key {', '.join(keys)}; its key is "
                    f"{', '.join(own_keys)}"
                )
        for key in (entry.replication_key, root.replication_key):
            # A wildcard in Meltano's `metadata` sets it for streams that have none, too.
            if key and key != own_key and self.is_incremental:
                raise SettingsError(
                    f"catalog: stream {self.name} can't be replicated by `{key}`; "
                    f"its replication key is {own_key or 'none'}"
                )
        possible = [REPLICATION_FULL_TABLE] + [REPLICATION_INCREMENTAL] * bool(own_key)
        if self.replication_method not in possible:
            raise SettingsError(
                f"catalog: stream {self.name} has no replication method "
                f"{self.replication_method}; it has {' and '.join(possible)}"
            )
