"""What is hashed, mapped, masked or deselected reaches no output by any road."""

from __future__ import annotations

import copy
import gzip
import json
import re
import stat
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import run_in_process
from isolation import PROJECT
from pipeline import choose, run_tap
from scenarios import is_refused
from vendors import VENDORS

SCALE = "tiny"
SALT = "a long secret text"
ADDRESS = "anna.secret@example.com"


def hashed(name, sandbox):
    """The settings of the extractor `--hashed` of a vendor."""
    extractors = yaml.safe_load((PROJECT / "meltano.yml").read_text())["plugins"]["extractors"]
    (entry,) = [each for each in extractors if each["name"] == f"tap-{name}--hashed"]
    config = {**VENDORS[name].config(sandbox), **copy.deepcopy(entry["config"])}
    return {**config, "stream_map_config": {"salt": SALT}}


def catalog_of(name, config, *streams, deselected=()):
    """A catalog in which these streams are selected, without these properties of the first."""
    tap = VENDORS[name].tap_type()(config={**config, "stream_maps": {}})
    catalog = choose(copy.deepcopy(tap.catalog_dict), *streams)
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] == streams[0]:
            for each in entry["metadata"]:
                if each["breadcrumb"][1:] and each["breadcrumb"][-1] in deselected:
                    each["metadata"]["selected"] = False
    return catalog


def files_in(messages):
    """The records of the batch files that messages name, by stream."""
    found = {}
    for message in messages:
        if message["type"] == "BATCH":
            for url in message["manifest"]:
                with gzip.open(urlsplit(url).path, "rt") as file:
                    records = map(json.loads, file)
                    found.setdefault(message["stream"], []).extend(records)
    return found


def batches(folder, size=7):
    """The setting `batch_config`."""
    encoding = {"format": "jsonl", "compression": "gzip"}
    storage = {"root": folder.as_uri()}
    return {"encoding": encoding, "storage": storage, "batch_size": size}


def read(vendor, sandbox, config, catalog=None):
    """Run a vendor's tap in this process, and note its requests."""
    sandbox.delete("requests")
    with tempfile.TemporaryDirectory() as folder:
        run = run_in_process(vendor.tap, Path(folder), config, catalog=catalog)
    run.requests = sandbox.requests_to(vendor.name)
    return run


MAPS = {
    "contacts": st.fixed_dictionaries(
        {},
        optional={
            "email": st.sampled_from(["__NULL__", "sha256(email or '')", "email.lower()"]),
            "first_name": st.just(None),
            "tenant": st.just("'shop'"),
            "__filter__": st.sampled_from(["id % 2 == 0", "False", "gdpr"]),
            "__alias__": st.just("people"),
            "__else__": st.just("__NULL__"),
        },
    ),
    "copy": st.fixed_dictionaries(
        {"__source__": st.just("contacts")}, optional={"email": st.just("__NULL__")}
    ),
    "t*": st.just({"tenant": "'shop'"}),
    "campaigns": st.just("__NULL__"),
}
RESULTS = st.fixed_dictionaries(
    {
        "stream_maps": st.fixed_dictionaries({}, optional=MAPS),
        "flattening_enabled": st.booleans(),
        "flattening_max_depth": st.integers(1, 2),
    }
)


# Each example is two whole runs.
@settings(max_examples=30)
@given(changed=RESULTS, deselected=st.sets(st.sampled_from(["email", "last_name", "created_at"])))
def test_files_hold_the_records_that_lines_hold(shared_sandbox, changed, deselected):
    vendor = VENDORS["wolfeo"]
    config = {**vendor.config(shared_sandbox), **changed}
    catalog = catalog_of("wolfeo", config, "contacts", "tags", "campaigns", deselected=deselected)
    lines = read(vendor, shared_sandbox, config, catalog=catalog)
    with tempfile.TemporaryDirectory() as folder:
        config["batch_config"] = batches(Path(folder))
        files = read(vendor, shared_sandbox, config, catalog=catalog)
        assert files_in(files.messages) == lines.records
    assert (files.end, files.records) == (lines.end, {})
    assert files.state == lines.state
    schemas = [
        [each for each in run.messages if each["type"] == "SCHEMA"] for run in (lines, files)
    ]
    assert schemas[0] == schemas[1]


def test_hashed_contacts_are_hashed_in_files_that_only_their_owner_reads(sandbox, tmp_path):
    folder = tmp_path / "files"
    config = {**hashed("wolfeo", sandbox), "batch_config": batches(folder)}
    folder.mkdir()
    run = run_tap("tap-wolfeo", tmp_path, config, streams=["contacts"])
    assert run.code == 0, run.log
    records = files_in(run.messages)["contacts"]
    assert len(records) == len(sandbox.get("wolfeo/listed_contacts"))
    assert not [each for each in records if "@" in json.dumps(each)]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {0o600}


