"""No credential in what a process prints, leaves behind, or is started with."""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

from vendors import VENDORS

CREDENTIAL = re.compile(rb"sandbox-(?:%b)-|c2FuZGJveC" % "|".join(VENDORS).encode())
"""How all that the sandbox takes for credentials begins, however it goes on, and in base64."""

CONFIGURATION = {"config.json", ".env", "meltano.yml", "accounts.meltano.yml"}
"""Files in which credentials are handed to a process."""


def assert_none_in(content: bytes, where: str) -> None:
    """Fail if a credential stands in `content`, and do not print it once more."""
    if found := CREDENTIAL.search(content):
        raise AssertionError(f"{where} holds a credential at byte {found.start()}")


def assert_none_left(folder: Path) -> None:
    """Fail if any file in a folder holds a credential that nobody has put there.

    The project's own sources, in a folder `checkout`, hold the sandbox's.
    """
    for path in sorted(folder.rglob("*")):
        is_source = "checkout" in path.parts and ".meltano" not in path.parts
        if path.is_file() and path.name not in CONFIGURATION and not is_source:
            assert_none_in(path.read_bytes(), str(path.relative_to(folder)))


def watch_processes() -> None:
    """Let no process be started with a credential among its arguments, for all to see."""

    def look(event: str, details: tuple[t.Any, ...]) -> None:
        if event == "subprocess.Popen":
            arguments = " ".join(map(str, details[1]))
            assert_none_in(arguments.encode(), f"an argument of {Path(details[1][0]).name}")

    sys.addaudithook(look)
