"""The SDK's own suite, over every stream, against the sandbox."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pytest
from pipeline import Sandbox, choose, discover
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_whatconverts.tap import TapWhatConverts

# `_unmapped` is empty as long as the vendor sends what its schema names; a few properties are
# rare, or another name of one that is sent.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records"),
    pytest.mark.filterwarnings("ignore:No records were available to test"),
]

# The suite reads the streams when its class is made, before any fixture runs.
sandbox = Sandbox("--unlimited", "--scale", "tiny")
folder = TemporaryDirectory()
catalog = discover("tap-whatconverts")
streams = [entry["tap_stream_id"] for entry in catalog["streams"]]

TestTapWhatConverts = get_tap_test_class(
    TapWhatConverts,
    config={
        "api_token": "sandbox-whatconverts-agency-token",
        "api_secret": "sandbox-whatconverts-agency-secret",
        "api_url": f"{sandbox.url}/whatconverts/api/v1",
        "requests_per_minute": 1_000_000,
        "recordings_path": folder.name,
        "customer_journey": True,
        "profile_id": 70_001,
    },
    catalog=choose(catalog, *streams),
    suite_config=SuiteConfig(max_records_limit=150),
)


@pytest.fixture(scope="module", autouse=True)
def running_sandbox():
    with sandbox, folder:
        yield