def test_batches_and_activate_version_are_refused_together(sandbox, config, tmp_path):
    config |= {"batch_config": batches(tmp_path), "emit_activate_version_messages": True}
    run = read(VENDORS["wolfeo"], sandbox, config)
    assert is_refused(run)
    assert "`batch_config` and `emit_activate_version_messages`" in run.end


def test_the_last_batch_comes_when_the_budget_ends_the_run(sandbox, config, tmp_path):
    config |= {"batch_config": batches(tmp_path, 10_000), "max_requests": 2}
    config |= {"stream_maps": {"orders": {"email": None}}}
    catalog = catalog_of("wolfeo", config, "orders")
    sandbox.post("reset")
    run = read(VENDORS["wolfeo"], sandbox, config, catalog=catalog)
    if run.end:  # no checkpoint within two requests
        assert "came to no" in run.end
    held = {each["id"] for each in sandbox.get("wolfeo/orders")}
    assert {each["id"] for each in files_in(run.messages)["orders"]} <= held
    assert files_in(run.messages)["orders"]


UNEXPECTED = [[ADDRESS], {"value": ADDRESS}, {"deep": [{"value": ADDRESS}]}]


@pytest.mark.parametrize("value", UNEXPECTED, ids=["list", "object", "nested"])
@pytest.mark.parametrize("keep_unmapped", [True, False])
@pytest.mark.parametrize("how", ["hashed", "removed", "everywhere", "else", "deselected"])
def test_a_value_of_unexpected_type_is_not_kept_where_the_property_is_hidden(
    sandbox, config, how, keep_unmapped, value
):
    maps = {
        "hashed": {"contacts": {"email": "sha256(email) if email else None"}},
        "removed": {"contacts": {"email": "__NULL__"}},
        "everywhere": {"*": {"email": "__NULL__"}},
        "else": {"contacts": {"__else__": "__NULL__", "id": "id"}},
        "deselected": {},
    }
    config |= {"keep_unmapped": keep_unmapped, "stream_maps": maps[how]}
    hidden = ["email"] if how == "deselected" else []
    catalog = catalog_of("wolfeo", config, "contacts", deselected=hidden)
    drift = {"vendor": "wolfeo", "kind": "drift", "path": "/contacts", "member": "data"}
    sandbox.post("faults", {**drift, "value": [{"email": value}], "times": None})
    run = read(VENDORS["wolfeo"], sandbox, config, catalog=catalog)
    assert run.end == ""
    assert len(run.records["contacts"]) == len(sandbox.get("wolfeo/listed_contacts"))
    assert ADDRESS not in json.dumps(run.messages) + "".join(run.warnings)
    assert any("email" in each for each in run.warnings)


@pytest.mark.parametrize(
    ("maps", "what"),
    [
        pytest.param({"contact": {"email": None}}, "did you mean `contacts`?", id="stream"),
        pytest.param({"x*": {"email": None}}, "there is no stream 'x*'", id="glob"),
        pytest.param({"contacts": {"e_mail": None}}, "did you mean `email`?", id="removal"),
        pytest.param({"contacts": {"emails": "sha256(email)"}}, "`email`?", id="property"),
        pytest.param({"contacts": {"email": "sha256(mail)"}}, "'mail' is no property", id="name"),
        pytest.param({"contacts": {"email": "record.get('mail')"}}, "'mail'", id="get"),
        pytest.param({"contacts": {"email": "record['mail']"}}, "'mail'", id="subscript"),
        pytest.param({"contacts": {"__filter__": "idd > 1"}}, "'idd'", id="filter"),
        pytest.param({"contacts": {"__nul__": None}}, "operator '__nul__'", id="operator"),
        pytest.param({"copy": {"__source__": "contact"}}, "`contacts`?", id="source"),
        pytest.param({"__else__": None, "tags": {}}, "contacts is selected", id="else"),
    ],
)
def test_a_slip_in_a_stream_map_is_refused_before_the_first_request(sandbox, config, maps, what):
    catalog = catalog_of("wolfeo", config, "contacts")
    run = read(VENDORS["wolfeo"], sandbox, {**config, "stream_maps": maps}, catalog=catalog)
    assert is_refused(run)
    assert run.end.startswith("setting `stream_maps`")
    assert what in run.end


