"""What keeps demo, tests and benchmarks away from the user's variables, `.env`, state and rows."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SHARED_PROJECT = PROJECT / ".sandbox"
"""A Meltano project beside the user's own, whose plugins all isolated projects use."""

OF_THE_USER = ("TAP_", "TARGET_", "MELTANO_", "SANDBOX_", "PII_SALT", "LOGLEVEL", "NO_COLOR")
"""How variables begin that change what a tap, a loader, Meltano or the sandbox does."""

PARTS = (".venv", "requirements.lock", "shared", "target-duckdb")
"""What a project needs of the checkout beside its taps and meltano.yml."""


def isolate() -> None:
    """Remove the user's variables from this process, and from all that it starts.

    No proxy stands between taps and the sandbox; what installs packages keeps its own.
    """
    for name in [each for each in os.environ if each.startswith(OF_THE_USER)]:
        del os.environ[name]
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))


def make_project(folder: Path) -> Path:
    """Make a Meltano project of the pack's meltano.yml and packages, without accounts or `.env`.

    Args:
        folder: Where; it may be there.

    Returns:
        The folder.
    """
    folder.mkdir(exist_ok=True)
    shutil.copy(PROJECT / "meltano.yml", folder)
    (folder / ".meltano").mkdir(exist_ok=True)
    parts = [*PARTS, *(path.name for path in PROJECT.glob("tap-*"))]
    links = {part: PROJECT / part for part in parts}
    if folder != SHARED_PROJECT:
        # Runs have their settings and logs apart; the plugins' environments are the same.
        kinds = (Path(".meltano") / kind for kind in ("extractors", "loaders"))
        links |= {str(each): SHARED_PROJECT / each for each in kinds}
    for name, source in links.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(source)
    return folder


def install(*plugins: str) -> None:
    """Install plugins for all isolated projects, unless they are there as they should be.

    Args:
        plugins: Names as in meltano.yml.

    Raises:
        CalledProcessError: If Meltano can't.
    """
    SHARED_PROJECT.mkdir(exist_ok=True)
    with _locked(SHARED_PROJECT / "lock"):
        project = make_project(SHARED_PROJECT)
        pinned = [PROJECT / "requirements.lock", *sorted(PROJECT.glob("*/pyproject.toml"))]
        meltano = (PROJECT / "meltano.yml").read_bytes().splitlines()
        asked_for = [line for line in meltano if b"pip_url:" in line]
        content = b"".join([*asked_for, *(path.read_bytes() for path in pinned)])
        version = hashlib.sha256(content).hexdigest()
        stamps = {name: project / f"{name}.installed" for name in plugins}
        missing = [
            name
            for name, stamp in stamps.items()
            if not stamp.exists() or stamp.read_text() != version
        ]
        if not missing:
            return
        environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        command = [BIN / "meltano", "install", "--clean", *missing]
        subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
        for name in missing:
            stamps[name].write_text(version)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process after the other in."""
    with path.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
