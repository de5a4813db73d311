"""Less noise in a terminal and in Meltano's console."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

_CONSOLE_FORMATS = {"colored", "uncolored", "plain"}
"""Log formats of Meltano that show a metric without its stream."""


def quiet_sdk(logger: logging.Logger) -> None:
    """Keep a line from the log that the SDK repeats in each run and that says nothing.

    Args:
        logger: The logger of the target.
    """
    logger.addFilter(_says_something)


def shows_metrics() -> bool:
    """Return whether something other than a person may read the log.

    Meltano passes its settings to plugins as environment variables.
    """
    if "SINGER_SDK_LOG_CONFIG" not in os.environ:
        return not sys.stderr.isatty()
    config = Path(
        os.environ.get("MELTANO_PROJECT_ROOT", ""),
        os.environ.get("MELTANO_CLI_LOG_CONFIG", "logging.yaml"),
    )
    if any(config.with_suffix(suffix).exists() for suffix in (config.suffix, ".yaml", ".yml")):
        return True
    return os.environ.get("MELTANO_CLI_LOG_FORMAT") not in _CONSOLE_FORMATS


def _says_something(record: logging.LogRecord) -> bool:
    return record.msg != "Skipping parse of env var settings..."
