"""`make docs`: what is said in one place, written where users and tools look for it.

Each tap's `--about` and catalog are the one source; from them come the tables of its README, its
rows in docs/streams.md, its `plugin.yaml` (for `meltano add --from-ref`) and its place in
`meltano.yml`. What runs cost is measured. The project's version and licence go into every package:
a source distribution is built where nothing above its folder can be seen.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
import typing as t

import costs
import yaml
from isolation import BIN, PROJECT
from pipeline import discover

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "<!-- made by `make docs` -->"
BEGIN, END = "    # extractors: made by `make docs`\n", "    # extractors end\n"

# What no tap says of itself: the vendor's name and address, and words to find it by.
VENDORS = {
    "tap-prospector": ("Snov.io", "https://snov.io", ("prospects", "e-mail campaigns")),
    "tap-whatconverts": ("WhatConverts", "https://www.whatconverts.com", ("leads", "calls")),
    "tap-wisedata": ("WiseData NPS", "https://www.wisedatanps.com", ("contacts", "nps")),
    "tap-wisepops": ("Wisepops", "https://app.wisepops.com", ("pop-ups", "contacts")),
    "tap-wolfeo": ("Wolfeo", "https://developer.wolfeo.me", ("contacts", "orders")),
}
PACKAGES = sorted(path.parent.name for path in PROJECT.glob("*/pyproject.toml"))
STREAMS = """# Streams

"In full" is a read of every row each time, "by" a replication key one of what is new and of the
lookback, "on request" by `replication-method`: [how a sync works](syncs.md). Streams that are not
selected by default cost or need more, or hold secrets; the README of each tap says why, and what
each stream is.

