"""The SDK's own suite, over every stream, against the sandbox."""

from __future__ import annotations

import pytest
from pipeline import Sandbox, choose, discover
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_prospector.tap import TapProspector
from tap_shared import searches

# `_unmapped` is empty as long as the vendor sends what its schema names.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records"),
    pytest.mark.filterwarnings("ignore:No records were available to test"),
]

# The suite reads the streams when its class is made, before any fixture runs.
sandbox = Sandbox("--unlimited", "--scale", "tiny")
catalog = discover("tap-prospector")
streams = [entry["tap_stream_id"] for entry in catalog["streams"]]

TestTapProspector = get_tap_test_class(
    TapProspector,
    config={
        "client_id": "sandbox-prospector-id",
        "client_secret": "sandbox-prospector-secret",
        "api_url": f"{sandbox.url}/prospector",
        "requests_per_minute": 1_000_000,
        "max_credits": 1000,
        "domains": ["company1.example"],
        "emails": ["person2@example.com"],
        "people": [{"first_name": "Ada", "last_name": "Weber", "domain": "company1.example"}],
        "linkedin_urls": ["https://www.linkedin.com/in/person-2"],
        "company_names": ["Company 1 & Co"],
    },
    catalog=choose(catalog, *streams),
    suite_config=SuiteConfig(max_records_limit=50),
)


@pytest.fixture(scope="module", autouse=True)
def running_sandbox():
    with sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(searches, "FIRST_WAIT", 0.01)
        yield
