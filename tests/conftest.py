"""Fixtures of the tests that need the whole."""

from __future__ import annotations

import pytest
from figures import Figures
from isolation import install, make_project
from leaks import assert_none_left, watch_processes
from scenarios import Good
from vendors import VENDORS
from warehouse import Meltano

watch_processes()


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path):
    """After each test, whatever its processes have left in its folder is searched."""
    yield
    assert_none_left(tmp_path)


@pytest.fixture
def config(sandbox):
    """The settings that tap-wolfeo needs for the sandbox, at full speed."""
    return VENDORS["wolfeo"].config(sandbox)


@pytest.fixture(scope="module", params=VENDORS)
def good(request, shared_sandbox, tmp_path_factory):
    """Input that works with a vendor."""
    return Good(request.param, shared_sandbox, tmp_path_factory.mktemp("good"))


@pytest.fixture
def make_meltano(tmp_path):
    """Make a Meltano with a project and a warehouse of its own."""

    def make(sandbox, folder=tmp_path / "project", loader="target-duckdb", **settings):
        install(*(vendor.tap for vendor in VENDORS.values()), loader)
        return Meltano(make_project(folder), sandbox.url, **settings)

    return make


@pytest.fixture(scope="session")
def figures():
    """Collect what attacks found: a row for docs/reliability.md each."""
    found = Figures()
    yield found
    found.write()
