"""A set of keys in few bytes is still a set."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st
from tap_shared.keys import KeySet

numbers = st.one_of(st.integers(-5, 30), st.integers(), st.integers(0, 40).map(lambda n: n * 4096))
keys = st.one_of(
    st.tuples(numbers),
    st.tuples(st.sampled_from(["a", "b", 1]), numbers),
    st.tuples(st.text(max_size=2)),
    st.text(max_size=2),
    st.just(()),
)


@given(st.lists(keys, max_size=60), st.lists(keys, max_size=10))
def test_it_holds_what_a_set_holds(added, asked):
    found, expected = KeySet(), set()
    for key in added:
        assert found.add(key) == (key not in expected)
        expected.add(key)
    assert len(found) == len(expected)
    assert all((key in found) == (key in expected) for key in [*added, *asked])


def test_a_key_with_a_number_takes_few_bytes():
    found = KeySet()
    for number in range(100_000):
        found.add((7, number * 977))
    assert len(found) == 100_000
    (table,) = found._tables.values()
    assert sys.getsizeof(table._slots) <= 24 * 100_000
