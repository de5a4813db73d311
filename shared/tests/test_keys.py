"""A set of keys in few bytes is still a set."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from tap_shared.keys import KeySet

numbers = st.one_of(st.integers(-5, 30), st.integers(), st.integers(0, 40).map(lambda n: n * 4096))
keys = st.one_of(
    numbers,
    st.integers(2**64 - 2, 2**64 + 1),
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


GROWTH = """
import resource
from tap_shared.keys import KeySet
found = KeySet()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for number in range(1_000_000):
    found.add(("list", 3 * number))
print(len(found), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_million_keys_take_few_bytes():
    done = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, check=True)
    count, kilobytes = map(int, done.stdout.split())
    assert count == 1_000_000
    assert kilobytes < 4_000
