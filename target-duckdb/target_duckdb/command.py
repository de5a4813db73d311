"""The command line, on which every failure is one line."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import click
from singer_sdk.exceptions import ConfigValidationError, SingerSDKError
from singer_sdk.singerlib.exceptions import SingerError

from target_duckdb.errors import TargetDuckDBError, one_line

_EXPLAINED = (TargetDuckDBError, SingerSDKError, SingerError)


OWNER_ONLY = 0o077
"""A new warehouse and the files of batches hold personal data: only their owner may read them."""


class ErrorLineCommand(click.Command):
    """A command that ends with one line and exit code 1 whatever goes wrong.

    At log level DEBUG a traceback follows the line.
    """

    def __init__(self, *args: Any, logger: logging.Logger, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._logger = logger

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; arguments and result are those of click."""
        logging.captureWarnings(capture=True)
        os.umask(os.umask(OWNER_ONLY) | OWNER_ONLY)
        try:
            return super().main(*args, **kwargs)
        except Exception as error:
            self._logger.error(_explain(error))  # noqa: TRY400 (the next line has the traceback)
            self._logger.debug("Where it happened", exc_info=True)
            sys.exit(1)


def _explain(error: Exception) -> str:
    """Say what went wrong; the class's name helps only where no message was written for users."""
    if isinstance(error, ConfigValidationError):
        return "; ".join(one_line(text) for text in error.errors)
    text = one_line(str(error))
    return text if isinstance(error, _EXPLAINED) else f"{type(error).__name__}: {text}"
