"""Input that works with a vendor, ways to spoil it, and runs in this process with either."""

from __future__ import annotations

import copy
import json
import typing as t

from hypothesis import strategies as st
from in_process import run_in_process
from pipeline import choose, discover
from vendors import VENDORS

if t.TYPE_CHECKING:
    from pathlib import Path

    from pipeline import Run, Sandbox


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


def is_refused(run: Run) -> bool:
    """Return whether a run ended before anything was asked for, in one line that says why."""
    if not run.end:
        return False
    assert run.requests == [], run.end
    assert run.messages == [], run.end
    assert len(run.end.splitlines()) == 1, run.end
    return True


class Good:
    """Input that works with a vendor, and what its runs come to.

    Attributes:
        stream: the one that is selected.
        fresh: a run without state.
        state: what it left.
    """

    def __init__(self, name: str, sandbox: Sandbox, folder: Path) -> None:
        self.vendor, self.sandbox, self.stream = VENDORS[name], sandbox, STREAMS[name]
        self._folder = folder
        self.config = {**self.vendor.config(sandbox), "lookback_days": 0}
        catalog = discover(self.vendor.tap)
        self.catalog = choose(catalog, self.stream, method="INCREMENTAL")
        self.fresh = self.run()
        assert self.fresh.code == 0
        assert self.keys(self.fresh) == self.source()
        self.state = self.fresh.state

    def run(self, **changed: t.Any) -> Run:
        """Run with this input, except for what is given."""
        self.sandbox.delete("requests")
        given = {"config": self.config, "catalog": self.catalog, **changed}
        run = run_in_process(self.vendor.tap, self._folder, **given)
        run.requests = self.sandbox.requests_to(self.vendor.name)
        return run

    def keys(self, run: Run) -> set[str]:
        """Return the keys of the rows that a run brought."""
        # A row without its key would be all null here, and none of the source.
        return {self.vendor.key(self.stream, row) for row in run.records.get(self.stream, [])}

    def source(self) -> set[str]:
        """Return the keys of the rows that the vendor holds."""
        rows = self.vendor.expected(self.sandbox, self.stream)
        return {self.vendor.key(self.stream, row) for row in rows}
