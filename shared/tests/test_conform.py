"""Values made true to the type that a schema declares."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_shared.conform import conformer, date_time, renamed


def conform(schema, value):
    function = conformer({"type": "object", "properties": {"it": schema}})
    return function({"it": value})["it"]


NULLABLE_INTEGER = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
BOOLEAN = {"type": ["boolean", "null"]}
STRING = {"type": ["string", "null"]}
OBJECT = {"type": ["object", "null"], "properties": {"id": NULLABLE_INTEGER}}
ARRAY = {"type": "array", "items": NULLABLE_INTEGER}
DATE = {"type": ["string", "null"], "format": "date"}
DATE_TIME = {"type": ["string", "null"], "format": "date-time"}
OPEN_MIXED = {"type": ["string", "array", "null"]}
MIXED = {"type": ["string", "integer", "null"]}


@pytest.mark.parametrize(
    ("schema", "sent", "meant"),
    [
        (NULLABLE_INTEGER, "101200", 101200),
        (NULLABLE_INTEGER, "-1", -1),
        (NULLABLE_INTEGER, 9007199254740993, 9007199254740993),
        (NULLABLE_INTEGER, None, None),
        (NULLABLE_INTEGER, "", None),
        (NULLABLE_INTEGER, Decimal("5.0"), 5),
        (ARRAY, ["1", None], [1, None]),
        (DATE, "2024-02-29", "2024-02-29"),
        (DATE, "", None),
        (OPEN_MIXED, [5], [5]),
        (NUMBER, "", None),
        (OBJECT, "", None),
        (ARRAY, "", None),
        (BOOLEAN, "", None),
        (BOOLEAN, False, False),
        (NUMBER, "1,234.50", Decimal("1234.50")),
        (NUMBER, Decimal("1.10"), Decimal("1.10")),
        (STRING, 15551234567, "15551234567"),
        (STRING, Decimal("0.50"), "0.50"),
        (STRING, "", ""),
        (OBJECT, [], {}),
        (OBJECT, {"id": "7", "else": "7"}, {"id": 7, "else": "7"}),
        (OBJECT, None, None),
        (ARRAY, ["1", 2], [1, 2]),
        (MIXED, 5, 5),
        ({}, "5", "5"),
    ],
)
def test_a_value_becomes_what_its_schema_says(schema, sent, meant):
    found = conform(schema, sent)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (NULLABLE_INTEGER, "12a"),
        (NULLABLE_INTEGER, "²"),
        (NULLABLE_INTEGER, Decimal("5.5")),
        (NULLABLE_INTEGER, 1 << 63),
        (NULLABLE_INTEGER, "9223372036854775808"),
        (NULLABLE_INTEGER, Decimal("1E+400")),
        (NULLABLE_INTEGER, True),
        (NULLABLE_INTEGER, []),
        (NUMBER, "NaN"),
        (NUMBER, "many"),
        (NUMBER, (1 << 53) + 1),
        (NUMBER, Decimal("1E+400")),
        (NUMBER, 10**400),
        (NUMBER, False),
        (STRING, True),
        (STRING, {}),
        (STRING, ["x"]),
        (BOOLEAN, "true"),
        (BOOLEAN, 1),
        (OBJECT, "x"),
        (OBJECT, [1]),
        (OBJECT, {"id": "x"}),
        (ARRAY, {}),
        (ARRAY, ["x"]),
        (MIXED, True),
        (MIXED, {}),
        (OPEN_MIXED, 5),
        (DATE, "2024-02-30"),
        (DATE, "2024-01-01T00:00:00Z"),
        (DATE, 5),
        (DATE_TIME, "yesterday"),
        (DATE_TIME, "0000-00-00 00:00:00"),
        (DATE_TIME, "2024-02-30T00:00:00Z"),
        (DATE_TIME, 1 << 60),
        (DATE_TIME, True),
        (DATE_TIME, {"date": "2024-01-01 09:00:00", "timezone": "Asia/Tokyo"}),
    ],
)
def test_a_value_for_which_its_schema_has_no_room_is_told(schema, sent):
    with pytest.raises(ValueError, match="."):
        conform(schema, sent)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2024-01-01T09:00:00.000000Z", "2024-01-01T09:00:00.000000Z"),
        ("2024-01-01 09:00:00", "2024-01-01T09:00:00Z"),
        ("2024-01-01 09:00:00.5", "2024-01-01T09:00:00.5Z"),
        ("2024-01-01T10:00:00+01:00", "2024-01-01T09:00:00Z"),
        (1704099600, "2024-01-01T09:00:00Z"),
        (
            {"date": "2024-01-01 09:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
            "2024-01-01T09:00:00.000000Z",
        ),
        ("2024-01-01", "2024-01-01"),
        ("", None),
    ],
)
def test_instants_come_as_rfc_3339_in_utc(sent, meant):
    assert date_time(sent) == meant


def test_a_renamed_property_keeps_its_place_and_gives_way_to_the_new_name():
    names = {"GDPR": "gdpr", "contact_id": "id"}
    assert list(renamed({"contact_id": 1, "GDPR": True, "email": "x"}, names).items()) == [
        ("id", 1),
        ("gdpr", True),
        ("email", "x"),
    ]
    assert renamed({"GDPR": True, "gdpr": False}, names) == {"gdpr": False}


@given(
    st.one_of(
        st.text(), st.floats(), st.lists(st.integers()), st.dictionaries(st.text(), st.text())
    )
)
def test_no_value_of_the_wrong_kind_breaks_a_read(value):
    """It is made true, or it is told by the one error that is waited for."""
    for schema in (NULLABLE_INTEGER, NUMBER, STRING, OBJECT, ARRAY, MIXED, DATE, DATE_TIME):
        with contextlib.suppress(ValueError):
            conform(schema, value)
