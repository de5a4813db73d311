"""The SDK's own suite, over every stream, against the sandbox."""

from __future__ import annotations

import pytest
from pipeline import Sandbox, choose, discover
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_wisepops.tap import TapWisepops

# `_unmapped` is empty as long as the vendor sends what its schema names.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records"),
    pytest.mark.filterwarnings("ignore:No records were available to test"),
]

# The suite reads the streams when its class is made, before any fixture runs.
sandbox = Sandbox("--unlimited", "--scale", "tiny")
catalog = discover("tap-wisepops")
streams = [entry["tap_stream_id"] for entry in catalog["streams"]]

TestTapWisepops = get_tap_test_class(
    TapWisepops,
    config={
        "api_key": "sandbox-wisepops-key",
        "api_url": f"{sandbox.url}/wisepops/api2",
        "requests_per_minute": 1_000_000,
    },
    catalog=choose(catalog, *streams),
    suite_config=SuiteConfig(max_records_limit=50),
)


@pytest.fixture(scope="module", autouse=True)
def running_sandbox():
    with sandbox:
        yield
