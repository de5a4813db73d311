"""The command line, on which every failure is one line and a non-zero exit code."""

from __future__ import annotations

import os
import sys
import typing as t

from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_shared.errors import TapError

if t.TYPE_CHECKING:
    import logging

    import click


OWNER_ONLY = 0o077
"""Batch files and recordings hold personal data: only their owner may read them."""


class TapCommand(SingerCommand):
    """The SDK's command without its tracebacks."""

    @override
    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        os.umask(os.umask(OWNER_ONLY) | OWNER_ONLY)
        try:
            return super().main(*args, **kwargs)
        except (TapError, OSError) as error:
            self._end(str(error))
        except Exception as error:  # noqa: BLE001 (the last stop before the user)
            self._end(
                f"unexpected {type(error).__name__}: {error}; please report it, with the lines "
                "that LOGLEVEL=DEBUG adds",
                error,
            )

    def _end(self, line: str, error: Exception | None = None) -> t.NoReturn:
        self.logger.error("%s", line)
        if error:
            self.logger.debug("where it happened", exc_info=error)
        # Python would complain once more about a pipe that nobody reads.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def without_tracebacks(command: click.Command, logger: logging.Logger) -> TapCommand:
    """Return the same command, failing in one line."""
    return TapCommand(
        name=command.name,
        callback=command.callback,
        context_settings=command.context_settings,
        params=command.params,
        help=command.help,
        logger=logger,
    )
