"""A tap: its settings, its streams in order, and how a run begins and ends."""

from __future__ import annotations

import copy
import logging
import signal
import sys
import typing as t
from functools import cached_property
from pathlib import Path

from singer_sdk import PluginBase, Tap, metrics
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.singerlib import Catalog, Schema
from typing_extensions import override

from tap_shared.bookmarks import shown
from tap_shared.command import without_tracebacks
from tap_shared.console import LiveLine, is_worth_a_line, live_line, shows_metrics
from tap_shared.errors import BudgetError, RunError, SettingsError, TapError
from tap_shared.files import check_state, checked_file, completed
from tap_shared.masking import SECRETS
from tap_shared.partitions import Partitions
from tap_shared.quota import Credits
from tap_shared.report import Report
from tap_shared.results import bookmark_text, table
from tap_shared.settings import environment_problems, problems
from tap_shared.states import check_bookmarks
from tap_shared.stream_maps import check_map_settings, check_stream_maps
from tap_shared.transport import Transport
from tap_shared.writer import MessageWriter

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click

    from tap_shared.api import Api
    from tap_shared.stream import ApiStream


class ApiTap(Tap):
    """A tap whose streams are read over HTTP.

    Attributes:
        api: what the vendor's API is like.
        stream_types: the streams there are.
        live_line: the line of the terminal that shows progress, where there is one.
    """

    api: t.ClassVar[Api]
    stream_types: t.ClassVar[Sequence[type[ApiStream]]]

    message_writer_class = MessageWriter
    live_line: LiveLine | None = None

    def __init__(self, *, catalog: t.Any = None, **kwargs: t.Any) -> None:
        self.report = Report(self.logger)
        # The SDK declares names for instances; ours stand in the classes.
        keys = {each.name: each.primary_keys for each in self.stream_types}  # type: ignore[misc]
        try:
            super().__init__(catalog=completed(catalog, keys), **kwargs)
        except ValueError as error:
            found = list(environment_problems(self.config_jsonschema, self._env_var_prefix))
            if not found:
                raise
            raise SettingsError("; ".join(found)) from error
        if not shows_metrics() and not self.logger.isEnabledFor(logging.DEBUG):
            # The table at the end of a run has the numbers of all metrics of a stream in one line.
            self.metrics_logger.setLevel(logging.WARNING)

    @override
    def discover_streams(self) -> Sequence[ApiStream]:
        return [stream_type(tap=self) for stream_type in self.stream_types]

    @property
    @override
    def streams(self) -> dict[str, ApiStream]:  # type: ignore[override] # all of ours are such
        streams = self._streams_by_name
        return dict(sorted(streams.items(), key=lambda item: self.partitions.order(item[1])))

    @property
    def _streams_by_name(self) -> dict[str, ApiStream]:
        return t.cast("dict[str, ApiStream]", super().streams)

    @cached_property
    def partitions(self) -> Partitions:
        """The partitions of the streams."""
        return Partitions(self._streams_by_name, self.report)

    @property
    def output(self) -> MessageWriter:
        """Where messages go."""
        return t.cast("MessageWriter", self.message_writer)

    @cached_property
    def transport(self) -> Transport:
        """The one way to the vendor."""
        return Transport(self.api, self.config, self.logger)

    @cached_property
    def credits(self) -> Credits:
        """What the run may spend of the vendor's credits, where there are any."""
        return Credits(self.config.get("max_credits"))

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's texts show values, and speak of properties where users know settings.
        self.append_builtin_config(self.config_jsonschema)
        self._config = {name: value for name, value in self._config.items() if value is not None}
        for name, declared in self.config_jsonschema["properties"].items():
            if declared.get("secret") and self._config.get(name):
                SECRETS.add(self._config[name])
        found = list(problems(self.config_jsonschema, self._config, self._env_var_prefix))
        if found and raise_errors:
            raise SettingsError("; ".join(found))
        return found

    @override
    def load_state(self, state: dict[str, t.Any]) -> None:
        check_state(state)
        super().load_state(state)

    @cached_property
    def stream_map_settings(self) -> dict[str, t.Any]:
        """The setting `stream_maps`, of which the SDK takes parts out."""
        return copy.deepcopy(self.config.get("stream_maps") or {})

    @override
    def setup_mapper(self) -> None:
        schemas = {name: stream.schema for name, stream in self.streams.items()}
        selected = [name for name, stream in self.streams.items() if stream.selected]
        check_map_settings(self.stream_map_settings, self.config.get("stream_map_config") or {})
        check_stream_maps(self.stream_map_settings, schemas, selected)
        # What an older catalog does not know yet comes all the same, and has to have a column.
        for name, entry in (self.input_catalog or {}).items():
            stream = self.streams.get(name)
            if stream is not None:
                own = Schema.from_dict(stream.schema).properties or {}
                entry.schema.properties = {**own, **(entry.schema.properties or {})}
        # The SDK maps deselected streams too, of which the selection has left no key.
        chosen = {
            name: entry
            for name, entry in self.catalog.items()
            if entry.metadata.resolve_selection()[()]
        }
        try:
            PluginBase.setup_mapper(self)
            self.mapper.register_raw_streams_from_catalog(Catalog(chosen))
        except Exception as error:  # the SDK raises what it happens to meet
            found = getattr(error, "errors", None) or [f"{type(error).__name__}: {error}"]
            raise SettingsError(
                f"setting `stream_maps` or `flattening_enabled`, or a schema of the catalog, can't "
                f"be used: {'; '.join(map(str, found))}"
            ) from error

    # Beginning and end of a run

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> t.Any:
        for path in value:
            if path != "ENV" and Path(path).is_file():  # a pipe can be read only once
                with Path(path).open(encoding="utf-8") as file:
                    checked_file(file, "--config")
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def invoke(
        cls,
        *,
        state: t.IO[str] | None = None,
        catalog: t.IO[str] | None = None,
        **options: t.Any,
    ) -> None:
        state, catalog = checked_file(state, "--state"), checked_file(catalog, "--catalog")
        super().invoke(state=state, catalog=catalog, **options)

    def _check_selection(self) -> None:
        """Look whether there is something to read, and somewhere to put it."""
        unknown = (self.input_catalog or {}).keys() - self.streams.keys()
        if unknown:
            self.logger.warning(
                "catalog: there is no stream %s: it is not read; --discover tells which there are",
                ", ".join(map(shown, sorted(unknown))),
            )
        if not any(stream.selected for stream in self.streams.values()):
            raise SettingsError(
                "catalog: no stream of it is selected; set `selected` in the metadata of one, or "
                "make the catalog anew with --discover"
            )
        if self.config.get("batch_config") and self.config["emit_activate_version_messages"]:
            raise SettingsError(
                "settings `batch_config` and `emit_activate_version_messages` can't be used "
                "together: a BATCH message has no version, so that the target would take its rows "
                "for deleted; remove one of the two"
            )
        try:
            next(iter(self.streams.values())).get_batch_config(self.config)
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(
                "setting `batch_config` must have `encoding` with `format`, and `storage` with "
                "`root`, and nothing else"
            ) from error

    # Final in the SDK, where it knows no end but success.
    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        self._check_selection()
        check_bookmarks(self.state, self.streams, self.logger)
        self._begin_report()
        try:
            with live_line() as self.live_line:
                super().sync_all()
        except BudgetError as error:
            self.logger.warning("%s; run again to go on where this run ended", error)
        except RunError as error:
            raise TapError(str(error)) from error
        except MapExpressionError as error:
            raise SettingsError(f"setting `stream_maps` can't be used: {error}") from error
        except SystemExit:
            self.logger.warning("stopped; the next run goes on from the last state")
            raise
        finally:
            self._log_results()
            self._log_requests()
        self._raise_for_failures()

    # Final in the SDK, where it reads every stream.
    @override  # type: ignore[misc]
    def run_connection_test(self) -> bool:
        # Only what is selected: others may cost credits, or need another plan.
        try:
            self.run_sync_dry_run(1, [each for each in self.streams.values() if each.selected])
        except RunError as error:
            raise TapError(str(error)) from error
        self._raise_for_failures()
        return True

    def _raise_for_failures(self) -> None:
        failed = self.report.failures()
        if failed:
            raise TapError(f"not everything could be read: {', '.join(failed)} failed; see above")

    def _begin_report(self) -> None:
        deselected = [stream.name for stream in self.streams.values() if not stream.selected]
        if deselected:
            self.logger.info("not selected: %s", ", ".join(deselected))
        for stream in self.streams.values():
            if stream.selected:
                self.report.result(stream.name).bookmark_before = self._bookmark(stream)

    def _bookmark(self, stream: ApiStream) -> str:
        state = self.state.get("bookmarks", {}).get(stream.name, {})
        return bookmark_text(state) if stream.is_incremental else ""

    def _log_results(self) -> None:
        for name, result in self.report.results.items():
            result.requests = self.transport.budget.requests[name]
            result.bookmark_after = self._bookmark(self.streams[name])
        for line, row in table(self.report.results.values()):
            extra = {"stream_result": row.to_dict()} if row else None
            self.logger.info("%s", line, extra=extra)

    def _log_requests(self) -> None:
        budget = self.transport.budget
        self.logger.info("this run: %s", budget.summary())
        for stream, count in budget.requests.items():
            tags: dict[str, t.Any] = {metrics.Tag.STREAM: stream}
            point = metrics.Point("counter", metrics.Metric.HTTP_REQUEST_COUNT, count, tags)
            metrics.log(self.metrics_logger, point)
        for kind, name, value in budget.metrics():
            # The SDK knows no such metrics, and takes any enumeration for its own.
            metrics.log(
                self.metrics_logger, metrics.Point(kind, t.cast("metrics.Metric", name), value)
            )

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The state of the last safe point is out already. The SDK would write the present one,
        # perhaps into the middle of a line, and exit with 0.
        signal.signal(signum, signal.SIG_DFL)
        self.output.when_not_writing(lambda: sys.exit(128 + signum))

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        SECRETS.guard_logging()
        cls.logger.addFilter(is_worth_a_line)
        return without_tracebacks(super().get_singer_command(), cls.logger)
