"""Fixtures of the tests that need the whole."""

from __future__ import annotations

import pytest
from figures import Figures
from leaks import assert_none_left, watch_processes
from pipeline import Sandbox
from warehouse import Meltano

watch_processes()


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path):
    """After each test, whatever its processes have left in its folder is searched."""
    yield
    assert_none_left(tmp_path)


@pytest.fixture
def sandbox():
    """A sandbox without limits."""
    with Sandbox("--unlimited") as running:
        yield running


@pytest.fixture
def config(sandbox):
    """The settings that tap-wolfeo needs for it, at full speed."""
    return {
        "api_key": "sandbox-wolfeo-key",
        "api_url": f"{sandbox.url}/wolfeo/v1",
        "requests_per_minute": 1_000_000,
    }


@pytest.fixture(scope="session")
def _installed(tmp_path_factory):
    Meltano(tmp_path_factory.mktemp("install"), "").install()


@pytest.fixture
def make_meltano(_installed, tmp_path):
    """Make a Meltano with a database and a warehouse of its own."""

    def make(sandbox, **settings):
        return Meltano(tmp_path, sandbox.url, **settings)

    return make


@pytest.fixture(scope="session")
def figures():
    """Collect what attacks found: a row for docs/reliability.md each."""
    found = Figures()
    yield found
    found.write()
