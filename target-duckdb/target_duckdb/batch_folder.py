"""The temporary folder for the files of batches."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows, where an open file keeps its folder from being removed
    fcntl = None  # type: ignore[assignment]

PREFIX = "target-duckdb-"
_LOCK = "in-use"
_SECONDS_TO_LOCK = 60


class BatchFolder:
    """A folder that only its owner can read, which ends with this object.

    A loader that is killed leaves its folder behind, with records in it. So the next one removes
    folders that no living process holds.

    Attributes:
        path: The folder.
    """

    def __init__(self) -> None:
        remove_abandoned(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        # The lock is held as long as the file is open, which no kill can outlive.
        self._lock = (self.path / _LOCK).open("w", encoding="utf-8")
        _lock(self._lock)
        weakref.finalize(self, _remove, self.path, self._lock)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders that loaders have left behind when they were killed.

    Args:
        parent: Where they are.
    """
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            lock = folder / _LOCK
            if lock.exists():
                with lock.open("r+", encoding="utf-8") as file:
                    is_abandoned = _lock(file)
            else:
                is_abandoned = time.time() - folder.stat().st_mtime > _SECONDS_TO_LOCK
        except OSError:  # another user's, or removed meanwhile
            continue
        if is_abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _lock(file: IO[str]) -> bool:
    """Lock a file, and return whether nobody else has."""
    if fcntl:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _remove(folder: Path, lock: IO[str]) -> None:
    lock.close()
    shutil.rmtree(folder, ignore_errors=True)
