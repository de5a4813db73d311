"""Runs in this process, for more bad input than there is time for processes."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import typing as t
from dataclasses import dataclass, field
from unittest import mock

from hypothesis import strategies as st
from pipeline import choose
from tap_shared.errors import TapError
from vendors import VENDORS

if t.TYPE_CHECKING:
    from pipeline import Sandbox
    from vendors import Row, Vendor


class Kept(logging.Handler):
    """Keeps what was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning or an error."""
        if record.levelno >= logging.WARNING:
            self.warnings.append(record.getMessage())


@dataclass
class Attempt:
    """What a run came to.

    Attributes:
        end: the line of error with which it ended, if it did.
        warnings: the lines before it.
    """

    end: str = ""
    warnings: list[str] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)

    @property
    def records(self) -> dict[str, list[Row]]:
        """The records, by stream."""
        found: dict[str, list[Row]] = {}
        for message in self.messages:
            if message["type"] == "RECORD":
                found.setdefault(message["stream"], []).append(message["record"])
        return found

    @property
    def state(self) -> Row:
        """The last state."""
        states: list[Row] = [each["value"] for each in self.messages if each["type"] == "STATE"]
        return states[-1] if states else {}

    def is_refused(self) -> bool:
        """Return whether it ended before anything was asked for, in one line that says why."""
        if not self.end:
            return False
        assert self.requests == [], self.end
        assert self.messages == [], self.end
        assert len(self.end.splitlines()) == 1, self.end
        return True


def attempt(
    vendor: Vendor,
    sandbox: Sandbox,
    config: Row,
    *,
    catalog: t.Any = None,
    state: t.Any = None,
) -> Attempt:
    """Run a tap; an exception that it does not turn into a line is let through."""
    sandbox.delete("requests")
    output, kept = io.TextIOWrapper(io.BytesIO()), Kept()
    tap_type, found = vendor.tap_type(), Attempt(warnings=kept.warnings)
    tap_type.logger.addHandler(kept)
    try:
        with (
            contextlib.redirect_stdout(output),
            mock.patch("time.sleep"),
            mock.patch("signal.signal"),  # those of the tests are not the tap's
        ):
            given = copy.deepcopy((config, catalog, state))
            tap = tap_type(config=given[0], catalog=given[1], state=given[2])
            try:
                tap.sync_all()
            finally:
                if "transport" in vars(tap):
                    tap.transport.close()
    except TapError as error:
        found.end = str(error)
    finally:
        tap_type.logger.removeHandler(kept)
    output.flush()
    found.messages = [json.loads(line) for line in output.buffer.getvalue().splitlines()]
    found.requests = sandbox.requests_to(vendor.name)
    return found


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["", "true", "2024-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01", 10**30]
    ),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2)
    ),
    max_leaves=3,
)


def places(document: t.Any, path: tuple[t.Any, ...] = ()) -> list[tuple[t.Any, ...]]:
    """Return the paths of all that a document holds, itself included."""
    inner: t.Any = ()
    if isinstance(document, dict):
        inner = document.items()
    elif isinstance(document, list):
        inner = enumerate(document)
    return [path, *(place for name, each in inner for place in places(each, (*path, name)))]


@st.composite
def spoilt(draw: st.DrawFn, document: t.Any) -> t.Any:
    """Make a document of which one thing is another, gone, twice or elsewhere."""
    document = copy.deepcopy(document)
    *above, name = draw(st.sampled_from(places(document)[1:]))
    holder = document
    for each in above:
        holder = holder[each]
    how = draw(st.sampled_from(["another", "another", "gone", "twice", "renamed", "text"]))
    if how == "another":
        holder[name] = draw(VALUES)
    elif how == "text":
        holder[name] = json.dumps(holder[name])
    elif how == "twice" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[name]))
    elif how == "renamed" and isinstance(holder, dict):
        holder[f"{name}x"] = holder.pop(name)
    else:
        del holder[name]
    return document


# Of each vendor a stream that is replicated incrementally, and the rows that make it short.
STREAMS = {
    "prospector": "opens",
    "whatconverts": "leads",
    "wisedata": "contacts",
    "wisepops": "contacts",
    "wolfeo": "orders",
}


class Good:
    """Input that works with a vendor, and what its runs come to.

    Attributes:
        stream: the one that is selected.
        fresh: a run without state.
        state: what it left.
    """

    def __init__(self, name: str, sandbox: Sandbox) -> None:
        self.vendor, self.sandbox, self.stream = VENDORS[name], sandbox, STREAMS[name]
        self.config = {**self.vendor.config(sandbox), "lookback_days": 0}
        tap = self.vendor.tap_type()(config=dict(self.config))
        self.catalog = choose(tap.catalog_dict, self.stream, method="INCREMENTAL")
        self.fresh = self.run()
        assert self.fresh.end == ""
        assert self.keys(self.fresh) == self.source()
        self.state = self.fresh.state

    def run(self, **changed: t.Any) -> Attempt:
        """Run with this input, except for what is given."""
        return attempt(
            self.vendor,
            self.sandbox,
            changed.pop("config", self.config),
            **{"catalog": self.catalog, **changed},
        )

    def keys(self, run: Attempt) -> set[str]:
        """Return the keys of the rows that a run brought."""
        # A row without its key would be all null here, and none of the source.
        return {self.vendor.key(self.stream, row) for row in run.records.get(self.stream, [])}

    def source(self) -> set[str]:
        """Return the keys of the rows that the vendor holds."""
        rows = self.vendor.expected(self.sandbox, self.stream)
        return {self.vendor.key(self.stream, row) for row in rows}