"""
REQUESTS = re.compile(r"(?:\d+|an?|no|without a) requests?\b.*?(?=[.;]? [A-Z]|\.$)")
CREDITS = re.compile(r"costs? (\d+ credit .*?)(?=\.|, counted)")
KINDS = {"number": "decimal"}
"""What Meltano calls a JSON type, where it has another word for it."""
ELSEWHERE = "${SINGER_TAP_PACK}"
"""The folder of the pack, as a Meltano project outside it names it."""


class Plugin:
    """A tap, as it describes itself."""

    def __init__(self, tap: str) -> None:
        self.tap = tap
        about = subprocess.run(
            [BIN / tap, "--about", "--format=json"], capture_output=True, check=True
        )
        self.about: dict[str, t.Any] = json.loads(about.stdout)
        self.streams: list[dict[str, t.Any]] = discover(tap)["streams"]

    @property
    def selected(self) -> list[str]:
        """The streams that are selected by default."""
        return sorted(
            each["tap_stream_id"] for each in self.streams if _root(each)["selected-by-default"]
        )

    @property
    def selection(self) -> list[str]:
        """The same for Meltano, which selects everything that it is not told about."""
        return [f"{stream}.*" for stream in self.selected]

    def definition(self, pack: str) -> dict[str, t.Any]:
        """Return the plugin definition that Meltano reads; `pack` is the folder of the pack."""
        label, address, keywords = VENDORS[self.tap]
        # The lock pins what a plugin is installed with, too.
        pip_url = f"--constraint {pack}/requirements.lock -e {pack}/shared -e {pack}/{self.tap}"
        settings = self.about["settings"]
        return {
            "name": self.tap,
            "namespace": self.tap.replace("-", "_"),
            "variant": "singer-tap-pack",
            "label": label,
            "description": self.about["description"].splitlines()[0],
            "domain_url": address,
            "pip_url": pip_url,
            "executable": self.tap,
            "log_parser": "singer-sdk",
            "supported_python_versions": self.about["supported_python_versions"],
            "keywords": [*keywords, "meltano_sdk"],
            "capabilities": self.about["capabilities"],
            "settings_group_validation": [settings["required"]],
            "settings": [_setting(*each) for each in settings["properties"].items()],
        }

    def stream_rows(self) -> Iterator[str]:
        """Yield a row of docs/streams.md for each stream."""
        for each in self.streams:
            name, by = each["tap_stream_id"], each.get("replication_key")
            how = f"by `{by}`" if each["replication_method"] == "INCREMENTAL" else "in full"
            if by and how == "in full":
                how += f"; by `{by}` on request"
            chosen = "selected" if name in self.selected else "no"
            keys = ", ".join(f"`{key}`" for key in each["key_properties"])
            yield f"| {self.tap} | `{name}` | {chosen} | {keys} | {how} | {_cost(each)} |"

    def readme_end(self) -> str:
        """Return the tables of settings and streams, and how Meltano gets the tap, in Markdown."""
        selection = shlex.quote(json.dumps(self.selection))
        rows = ["", "## Settings", "", "| setting | default | meaning |", "|---|---|---|"]
        for name, setting in self.about["settings"]["properties"].items():
            default = "secret, required" if setting.get("secret") else _text(setting.get("default"))
            rows.append(f"| `{name}` | {default} | {_line(setting.get('description', ''))} |")
        rows += [
            "",
            "## Streams",
            "",
            "| stream | by default | key | replication | what it is, and what a read costs |",
            "|---|---|---|---|---|",
        ]
        for each in self.streams:
            method = each["replication_method"]
            by = f" on `{each['replication_key']}`" if method == "INCREMENTAL" else ""
            chosen = "selected" if each["tap_stream_id"] in self.selected else "no"
            keys = ", ".join(f"`{key}`" for key in each["key_properties"])
            what = _line(each["schema"]["description"])
            rows.append(
                f"| `{each['tap_stream_id']}` | {chosen} | {keys} | {method}{by} | {what} |"
            )
        rows += [
            "",
            "## In a Meltano project of your own",
            "",
            "`SINGER_TAP_PACK`, in the environment or in the project's `.env`, is the folder of",
            "this pack. Meltano takes no selection from `plugin.yaml`, and would read all streams:",
            "the second command selects those that the table above says are selected.",
            "",
            f"    meltano add --from-ref $SINGER_TAP_PACK/{self.tap}/plugin.yaml {self.tap}",
            f"    meltano config set {self.tap} _select {selection}",
        ]
        return "\n".join([MARK, *rows]) + "\n"


def descriptions() -> dict[str, str]:
    """Return the content that each described file should have, by its path in the project."""
    plugins = [Plugin(tap) for tap in VENDORS]
    files = {}
    blocks = []
    for plugin in plugins:
        readme = (PROJECT / plugin.tap / "README.md").read_text()
        files[f"{plugin.tap}/README.md"] = readme.split(MARK)[0] + plugin.readme_end()
        files[f"{plugin.tap}/plugin.yaml"] = _yaml(plugin.definition(ELSEWHERE))
        blocks.append(
            {
                **plugin.definition("."),
                "load_schema": plugin.tap.removeprefix("tap-"),
                "select": plugin.selection,
            }
        )
    project = (PROJECT / "meltano.yml").read_text()
    head, rest = project.split(BEGIN)
    _, tail = rest.split(END)
    extractors = re.sub("^", "    ", _yaml(blocks), flags=re.MULTILINE).removesuffix("    ")
    rows = [
        "| tap | stream | by default | key | replication | a read costs |",
        "|---|---|---|---|---|---|",
    ]
    rows += [row for plugin in plugins for row in plugin.stream_rows()]
    files["docs/streams.md"] = f"{STREAMS}{MARK}\n\n" + "\n".join(rows) + "\n"
    files["meltano.yml"] = head + BEGIN + extractors + END + tail
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    for package in PACKAGES:
        pyproject = (PROJECT / package / "pyproject.toml").read_text()
        files[f"{package}/pyproject.toml"] = _with_version(pyproject, version)
        files[f"{package}/LICENSE"] = (PROJECT / "LICENSE").read_text()
    return files


def _with_version(pyproject: str, version: str) -> str:
    stated = re.sub(r'^version = ".*"', f'version = "{version}"', pyproject, flags=re.MULTILINE)
    return re.sub('"(.*-shared)==.*"', rf'"\1=={version}"', stated)


def _cost(stream: dict[str, t.Any]) -> str:
    """Return what a stream's description says of requests and credits."""
    description = _line(stream["schema"]["description"])
    requests, credit = REQUESTS.search(description), CREDITS.search(description)
    assert requests, f"{stream['tap_stream_id']} does not say how many requests a read costs"
    return requests.group() + (f"; {credit.group(1)}" if credit else "")


def _root(stream: dict[str, t.Any]) -> dict[str, t.Any]:
    (root,) = [each["metadata"] for each in stream["metadata"] if not each["breadcrumb"]]
    return t.cast("dict[str, t.Any]", root)


def _setting(name: str, declared: dict[str, t.Any]) -> dict[str, t.Any]:
    (kind,) = {*declared["type"]} - {"null"}
    kind = "date_iso8601" if declared.get("format") == "date-time" else KINDS.get(kind, kind)
    setting = {"name": name, "kind": kind, "label": declared.get("title", name)}
    if declared.get("description"):
        setting["description"] = _line(declared["description"])
    if declared.get("default") is not None:
        setting["value"] = declared["default"]
    return {**setting, **({"sensitive": True} if declared.get("secret") else {})}


def _yaml(content: t.Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _text(value: t.Any) -> str:
    return "" if value is None else f"`{json.dumps(value)}`".replace('"', "")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    for name, content in descriptions().items():
        path = PROJECT / name
        # What is equal keeps its age: a newer pyproject.toml would be installed again.
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
    costs.PAGE.write_text(costs.page(costs.measured()))
