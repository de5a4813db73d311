"""The target: its settings, and how messages, states and signals are dealt with."""

from __future__ import annotations

import logging
import signal
import sys
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Target
from singer_sdk.exceptions import (
    ConfigValidationError,
    InvalidInputLine,
    RecordsWithoutSchemaException,
)
from singer_sdk.helpers._batch import BatchConfig
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TargetCapabilities,
)

from target_duckdb.batch_folder import BatchFolder
from target_duckdb.batch_messages import record_lines
from target_duckdb.columns import case_folded
from target_duckdb.command import ErrorLineCommand
from target_duckdb.console import quiet_sdk, shows_metrics
from target_duckdb.database import connect
from target_duckdb.errors import TargetDuckDBError
from target_duckdb.quick import quick_rows
from target_duckdb.reader import MessageReader
from target_duckdb.rows import encoder
from target_duckdb.settings import SETTINGS, unknown_settings
from target_duckdb.sink import DuckDBSink
from target_duckdb.table import Table

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import FrameType

    import duckdb
    from singer_sdk.sinks import Sink

    from target_duckdb.quick import QuickRows


class TargetDuckDB(Target):
    """Singer target for a DuckDB file."""

    name = "target-duckdb"
    package_name = "singer-tap-pack-target-duckdb"
    default_sink_class = DuckDBSink
    message_reader_class = MessageReader
    message_reader: MessageReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.HARD_DELETE,
        TargetCapabilities.TARGET_SCHEMA,
        TargetCapabilities.VALIDATE_RECORDS,
    ]
    checkpoint_seconds = 5.0
    """Seconds since everything was last committed after which a STATE makes it happen again."""

    config_jsonschema = SETTINGS

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not shows_metrics() and not self.logger.isEnabledFor(logging.DEBUG):
            self.metrics_logger.setLevel(logging.WARNING)
        self.max_parallelism = 1  # a DuckDB connection does one thing at a time
        self.record_version: int | None = None
        self._tables: dict[str, Table] = {}
        self._states_received = 0
        self._waiting_states: deque[tuple[int, dict[str, Any]]] = deque()
        self._pending_batches: dict[str, int] = {}
        self._written_state: dict[str, Any] | None = None
        self._quick: dict[str, tuple[Sink | None, QuickRows | None]] = {}

    @cached_property
    def folder(self) -> Path:
        """Folder for the files of batches, which ends with the target."""
        return self._batch_folder.path

    @cached_property
    def _batch_folder(self) -> BatchFolder:
        return BatchFolder()

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The one connection to the database file.

        Raises:
            TargetDuckDBError: If the file cannot be opened.
        """
        return connect(self.config["path"])

    def table(self, stream_name: str) -> Table:
        """Return the table of a stream.

        Args:
            stream_name: Name of the stream.

        Returns:
            The same object each time.

        Raises:
            TargetDuckDBError: If another stream of this run has a name that differs by case only.
        """
        folded = case_folded(stream_name)
        if folded not in self._tables:
            schema_name = self.config["default_target_schema"]
            self._tables[folded] = Table(self.connection, schema_name, stream_name)
        table = self._tables[folded]
        if table.stream_name != stream_name:
            raise TargetDuckDBError(
                f"The streams '{table.stream_name}' and '{stream_name}' differ by case only, so "
                "DuckDB would put them into one table; rename one of them with a stream map"
            )
        return table

    # States. A STATE may go out once every record received before it is committed.

    def batch_started(self, stream_name: str) -> None:
        """Note that records of a stream are waiting to be committed.

        Args:
            stream_name: Name of the stream.
        """
        self._pending_batches[stream_name] = self._states_received

    def batch_committed(self, stream_name: str) -> None:
        """Note that no record of a stream is waiting any more.

        Args:
            stream_name: Name of the stream.
        """
        self._pending_batches.pop(stream_name, None)
        self._pass_on_state()

    def _pass_on_state(self) -> None:
        """Write the latest STATE that no pending record precedes, if there is one."""
        covered = min(self._pending_batches.values(), default=self._states_received)
        latest = None
        while self._waiting_states and self._waiting_states[0][0] <= covered:
            _, latest = self._waiting_states.popleft()
        if latest is not None:
            self._write_state_message(latest)

    @override
    def _write_state_message(self, state: dict[str, Any]) -> None:
        # Not the SDK's: it repeats itself, and fails on a number with a decimal point.
        if state != self._written_state:
            self._written_state = state
            sys.stdout.write(encoder.encode(state).decode() + "\n")
            sys.stdout.flush()

    # Messages

    @override
    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        """Return the sink of a stream.

        Args:
            stream_name: Name of the stream.
            record: Not used.
            schema: The stream's schema, if it may have changed.
            key_properties: The stream's key.

        Returns:
            A sink for that schema.
        """
        if schema is not None and stream_name in self._sinks_active:
            # The SDK would keep the old sink's records until the next full drain, and load them
            # over newer ones.
            self.drain_one(self._sinks_active[stream_name])
        return super().get_sink(
            stream_name, record=record, schema=schema, key_properties=key_properties
        )

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "record"})
        if not isinstance(message_dict["record"], dict):
            raise InvalidInputLine(f"Stream '{message_dict['stream']}': a record is not an object")
        self.record_version = message_dict.get("version")
        super()._process_record_message(message_dict)
        stream_name = message_dict["stream"]
        if stream_name in self._sinks_active:
            self.message_reader.quick_rows = self._quick_rows(stream_name)

    def _quick_rows(self, stream_name: str) -> QuickRows | None:
        sink = cast("DuckDBSink", self._sinks_active[stream_name])
        known, found = self._quick.get(stream_name, (None, None))
        if known is not sink:
            found = quick_rows(self, sink)
            self._quick[stream_name] = sink, found
        return found

    def drain_if_due(self, sink: DuckDBSink) -> None:
        """Load the batch of a sink if it is full, and all if they have waited long enough.

        Args:
            sink: The sink that has taken records.
        """
        if sink.is_full:
            self.logger.info("Target sink for '%s' is full. Draining...", sink.stream_name)
            self.drain_one(sink)
        self._handle_max_record_age()

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        super()._process_state_message(message_dict)
        self._states_received += 1
        self._waiting_states.append((self._states_received, message_dict["value"]))
        self._pass_on_state()
        if self._waiting_states and self._max_record_age_in_minutes * 60 > self.checkpoint_seconds:
            self.drain_all()

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "version"})
        self._assert_schema_known(message_dict["stream"])
        super()._process_activate_version_message(message_dict)

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "encoding", "manifest"})
        self._assert_schema_known(message_dict["stream"])
        batch_config = self.config.get("batch_config")
        storage = BatchConfig.from_dict(batch_config).storage if batch_config else None
        for lines in record_lines(message_dict, storage):
            self.message_reader.take_records(lines, self._process_record_message)
        self.message_reader.settle()

    def _assert_schema_known(self, stream_name: str) -> None:
        if stream_name not in self.mapper.stream_maps:
            raise RecordsWithoutSchemaException(
                f"Stream '{stream_name}': a message came before the stream's SCHEMA"
            )

    # Ends

    @override
    def process_endofpipe(self) -> None:
        """Commit what is pending, pass on the last state and close the file."""
        self.message_reader.busy = True
        self.message_reader.settle()
        super().process_endofpipe()
        if "connection" in self.__dict__:
            self.connection.close()
        self.message_reader.busy = False
        if self.message_reader.stop_signal is not None:
            sys.exit(128 + self.message_reader.stop_signal)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Commit what has been received and exit with 128 + the signal's number.

        The SDK would do so at once, even amid a transaction, and exit with 0.
        """
        self.message_reader.stop_signal = signum
        if not self.message_reader.busy:
            name = signal.Signals(signum).name
            self.logger.warning("Received %s; committing what has been received", name)
            self.process_endofpipe()

    # Command line and settings

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        errors = unknown_settings(self.config, self.config_jsonschema["properties"])
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors)
        return errors + super()._validate_config(raise_errors=raise_errors)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the command line, which differs from the SDK's in how it fails."""
        quiet_sdk(cls.logger)
        command = super().get_singer_command()
        for option in command.params:
            if option.name == "file_input":
                option.type = click.File("rb")
        return ErrorLineCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            help=command.help,
            params=command.params,
            logger=cls.logger,
        )
