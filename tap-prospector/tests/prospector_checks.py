"""What the tests of this tap look at: what was asked for, and whether all rows came."""

from __future__ import annotations

from collections import Counter

from vendors import VENDORS, in_whole_seconds

PROSPECTOR = VENDORS["prospector"]

ADDED = {"campaign_id", "date_from", "date_to", "is_calculated", "prospect_id"}


def fault(sandbox, path, status, body=None, **more):
    """Let requests to a path be answered with a status."""
    kind = {"kind": "status", "vendor": "prospector", "path": path, "status": status, "body": body}
    sandbox.post("faults", {**kind, **more})


def spent(sandbox):
    """The requests so far by path, those of single campaigns and warm-ups counted together."""
    paths = (entry["path"] for entry in sandbox.requests_to("prospector"))
    return Counter(
        "/".join(word for word in path.strip("/").split("/") if not word.isdecimal())
        for path in paths
    )


def assert_equal(records, rows, key):
    """Each row once, field by field; what the vendor leaves out is null in canonical form."""
    found = {tuple(record[name] for name in key): in_whole_seconds(record) for record in records}
    assert len(found) == len(records) == len(rows) > 0
    for row in rows:
        record = found[tuple(row[name] for name in key)]
        assert {name: record.get(name) for name in row} == row
        assert record.keys() - row.keys() <= ADDED


def assert_complete(sandbox, run, stream):
    """Each row of a stream came once, as the vendor holds it."""
    assert run.code == 0, run.log
    _, key = PROSPECTOR.every_stream[stream]
    assert_equal(run.records[stream], PROSPECTOR.expected(sandbox, stream), key)
