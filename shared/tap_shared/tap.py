"""A tap: its settings, its streams in order, and how a run begins and ends."""

from __future__ import annotations

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
from tap_shared.errors import BudgetError, RunError, SettingsError, StreamError, TapError
from tap_shared.files import check_state, checked_file, completed
from tap_shared.masking import SECRETS
from tap_shared.quota import Credits
from tap_shared.report import Report
from tap_shared.settings import environment_problems, problems
from tap_shared.states import check_bookmarks
from tap_shared.transport import Transport
from tap_shared.writer import MessageWriter

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import FrameType

    import click
    from singer_sdk.helpers.types import Context

    from tap_shared.api import Api
    from tap_shared.stream import ApiStream
    from tap_shared.walks import Row


class ApiTap(Tap):
    """A tap whose streams are read over HTTP.

    Attributes:
        api: what the vendor's API is like.
        stream_types: the streams there are.
    """

    api: t.ClassVar[Api]
    stream_types: t.ClassVar[Sequence[type[ApiStream]]]

    message_writer_class = MessageWriter

    def __init__(self, *, catalog: t.Any = None, **kwargs: t.Any) -> None:
        self.report = Report(self.logger)
        self._partitions: dict[str, dict[str, Context]] = {}
        # The SDK declares names for instances; ours stand in the classes.
        keys = {each.name: each.primary_keys for each in self.stream_types}  # type: ignore[misc]
        try:
            super().__init__(catalog=completed(catalog, keys), **kwargs)
        except ValueError as error:
            found = list(environment_problems(self.config_jsonschema, self._env_var_prefix))
            if not found:
                raise
            raise SettingsError("; ".join(found)) from error

    @override
    def discover_streams(self) -> Sequence[ApiStream]:
        return [stream_type(tap=self) for stream_type in self.stream_types]

    @property
    @override
    def streams(self) -> dict[str, ApiStream]:  # type: ignore[override] # all of ours are such
        # Full reads first, for a budget that ends in an incremental stream then ends in one that
        # can go on tomorrow; parents before their children, whose partitions they know.
        streams = t.cast("dict[str, ApiStream]", super().streams)
        return dict(sorted(streams.items(), key=lambda item: self._order(item[1])))

    def parent_of(self, stream: ApiStream) -> ApiStream | None:
        """Return the stream whose records are the partitions of this one, if there is one."""
        streams = t.cast("dict[str, ApiStream]", super().streams).values()
        return next((each for each in streams if type(each) is stream.parent), None)

    def _order(self, stream: ApiStream) -> tuple[bool, int, str]:
        incremental = stream.is_incremental
        parent = self.parent_of(stream)
        if parent is None:
            return incremental, 0, stream.name
        after_incremental, depth, _ = self._order(parent)
        return incremental or after_incremental, depth + 1, stream.name

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

    @override
    def setup_mapper(self) -> None:
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

    # Partitions

    def partitions_of(self, stream: ApiStream) -> Iterable[Context]:
        """Return the partitions of a stream: those of its parent's records, or its own, or one.

        Raises:
            StreamError: if the parent could not be read.
        """
        parent = self.parent_of(stream)
        if parent is None:
            return stream.partitions_of_its_own()
        if any(name == parent.name for name, _, _ in self.report.failures):
            raise StreamError(f"{stream.name}: not read, because {parent.name} could not be")
        if stream.name not in self._partitions:
            self._read_partitions(parent, [stream, *self.selected_children(parent)])
        return self._partitions[stream.name].values()

    def keep_for_children(self, children: Iterable[ApiStream], records: Iterable[Row]) -> None:
        """Note the partitions that a parent's records are for streams below it."""
        for child in children:
            self._partitions.setdefault(child.name, {}).update(_partitions(child, records))

    def selected_children(self, parent: ApiStream) -> list[ApiStream]:
        """Return the selected streams whose partitions are a stream's records."""
        streams = self.streams.values()
        return [each for each in streams if each.selected and each.parent is type(parent)]

    def _read_partitions(self, parent: ApiStream, children: Sequence[ApiStream]) -> None:
        """Read a parent that is not selected, once for all its children."""
        found: dict[str, dict[str, Context]] = {child.name: {} for child in children}
        for partition in self.partitions_of(parent):
            for page in parent.pages(partition, parent.start(partition)):
                for child in children:
                    found[child.name].update(_partitions(child, page.records))
                if page.records and parent.ABORT_AT_RECORD_COUNT is not None:
                    break  # a test wants one record
        self._partitions.update(found)

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
        try:
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
        if self.report.failures:
            raise TapError(f"not everything could be read:\n{self.report.table()}")

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
        return without_tracebacks(super().get_singer_command(), cls.logger)


def _partitions(stream: ApiStream, records: Iterable[Row]) -> dict[str, Context]:
    """Return the partitions that a parent's records are, each once."""
    found = (stream.partition(record) for record in records)
    return {repr(partition): partition for partition in found if partition is not None}
