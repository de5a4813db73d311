"""The vendors' quotas and limits, lived through: a month, a day, a minute."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest
from figures import IS_LONG
from in_process import Clock, reader
from pipeline import Sandbox, start_tap
from vendors import VENDORS

REFUSED = 429


@pytest.fixture
def serve(tmp_path):
    """Serve the vendors with their limits and these rows; return the sandbox, and what reads it."""
    with contextlib.ExitStack() as stack:

        def start(*rows):
            sandbox = stack.enter_context(Sandbox(rows=rows))
            return sandbox, reader(sandbox, tmp_path)

        yield start


class Arrived:
    """The rows of one stream that runs have brought so far, each once."""

    def __init__(self, vendor, stream):
        self._vendor = vendor
        self._stream = stream
        self.rows = {}
        self.repeats = 0

    def add(self, run):
        """Take what a run brought; return what of it came before."""
        rows = {
            self._vendor.key(self._stream, row): row for row in run.records.get(self._stream, [])
        }
        again = [row for key, row in rows.items() if key in self.rows]
        self.repeats += len(again)
        self.rows |= rows
        return again


def bookmark(state, stream):
    return datetime.fromisoformat(state["bookmarks"][stream]["replication_key_value"])


def test_a_month_of_hourly_runs_stays_within_the_quota_of_wisepops(serve, figures):
    """1,500 requests in any 30 days, for 31 days of 24 runs that need 2 each at least."""
    vendor, (sandbox, read) = VENDORS["wisepops"], serve("wisepops.contacts=2500")
    clock = Clock(sandbox, "2026-01-01T00:00:30+00:00")
    held = {vendor.key("contacts", row) for row in sandbox.get("wisepops/collected_contacts")}
    arrived, state, requests, hours = Arrived(vendor, "contacts"), None, [], 31 * 24
    for hour in range(hours):
        clock.set(clock.now.replace(minute=0, second=30) + timedelta(hours=bool(hour)))
        # Some come hours late; on one day more come than the page of a lookback holds.
        count = 150 if 250 <= hour < 260 else 2
        late = timedelta(hours=hour % 20) if hour % 5 == 0 else timedelta()
        collected_at = f"{(clock.now - late).isoformat(timespec='milliseconds')[:-6]}Z"
        new = sandbox.post("wisepops/contacts", [{"collected_at": collected_at}] * count)
        held |= {vendor.key("contacts", row) for row in new}
        run = read(vendor, state, clock=clock, requests_per_minute=60)
        state = run.state
        requests += run.requests
        arrived.add(run)
        assert (run.code, run.errors) == (0, [])
        # What was there when the run began has come, so that the bookmark is not ahead.
        assert arrived.rows.keys() == held
        assert bookmark(state, "contacts") <= clock.now
    assert {request["status"] for request in requests} == {200}
    assert vendor.lost(sandbox, "contacts", arrived.rows.values()) == []
    figures.add(
        "31 days of hourly runs, 1,500 requests in any 30 days",
        vendor.tap,
        hours,
        0,
        f"{len(requests)} requests, none refused; {len(requests) - 2 * hours} more than 2 a run",
    )


LOOKBACK = timedelta(days=30)
LEADS = 8_000 if IS_LONG else 4_500


@pytest.mark.parametrize("max_requests", [950, None])
def test_a_backfill_deeper_than_a_day_goes_on_where_the_quota_of_whatconverts_ended(
    serve, figures, max_requests
):
    """Pages of 4 leads in place of 2,500, so that few leads need more than 1,000 requests."""
    vendor, (sandbox, read) = VENDORS["whatconverts"], serve(f"whatconverts.leads={LEADS}")
    sandbox.post("options", {"whatconverts": {"leads_per_page_highest": 4}})
    held = vendor.expected(sandbox, "leads")
    clock = Clock(sandbox, "2026-01-01T03:00:00+00:00")
    arrived, state, days, refused = Arrived(vendor, "leads"), None, 0, []
    while len(arrived.rows) < len(held):
        before = state and bookmark(state, "leads")
        run = read(vendor, state, clock=clock, requests_per_minute=600, max_requests=max_requests)
        state, days = run.state, days + 1
        again = arrived.add(run)
        assert len(run.errors) == run.code
        reached = bookmark(state, "leads")
        if before:
            # Nothing from before the lookback is read again, and each day goes further.
            oldest = min(datetime.fromisoformat(row["date_created"]) for row in again)
            assert before - LOOKBACK - timedelta(seconds=2) <= oldest
            assert reached > before
        # The bookmark is not ahead.
        assert {
            vendor.key("leads", row)
            for row in held
            if datetime.fromisoformat(row["date_created"]) <= reached
        } <= arrived.rows.keys()
        refused.append(sum(request["status"] == REFUSED for request in run.requests))
        # A day after the last request: the sandbox counts those of 24 hours.
        clock.set(clock.now + timedelta(days=1))
    assert days > 1
    assert vendor.lost(sandbox, "leads", arrived.rows.values()) == []
    # Without the setting only a refusal tells of a spent quota, and it is asked for again in vain.
    tries = 0 if max_requests else vendor.tap_type().api.tries
    assert refused == [tries] * (days - 1) + [0]
    figures.add(
        "a backfill of several days, 1,000 requests a day"
        + (f", `max_requests` {max_requests}" if max_requests else ""),
        vendor.tap,
        days,
        0,
        f"{max(refused)} requests refused a day, {arrived.repeats} of {len(held)} rows read again",
    )


# Vendors with a limit a minute or a second: streams of which a run sends a request for each row.
PACED = {
    "wisedata": ("wisedata.contact_lists", ["contact_lists", "contacts"]),
    "prospector": ("prospector.campaigns", ["campaigns", "campaign_progress"]),
    "wolfeo": ("wolfeo.tags", ["tags", "tag_contacts"]),
}
FEW_CONTACTS = ("wisedata.contacts=100", "wolfeo.contacts=100")


def pace_of(vendor):
    """The requests a minute that a tap sends when nobody tells it to."""
    return vendor.tap_type().config_jsonschema["properties"]["requests_per_minute"]["default"]


def ratio(vendor, requests):
    """How much longer a run took than its pace allows: 1.02 is two hundredths more."""
    arrivals = [request["arrival"] for request in requests]
    return (arrivals[-1] - arrivals[0]) * pace_of(vendor) / 60 / (len(arrivals) - 1)


@pytest.mark.parametrize("name", PACED)
def test_no_limit_is_met_and_hardly_any_time_lost_within_a_run_or_between_two(serve, name):
    """By a clock that only waits move, with the settings that a user has who sets none."""
    vendor, (table, streams) = VENDORS[name], PACED[name]
    sandbox, read = serve(f"{table}={pace_of(vendor) * 11 // 10}", *FEW_CONTACTS)
    clock = Clock(sandbox, "2026-01-01T00:00:00+00:00")
    first = read(vendor, streams=streams, clock=clock, requests_per_minute=None)
    # Less than it takes to start a process.
    clock.move(seconds=0.2)
    second = read(vendor, streams=streams, clock=clock, requests_per_minute=None)
    for run in (first, second):
        assert (run.code, run.errors) == (0, [])
        assert {request["status"] for request in run.requests} == {200}
        assert len(run.requests) > pace_of(vendor)
        assert 1 <= ratio(vendor, run.requests) <= 1.05


def test_no_limit_is_met_in_real_time(serve, figures, tmp_path):
    """Limits are enforced by their whole windows in the long form, else by a sixth of a minute."""
    parts = 1 if IS_LONG else 6
    requests = {name: 70 * pace_of(VENDORS[name]) // 60 // parts for name in PACED}
    sandbox, _ = serve(
        *(f"{PACED[name][0]}={count}" for name, count in requests.items()), *FEW_CONTACTS
    )
    for name in ("wisedata", "prospector"):
        sandbox.post("options", {name: {"limit_parts": parts}})
    started = {}
    for name in PACED:
        vendor, folder = VENDORS[name], tmp_path / name
        folder.mkdir()
        config = vendor.config(sandbox)
        del config["requests_per_minute"]
        started[name] = start_tap(vendor.tap, folder, config, streams=PACED[name][1])
    for name, tap in started.items():
        run, log = tap.finish(), sandbox.requests_to(name)
        assert (run.code, run.errors) == (0, [])
        assert [request["status"] for request in log if request["status"] != 200] == []
        assert len(log) > requests[name]
        figures.add(
            f"a run at full pace, {pace_of(VENDORS[name])} requests a minute, in real time",
            VENDORS[name].tap,
            1,
            0,
            f"{len(log)} requests, none refused; {ratio(VENDORS[name], log) - 1:.1%} longer than "
            "the pace allows",
        )
