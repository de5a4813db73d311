"""How property-based tests run, and the fixtures of all tests that need a sandbox."""

from __future__ import annotations

import pytest
from hypothesis import settings
from in_process import run_in_process
from isolation import isolate
from pipeline import Sandbox
from vendors import VENDORS

isolate()

# The same examples each time, and no limit of time on any.
settings.register_profile("pack", derandomize=True, deadline=None, max_examples=300)
settings.load_profile("pack")


@pytest.fixture(scope="module")
def shared_sandbox(request):
    """A sandbox without limits, of the `SCALE` and with the `ROWS` that a module asks for."""
    scale = getattr(request.module, "SCALE", "small")
    rows = getattr(request.module, "ROWS", ())
    with Sandbox("--unlimited", "--scale", scale, rows=rows) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox):
    """The module's sandbox as it was at the start."""
    shared_sandbox.post("reset")
    yield shared_sandbox
    shared_sandbox.assert_no_credential_in_an_address()


@pytest.fixture
def vendor(request):
    """The vendor beside whose tap the test stands."""
    return VENDORS[request.path.parent.parent.name.removeprefix("tap-")]


@pytest.fixture
def config(vendor, sandbox):
    """The settings that the vendor's tap needs for the sandbox, at full speed."""
    return vendor.config(sandbox)


@pytest.fixture
def read(vendor, sandbox, config, tmp_path):
    """Let the tap read these streams in this process, or those that are selected by default.

    Settings are laid over the usual ones. The sandbox's log is that of the last run alone.
    """

    def read(*streams, method=None, state=None, **settings):
        sandbox.delete("requests")
        chosen = {"streams": streams, "method": method, "state": state}
        return run_in_process(vendor.tap, tmp_path, config | settings, **chosen)

    return read
