"""The SDK's own suite for each tap, over every stream, against the sandbox."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pytest
from pipeline import Sandbox, choose, discover
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_prospector.tap import TapProspector
from tap_shared import searches
from tap_whatconverts.tap import TapWhatConverts
from tap_wisedata.tap import TapWiseData
from tap_wisepops.tap import TapWisepops
from tap_wolfeo.tap import TapWolfeo

# `_unmapped` is empty as long as a vendor sends what its schema names; some properties are rare.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records"),
    pytest.mark.filterwarnings("ignore:No records were available to test"),
]

# The suites read the streams when their classes are made, before any fixture runs.
sandbox = Sandbox("--unlimited", "--scale", "tiny")
folder = TemporaryDirectory()


def suite(tap_class, path, most=50, **config):
    catalog = discover(tap_class.name)
    streams = [entry["tap_stream_id"] for entry in catalog["streams"]]
    url = f"{sandbox.url}/{path}"
    return get_tap_test_class(
        tap_class,
        config={"api_url": url, "requests_per_minute": 1_000_000, **config},
        catalog=choose(catalog, *streams),
        suite_config=SuiteConfig(max_records_limit=most),
    )


TestTapProspector = suite(
    TapProspector,
    "prospector",
    client_id="sandbox-prospector-id",
    client_secret="sandbox-prospector-secret",
    max_credits=1000,
    domains=["company1.example"],
    emails=["person2@example.com"],
    people=[{"first_name": "Ada", "last_name": "Weber", "domain": "company1.example"}],
    linkedin_urls=["https://www.linkedin.com/in/person-2"],
    company_names=["Company 1 & Co"],
)
TestTapWhatConverts = suite(
    TapWhatConverts,
    "whatconverts/api/v1",
    150,  # some kinds of leads are rare
    api_token="sandbox-whatconverts-agency-token",
    api_secret="sandbox-whatconverts-agency-secret",
    recordings_path=folder.name,
    customer_journey=True,
    profile_id=70_001,
)
TestTapWiseData = suite(TapWiseData, "wisedata/api/v1", token="sandbox-wisedata-token")
TestTapWisepops = suite(TapWisepops, "wisepops/api2", api_key="sandbox-wisepops-key")
TestTapWolfeo = suite(TapWolfeo, "wolfeo/v1", api_key="sandbox-wolfeo-key")


# Not of the module: a worker of pytest-xdist can leave a module and come back to it.
@pytest.fixture(scope="session", autouse=True)
def running_sandbox():
    with sandbox, folder:
        yield


# Of the class, because the fixtures that read a tap are.
@pytest.fixture(scope="class", autouse=True)
def short_first_wait():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searches, "FIRST_WAIT", 0.01)
        yield
