"""Recordings: each fetched and saved once."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from tap_shared.errors import SettingsError
from tap_whatconverts.storage import storage_at
from whatconverts_checks import paths


@pytest.fixture
def recorded(sandbox):
    """The leads with a recording."""
    return [row for row in sandbox.get("whatconverts/profile_leads") if row["recording"]]


def assert_saved(run, folder, leads):
    by_lead = {record["lead_id"]: record for record in run.records["recordings"]}
    assert by_lead.keys() == {row["lead_id"] for row in leads}
    assert {path.name for path in folder.iterdir()} == {f"{lead}.mp3" for lead in by_lead}
    for lead, record in by_lead.items():
        audio = (folder / f"{lead}.mp3").read_bytes()
        assert audio.startswith(b"\xff\xfb")
        assert record == {
            "lead_id": lead,
            "address": record["address"],
            "size": len(audio),
            "sha256": hashlib.sha256(audio).hexdigest(),
            "content_type": "audio/mpeg",
        }
        assert Path(record["address"].removeprefix("file://")) == folder / f"{lead}.mp3"


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_each_recording_is_saved_and_fetched_once(sandbox, read, recorded, tmp_path, scheme):
    folder = tmp_path / "audio"
    path = {"recordings_path": f"{scheme}{folder}"}
    first = read("leads", "recordings", **path)
    assert first.code == 0
    assert_saved(first, folder, recorded)
    assert paths(sandbox)["recording"] == len(recorded)
    assert all(not entry["secrets_in_query"] for entry in sandbox.requests_to("whatconverts"))
    # Of the leads of this run only, and not again what is there.
    second = read("leads", "recordings", state=first.state, **path)
    newest = {record["lead_id"] for record in second.records["leads"]}
    expected = [record for record in first.records["recordings"] if record["lead_id"] in newest]
    assert second.records["recordings"] == expected != []
    assert "recording" not in paths(sandbox)
    # Without leads, all of them: what an earlier run has missed comes this way.
    lost = folder / f"{recorded[0]['lead_id']}.mp3"
    lost.rename(lost.with_suffix(".mp3.partial"))
    third = read("recordings", state=second.state, **path)
    assert len(third.records["recordings"]) == len(recorded)
    assert paths(sandbox)["recording"] == 1
    lost.with_suffix(".mp3.partial").unlink(missing_ok=True)
    assert_saved(third, folder, recorded)


def test_recordings_that_a_budget_ended_go_on(sandbox, read, recorded, tmp_path):
    path = {"recordings_path": str(tmp_path / "audio")}
    first = read("recordings", max_requests=5, **path)
    assert first.code != 0
    (line,) = first.errors
    assert "recordings keeps what it has saved, goes on in a run that reads the same leads" in line
    saved = len(list((tmp_path / "audio").iterdir()))
    assert saved > 0
    second = read("recordings", **path)
    assert second.code == 0
    assert_saved(second, tmp_path / "audio", recorded)
    assert paths(sandbox)["recording"] == len(recorded) - saved


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_recording_that_is_gone_is_skipped(sandbox, read, recorded, tmp_path, status):
    gone = {"kind": "status", "status": status, "path": "/recording", "after": 2}
    sandbox.post("faults", gone | {"body": {"error_message": "No recording found."}})
    run = read("leads", "recordings", recordings_path=str(tmp_path / "audio"))
    assert run.code == 0
    assert len(run.records["recordings"]) == len(recorded) - 1
    assert "(No recording found.); lead " in run.log


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_all_recordings_costs_one_request(sandbox, read, tmp_path, status):
    refusal = {"kind": "status", "status": status, "path": "/recording", "times": None}
    sandbox.post("faults", refusal | {"after": 3})
    run = read("leads", "recordings", recordings_path=str(tmp_path / "audio"))
    assert run.code != 0
    assert len(run.records["recordings"]) == 3
    assert paths(sandbox)["recording"] == 4
    assert run.state["bookmarks"]["leads"]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "body": {"error_message": "Odd."}}, {"kind": "html"}]
)
def test_what_is_no_audio_is_not_saved(sandbox, read, recorded, tmp_path, fault):
    sandbox.post("faults", {"path": "/recording", "status": 200, **fault})
    run = read("leads", "recordings", recordings_path=str(tmp_path / "audio"))
    assert run.code != 0
    assert "recordings: /recording answered no audio" in run.log
    assert_saved(run, tmp_path / "audio", recorded[1:])


@pytest.mark.parametrize(
    ("path", "said"),
    [(None, "setting `recordings_path` is missing"), ("nope://x/y", "tap-whatconverts[fsspec]")],
)
def test_a_place_that_can_not_be_used_is_said_before_anything_is_read(sandbox, read, path, said):
    run = read("leads", "recordings", recordings_path=path)
    assert run.code != 0
    assert said in run.errors[0]
    assert not paths(sandbox)


def test_what_to_install_is_said_when_fsspec_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(SettingsError, match=r"install tap-whatconverts\[fsspec\]"):
        storage_at("s3://bucket/folder")


def test_a_place_that_can_not_be_written_ends_the_run(sandbox, read, tmp_path):
    (tmp_path / "file").write_text("")
    run = read("leads", "recordings", recordings_path=str(tmp_path / "file"))
    assert run.code != 0
    assert paths(sandbox)["recording"] <= 1
    assert "can't be saved or read" in run.errors[-1]
    assert run.state["bookmarks"]["leads"]


def test_recordings_of_earlier_runs_are_not_told_as_deleted(sandbox, read, tmp_path):
    settings = {"recordings_path": str(tmp_path / "a"), "emit_activate_version_messages": True}
    run = read("tracking_forms", "leads", "recordings", **settings)
    versions = [each["stream"] for each in run.messages if each["type"] == "ACTIVATE_VERSION"]
    assert versions == ["tracking_forms"]
