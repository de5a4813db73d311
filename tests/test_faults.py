"""What networks, proxies and tired servers do: survived, or named in one line and made good."""

from __future__ import annotations

import functools
from collections import Counter

import pytest
from in_process import reader
from pipeline import Sandbox, run_tap
from vendors import VENDORS

# Few, and yet pages enough for a first, a middle and a last one.
ROWS = (
    *(f"prospector.{name}=60" for name in ("opens", "clicks", "sent_emails", "prospects")),
    "prospector.campaigns=3",
    "whatconverts.leads=100",
    "whatconverts.tracking_forms=300",
    "wisedata.contacts=250",
    "wisepops.contacts=1100",
    *(f"wolfeo.{name}=110" for name in ("contacts", "orders", "transactions", "subscriptions")),
    "wolfeo.campaigns=20",
    "wolfeo.tags=3",
)

BUSY = {"kind": "status", "status": 429}
SOON = {"headers": {"Retry-After": "7"}}
FAULTS = {
    # What another try mends.
    "429": (BUSY, "survived"),
    "429, Retry-After": ({**BUSY, **SOON}, "survived"),
    "500": ({"kind": "status", "status": 500}, "survived"),
    "503, Retry-After": ({"kind": "status", "status": 503, **SOON}, "survived"),
    "HTML": ({"kind": "html"}, "survived"),
    "cut": ({"kind": "cut"}, "survived"),
    "reset": ({"kind": "reset"}, "survived"),
    "garbage": ({"kind": "garbage"}, "survived"),
    "hang": ({"kind": "hang"}, "survived"),
    "slow": ({"kind": "slow", "seconds": 0.1}, "survived at once"),
    # What the vendor seems to mean.
    "403": ({"kind": "status", "status": 403}, "named"),
    "missing member": ({"kind": "missing"}, "named"),
    "another shape": ({"kind": "shape", "member": "", "value": [17]}, "named"),
    "redirect elsewhere": ({"kind": "redirect", "location": "https://example.com/"}, "named"),
    "Retry-After of a day": ({**BUSY, "headers": {"Retry-After": "86400"}}, "named"),
    "Retry-After of years": (
        {**BUSY, "headers": {"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"}},
        "named",
    ),
}
PLACES = ("first", "middle", "last")

# Where an answer has its rows, by the end of its path. A bare list has no member to miss: it comes
# as an object without anything.
MEMBERS = {
    "whatconverts": {"leads": "leads", "numbers": "numbers", "forms": "forms"},
    "prospector": {"access_token": "access_token", "prospect-list": "prospects"},
}
BARE = ("wisepops", "prospector")


@pytest.fixture
def read(sandbox, tmp_path):
    """Make runs in this process, so that nobody waits for the waits."""
    return reader(sandbox, tmp_path)


@pytest.fixture
def read_many(tmp_path):
    """A sandbox with a stream of many partitions, and what makes runs."""
    with Sandbox("--unlimited", rows=(*ROWS, "wolfeo.tags=50")) as sandbox:
        yield sandbox, reader(sandbox, tmp_path)


