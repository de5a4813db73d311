"""ACTIVATE_VERSION."""

from __future__ import annotations

import pytest

ID = {"id": {"type": "integer"}}
ACTIVATE = {"type": "ACTIVATE_VERSION", "stream": "things", "version": 2}


@pytest.mark.parametrize("add_record_metadata", [True, False])
def test_hard_delete_removes_rows_of_other_versions_and_of_none(
    load, query, schema, record, add_record_metadata
):
    config = {"add_record_metadata": add_record_metadata, "hard_delete": True}
    load(schema(ID), record(id=1), record(id=2), record(id=3), **config)
    load(schema(ID), record(id=1, version=1), record(id=2, version=1), **config)
    load(schema(ID), record(id=1, version=2), ACTIVATE, **config)
    assert query("SELECT id, _sdc_table_version FROM things") == [(1, 2)]


@pytest.mark.parametrize("add_record_metadata", [True, False])
def test_soft_delete_marks_them(load, query, schema, record, add_record_metadata):
    config = {"add_record_metadata": add_record_metadata}
    load(schema(ID), record(id=1), record(id=2), **config)
    load(schema(ID), record(id=1, version=2), ACTIVATE, **config)
    rows = "SELECT id, _sdc_deleted_at IS NOT NULL FROM things ORDER BY id"
    assert query(rows) == [(1, False), (2, True)]
    since = query("SELECT _sdc_deleted_at FROM things WHERE id = 2")
    load(schema(ID), ACTIVATE, **config)
    assert query("SELECT _sdc_deleted_at FROM things WHERE id = 2") == since
    load(schema(ID), record(id=2, version=2), **config)
    assert query(rows) == [(1, False), (2, False)]


def test_records_received_before_it_are_loaded_before_it(load, query, schema, record):
    messages = [record(id=1, version=1), record(id=2, version=2)]
    load(schema(ID), *messages, ACTIVATE, record(id=3, version=2), hard_delete=True)
    assert query("SELECT id FROM things") == [(2,), (3,)]


def test_a_stream_that_has_become_empty_loses_its_rows(load, query, schema, record):
    load(schema(ID), record(id=1, version=1))
    load(schema(ID), ACTIVATE, hard_delete=True)
    assert query("SELECT count(*) FROM things") == [(0,)]


def test_records_without_a_version_are_not_removed_by_their_own_run(
    load, query, schema, record, caplog
):
    load(schema(ID), record(id=1), ACTIVATE, hard_delete=True)
    assert query("SELECT id FROM things") == [(1,)]
    assert "ACTIVATE_VERSION is ignored" in caplog.text


def test_it_can_be_turned_off(load, query, schema, record):
    load(schema(ID), record(id=1, version=1))
    load(schema(ID), ACTIVATE, hard_delete=True, process_activate_version_messages=False)
    assert query("SELECT id FROM things") == [(1,)]
