"""Midnight, the hours that clocks skip or repeat, and a vendor whose clock is wrong."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from in_process import Clock, reader
from pipeline import Sandbox
from vendors import VENDORS

HOURS = 12

# A night with a change of the clocks in between: at 1:00 and at 7:00 or 6:00 UTC.
NIGHTS = {
    "spring in Berlin": ("Europe/Berlin", "2026-03-28T20:59:50+00:00"),
    "autumn in New York": ("America/New_York", "2026-10-31T21:59:50+00:00"),
}
STREAMS = {
    "wisepops": ("contacts", "collected_at", "milliseconds"),
    "whatconverts": ("leads", "date_created", "seconds"),
}
SECONDS_BEFORE = (-20, -11)
SECONDS_WHILE_READ = (-0.001, 0, 0.001, 1)


@pytest.fixture(params=NIGHTS)
def night(request, monkeypatch):
    """The first moment of a night, on a machine in a zone whose clocks change in it."""
    zone, begin = NIGHTS[request.param]
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    yield begin
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("hours_ahead", [-1, 0, 1])
@pytest.mark.parametrize("name", STREAMS)
def test_no_row_of_a_night_is_lost_though_the_vendors_clock_is_wrong(
    tmp_path, figures, night, name, hours_ahead
):
    """Hourly runs without a lookback; while each of them reads, the full hour strikes."""
    vendor, (stream, by, digits) = VENDORS[name], STREAMS[name]

    def rows(strike, seconds):
        moments = [strike + timedelta(seconds=each, hours=hours_ahead) for each in seconds]
        texts = [moment.isoformat(timespec=digits).replace("+00:00", "Z") for moment in moments]
        return [{by: text, **whose} for text in texts]

    with Sandbox("--unlimited", rows=[f"{name}.{stream}=20"]) as sandbox:
        read, clock = reader(sandbox, tmp_path), Clock(sandbox, night)
        whose = {}
        if name == "whatconverts":
            whose["profile_id"] = sandbox.get("whatconverts/profiles")[0]["profile_id"]
        begin, state, found, bookmarks = clock.now, None, {}, []
        # The last runs bring what is dated in the future.
        for hour in range(HOURS + 2):
            clock.set(begin + timedelta(hours=hour))
            if hour < HOURS:
                strike = clock.now + timedelta(seconds=10)
                sandbox.post(f"{name}/{stream}", rows(strike, SECONDS_BEFORE))
                insert = {"operation": "insert", "vendor": name, "table": stream}
                operations = [{**insert, "row": row} for row in rows(strike, SECONDS_WHILE_READ)]
                sandbox.post("plans", {"at": 2, "vendor": name, "operations": operations})
            run = read(vendor, state, clock=clock, lookback_days=0, requests_per_minute=6)
            assert (run.code, run.errors) == (0, [])
            found |= {vendor.key(stream, row): row for row in run.records.get(stream, [])}
            state = run.state
            bookmarks.append(state["bookmarks"][stream]["replication_key_value"])
        assert sandbox.get("plans") == {"pending": [], "problems": []}
        assert bookmarks == sorted(bookmarks)
        assert len(found) >= HOURS * 6
        assert vendor.lost(sandbox, stream, found.values()) == []
        figures.add(
            f"clocks changed after {begin:%Y-%m-%d}, the vendor's {hours_ahead:+} h off",
            vendor.tap,
            HOURS,
            0,
            f"hourly runs without lookback, {len(found)} rows",
        )