class Held:
    """What the vendor holds, asked for once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.get = functools.cache(sandbox.get)


def lost(vendor, sandbox, *runs):
    """The streams of which rows are missing, or differ, after these runs."""
    together = {
        stream: [record for run in runs for record in run.records.get(stream, [])]
        for stream in vendor.streams
    }
    return {name for name, rows in together.items() if vendor.lost(sandbox, name, rows)}


def missing(vendor, request):
    """The fault that takes away what an answer is about."""
    word = request["path"].rsplit("/", 1)[1]
    member = MEMBERS.get(vendor.name, {}).get(word, "data")
    if member == "data" and vendor.name in BARE:
        return {"kind": "shape", "member": "", "value": {}}
    return {"kind": "missing", "member": member}


def assert_named(vendor, sandbox, run, words, most=1):
    """A line for each stream, or each of its partitions, of which anything is missing."""
    assert run.end, words
    assert "Traceback" not in run.log
    short, errors = lost(vendor, sandbox, run), run.errors[:-1]
    if run.end.startswith("not everything could be read"):
        lines = Counter(line.split(":", 1)[0] for line in errors)
        assert short <= lines.keys(), (words, errors)
        assert max(lines.values()) <= most, (words, errors)
    else:
        # The whole run ended, with the one line that says why.
        assert not errors, (words, errors)
        assert len(run.end.splitlines()) == 1


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", VENDORS)
def test_a_fault_is_survived_or_named_and_made_good_by_the_next_run(
    sandbox, read, figures, name, place
):
    vendor, held = VENDORS[name], Held(sandbox)
    quiet = read(vendor)
    assert lost(vendor, held, quiet) == set()
    at = {"first": 0, "middle": len(quiet.requests) // 2, "last": len(quiet.requests) - 1}[place]
    repeated = Counter()
    for words, (fault, outcome) in FAULTS.items():
        kind = missing(vendor, quiet.requests[at]) if words == "missing member" else fault
        sandbox.post("faults", {**kind, "vendor": name, "after": at})
        # Long enough for a slow machine, and the one wait that nobody can spare the test.
        patience = {"request_timeout_seconds": 1} if words == "hang" else {}
        run = read(vendor, **patience)
        assert sum(bool(request["fault"]) for request in run.requests) == 1, words
        repeated[words] = len(run.requests) - len(quiet.requests)
        if outcome == "named":
            assert_named(vendor, held, run, words)
            assert repeated[words] <= 0, words
            # The state claims nothing that did not come.
            again = read(vendor, state=run.state)
            assert again.code == 0
            assert lost(vendor, held, run, again) == set(), words
        else:
            assert (run.code, run.errors) == (0, []), words
            assert lost(vendor, held, run) == set(), words
            assert repeated[words] == (outcome == "survived"), words
            assert run.state == quiet.state, words
    survived = sum(outcome != "named" for _, outcome in FAULTS.values())
    figures.add(
        f"faults at the {place} request: {survived} kinds survived, {len(FAULTS) - survived} named",
        vendor.tap,
        len(FAULTS),
        0,
        f"at most {max(repeated.values())} request repeated",
    )


LASTING = {
    "wisepops": "/contacts",
    "wisedata": "/contacts",
    "whatconverts": "/leads",
    "prospector": "/v1/get-emails-opened",
    "wolfeo": "/tags-contacts",
}


@pytest.mark.parametrize("name", VENDORS)
def test_a_fault_that_lasts_ends_with_a_name_after_a_bounded_number_of_requests(
    sandbox, read, figures, name
):
    vendor, held, path = VENDORS[name], Held(sandbox), LASTING[name]
    quiet = read(vendor)
    asked = sum(request["path"].endswith(path) for request in quiet.requests)
    kinds = ("429", "500", "cut", "reset", "403", "another shape")
    repeated = []
    for words in kinds:
        fault, outcome = FAULTS[words]
        sandbox.post("faults", {**fault, "vendor": name, "path": path, "times": None})
        run = read(vendor)
        assert_named(vendor, held, run, words, most=asked)
        tries = vendor.tap_type().api.tries if outcome == "survived" else 1
        repeated.append(len(run.requests) - len(quiet.requests))
        assert repeated[-1] <= (tries - 1) * asked, words
        sandbox.delete("faults")
        assert lost(vendor, held, run, read(vendor, state=run.state)) == set(), words
    figures.add(
        "faults that last, at all requests of one path",
        vendor.tap,
        len(kinds),
        0,
        f"at most {max(repeated)} requests more than the {len(quiet.requests)} of a whole run",
    )


@pytest.mark.parametrize("words", ["500", "cut", "garbage", "HTML"])
def test_a_path_that_fails_for_good_costs_the_tries_of_three_partitions_and_no_other_stream(
    read_many, figures, words
):
    vendor, (sandbox, read) = VENDORS["wolfeo"], read_many
    quiet = read(vendor)
    fault = {**FAULTS[words][0], "vendor": vendor.name, "path": "/tags-contacts", "times": None}
    sandbox.post("faults", fault)
    run = read(vendor)
    tries = [request for request in run.requests if request["path"].endswith("/tags-contacts")]
    assert len(tries) == 3 * vendor.tap_type().api.tries
    *errors, _ = run.errors
    assert [line.split(":", 1)[0] for line in errors] == ["tag_contacts"] * 3
    assert "3 in a row ended so, and the others are not tried" in errors[-1]
    # All others are there, those that come after it too.
    assert lost(vendor, Held(sandbox), run) == {"tag_contacts"}
    assert run.state == quiet.state
    figures.add(
        f"{words} at one path for good, a stream of 50 partitions",
        vendor.tap,
        1,
        0,
        f"{len(tries)} requests in vain, {sum(run.waits):.0f} s waited; all other streams read",
    )


def test_partitions_that_fail_here_and_there_do_not_end_their_stream(read_many):
    vendor, (sandbox, read) = VENDORS["wolfeo"], read_many
    odd = [{"query": {"tag_id": str(tag)}} for tag in range(1, 50, 2)]
    fault = {"kind": "status", "vendor": vendor.name, "path": "/tags-contacts", "times": None}
    sandbox.post("faults", [{**fault, **each} for each in odd])
    run = read(vendor, streams=["tags", "tag_contacts"])
    assert len(run.errors) == 25 + 1
    held = {row["tag_id"] for row in sandbox.get("wolfeo/tag_contacts")}
    assert {row["tag_id"] for row in run.records["tag_contacts"]} == held & set(range(2, 51, 2))


@pytest.mark.parametrize("place", PLACES)
def test_a_token_that_ends_before_its_time_is_renewed_once(sandbox, read, place):
    vendor, held = VENDORS["prospector"], Held(sandbox)
    quiet = read(vendor)
    total = len(quiet.requests)
    at = {"first": 2, "middle": total // 2, "last": total}[place]
    (row,) = sandbox.get("prospector/tokens")
    # The sandbox gives out the same tokens again.
    sandbox.post("reset")
    gone = {"operation": "delete", "vendor": "prospector", "table": "tokens", "id": row["token"]}
    sandbox.post("plans", {"at": at, "vendor": "prospector", "operations": [gone]})
    run = read(vendor)
    assert sandbox.get("plans")["problems"] == []
    assert (run.code, run.errors) == (0, [])
    assert lost(vendor, held, run) == set()
    # The refused request, the new token; the repetition is the request itself.
    assert len(run.requests) == total + 2


def test_tokens_that_live_for_a_second_cost_tokens_and_no_row(sandbox, read):
    vendor, held = VENDORS["prospector"], Held(sandbox)
    sandbox.post("options", {"prospector": {"token_seconds": 1}})
    run = read(vendor)
    assert (run.code, run.errors) == (0, [])
    assert lost(vendor, held, run) == set()
    assert [request["status"] for request in run.requests if request["status"] != 200] == []


@pytest.mark.parametrize("name", VENDORS)
def test_the_machines_time_zone_changes_no_record_and_no_state(sandbox, tmp_path, name):
    """Two years of rows hold the hours that clocks repeat or skip in these zones."""
    vendor, held = VENDORS[name], Held(sandbox)
    plain, *others = (
        run_tap(vendor.tap, tmp_path, vendor.config(sandbox), environment={"TZ": zone})
        for zone in ("UTC", "Europe/Berlin", "America/New_York")
    )
    assert lost(vendor, held, plain) == set()
    for there in others:
        assert there.code == plain.code == 0
        assert there.records == plain.records
        assert there.state == plain.state


@pytest.mark.parametrize("name", VENDORS)
def test_a_tap_as_a_process_survives_and_names_as_well(sandbox, tmp_path, name):
    vendor = VENDORS[name]
    # The second strikes the repetition of the request that the first one struck.
    sandbox.post("faults", [{"kind": kind, "vendor": name} for kind in ("reset", "cut")])
    run = run_tap(vendor.tap, tmp_path, vendor.config(sandbox))
    assert (run.code, run.errors) == (0, [])
    assert lost(vendor, sandbox, run) == set()
    sandbox.post("faults", {"kind": "redirect", "location": "https://example.com/", "vendor": name})
    named = run_tap(vendor.tap, tmp_path, vendor.config(sandbox))
    assert named.code == 1
    assert named.errors
    assert "Traceback" not in named.log
