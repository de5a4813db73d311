"""Where recordings are saved: a folder, or any address that fsspec knows."""

from __future__ import annotations

import typing as t
from pathlib import Path

from tap_shared.errors import SettingsError


class Storage(t.Protocol):
    """A place for files, none of which is ever there in part."""

    def address(self, name: str) -> str:
        """Return where a file is."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, `None` if there is none."""
        ...

    def save(self, name: str, content: bytes) -> None:
        """Write a file."""
        ...


def storage_at(path: str) -> Storage:
    """Return the storage that `recordings_path` names.

    Raises:
        SettingsError: if it names none.
    """
    if not path:
        raise SettingsError(
            "setting `recordings_path` is missing: set it to a folder or an address such as "
            "s3://bucket/folder, or deselect the stream recordings"
        )
    return FileSystem(path) if "://" in path else Folder(path)


class Folder:
    """A folder of this machine, made when needed."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser().absolute()

    def address(self, name: str) -> str:
        """Return where a file is."""
        return str(self._path / name)

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, `None` if there is none."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def save(self, name: str, content: bytes) -> None:
        """Write a file beside its place, then move it there."""
        self._path.mkdir(parents=True, exist_ok=True)
        partial = self._path / f"{name}.partial"
        partial.write_bytes(content)
        partial.replace(self._path / name)


class FileSystem:
    """A place that fsspec reaches; its driver takes credentials from where it always does."""

    def __init__(self, address: str) -> None:
        try:
            # Here, for only such an address needs it; it has no types.
            from fsspec.core import url_to_fs  # type: ignore[import-untyped]

            self._files, path = url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise SettingsError(
                f"setting `recordings_path` can't be used ({error}): install "
                "tap-whatconverts[fsspec], and the driver that fsspec names for the address"
            ) from error
        self._path = path.rstrip("/")

    def address(self, name: str) -> str:
        """Return where a file is; credentials in the setting do not get into it."""
        return str(self._files.unstrip_protocol(f"{self._path}/{name}"))

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, `None` if there is none."""
        try:
            return bytes(self._files.cat_file(f"{self._path}/{name}"))
        except FileNotFoundError:
            return None

    def save(self, name: str, content: bytes) -> None:
        """Write a file, which appears when the transaction ends."""
        self._files.makedirs(self._path, exist_ok=True)
        with self._files.transaction, self._files.open(f"{self._path}/{name}", "wb") as file:
            file.write(content)