@pytest.mark.parametrize(
    "maps",
    [
        pytest.param({"contact_details": {"email": None}}, id="deselected stream"),
        pytest.param({"*": {"email": None}}, id="all streams"),
        pytest.param({"con*": {"email": None}}, id="glob"),
        pytest.param({"contacts": {"email_hash": "md5(email or '')"}}, id="new property"),
        pytest.param({"contacts": {"n": "str([x for x in [1, 2]])"}}, id="own name"),
        pytest.param({"contacts": {"n": "config['a'] + __stream_name__"}}, id="configuration"),
        pytest.param({"contacts": {"_unmapped": None}}, id="unmapped"),
        pytest.param({"__else__": None, "contacts": {}}, id="else"),
    ],
)
def test_a_stream_map_that_names_what_there_is_is_taken(sandbox, config, maps):
    catalog = catalog_of("wolfeo", config, "contacts")
    config |= {"stream_maps": maps, "stream_map_config": {"a": "b"}}
    run = read(VENDORS["wolfeo"], sandbox, config, catalog=catalog)
    assert run.end == ""
    assert run.records["contacts"]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("email.upper()[999]", "email.upper()[999] failed with IndexError"),
        ("{}[email]", "{}[email] failed with KeyError"),
        ("1 / 0", "1 / 0 failed with ZeroDivisionError"),
        ("len(first_name or '')", "gives a value of type int"),
    ],
)
@pytest.mark.parametrize("in_files", [False, True])
def test_an_expression_that_fails_fails_its_stream_alone(
    sandbox, config, tmp_path, value, what, in_files
):
    config["stream_maps"] = {"contacts": {"email": value.replace("len(", "max(0, ")}}
    if "len(" in value:
        config["stream_maps"] = {"contacts": {"email": "id + 1"}}
    if in_files:
        config["batch_config"] = batches(tmp_path)
    catalog = catalog_of("wolfeo", config, "contacts", "tags")
    run = read(VENDORS["wolfeo"], sandbox, config, catalog=catalog)
    assert run.end.startswith("not everything could be read: contacts failed")
    (line,) = [each for each in run.warnings if "stream_maps" in each]
    assert "setting `stream_maps`: stream contacts, property 'email'" in line
    assert what in line
    assert "@" not in line
    tags = files_in(run.messages)["tags"] if in_files else run.records["tags"]
    assert len(tags) == len(sandbox.get("wolfeo/tags"))


PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\+\d{8,}|\b\d{1,3}(?:\.\d{1,3}){3}\b|linkedin\.com/in/"
)
OWN_NUMBERS = {"tracking_number", "destination_number", "swap_number"}
"""Telephone numbers of the business itself."""


@pytest.mark.parametrize("in_files", [False, True], ids=["lines", "files"])
@pytest.mark.parametrize("name", VENDORS)
def test_a_hashed_extractor_emits_every_record_and_nobody_in_plain_text(
    sandbox, tmp_path, name, in_files
):
    vendor, config = VENDORS[name], hashed(name, sandbox)
    maps = config["stream_maps"]
    # Whatever a property is expected to be, it comes as something else in one row of a stream.
    for stream, path, member in DRIFTING[name]:
        value = {each: {"deep": [ADDRESS, "+49301234567"]} for each in maps[stream]}
        drift = {"vendor": name, "kind": "drift", "path": path, "member": member, "times": None}
        sandbox.post("faults", {**drift, "value": [value]})
    if in_files:
        config["batch_config"] = batches(tmp_path)
    run = read(vendor, sandbox, config)
    records = files_in(run.messages) if in_files else run.records
    assert set(records) >= set(vendor.streams) - {"contact_counts"}
    for stream, rows in records.items():
        assert len(rows) >= len(vendor.expected(sandbox, stream)) - 1, stream
        clear = [{k: v for k, v in row.items() if k not in OWN_NUMBERS} for row in rows]
        found = PERSONAL.search(json.dumps(clear))
        assert found is None, (stream, found)
    assert PERSONAL.search("".join(run.warnings) + run.end) is None


DRIFTING = {
    "prospector": [
        ("opens", "/v1/get-emails-opened", ""),
        ("sent_emails", "/v1/emails-sent", ""),
        ("list_prospects", "/v1/prospect-list", "prospects"),
    ],
    "whatconverts": [("leads", "/leads", "leads")],
    "wisedata": [("contacts", "/contacts", "data")],
    "wisepops": [("contacts", "/contacts", "")],
    "wolfeo": [("contacts", "/contacts", "data"), ("orders", "/orders", "data")],
}


@pytest.mark.parametrize("salt", [{}, {"salt": None}, {"salt": ""}])
def test_a_hashed_extractor_without_a_salt_is_refused(sandbox, salt):
    config = {**hashed("wolfeo", sandbox), "stream_map_config": salt}
    run = read(VENDORS["wolfeo"], sandbox, config)
    assert is_refused(run)
    assert run.end.startswith("setting `stream_map_config.salt` is empty")
    assert "PII_SALT" in run.end


@pytest.mark.parametrize("name", VENDORS)
def test_a_hashed_extractor_refuses_a_stream_without_a_map(sandbox, name):
    vendor, config = VENDORS[name], hashed(name, sandbox)
    every = [each.name for each in vendor.tap_type().stream_types]
    (without, *_) = [each for each in every if each not in config["stream_maps"]] or [None]
    if without is None:
        assert set(every) <= set(config["stream_maps"])
        return
    catalog = catalog_of(name, config, without)
    run = read(vendor, sandbox, config, catalog=catalog)
    assert is_refused(run)
    assert f"{without} is selected, but has no map" in run.end
