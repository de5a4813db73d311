"""What goes to the real vendors, which no test can reach: the address and the credentials."""

from __future__ import annotations

import base64
import sys

import pytest
from isolation import BIN
from pipeline import finished
from tap_prospector.tap import TapProspector
from tap_shared import Request
from tap_whatconverts.tap import TapWhatConverts
from tap_wisedata.tap import TapWiseData
from tap_wisepops.tap import TapWisepops
from tap_wolfeo.tap import TapWolfeo
from vendors import VENDORS

BASIC = base64.b64encode(b"a-token:a-secret").decode()


@pytest.mark.parametrize(
    ("tap_class", "credentials", "address", "authorization"),
    [
        (
            TapProspector,
            {"client_id": "an-id", "client_secret": "a-secret"},
            "https://api.snov.io/rows",
            "Bearer made-up",
        ),
        (
            TapWhatConverts,
            {"api_token": "a-token", "api_secret": "a-secret"},
            "https://app.whatconverts.com/api/v1/rows",
            f"Basic {BASIC}",
        ),
        (
            TapWiseData,
            {"token": "a-token"},
            "https://api.wisedatanps.com/api/v1/rows",
            "Bearer a-token",
        ),
        (
            TapWisepops,
            {"api_key": "a-key"},
            "https://app.wisepops.com/api2/rows",
            'WISEPOPS-API key="a-key"',
        ),
        (TapWolfeo, {"api_key": "a-key"}, "https://api.wolfeo.me/v1/rows", "Bearer a-key"),
    ],
)
def test_requests_go_where_the_vendor_is_with_its_kind_of_credentials(
    requests_mock, tap_class, credentials, address, authorization
):
    requests_mock.post(
        "https://api.snov.io/v1/oauth/access_token",
        json={"access_token": "made-up", "expires_in": 3600},
    )
    requests_mock.get(address, json=[])
    tap = tap_class(config=credentials)
    assert tap.transport.send(Request("/rows"), "rows") == []
    sent = requests_mock.request_history[-1]
    assert sent.headers["Authorization"] == authorization
    assert sent.headers["Accept"] == "application/json"
    assert sent.headers["User-Agent"] == tap_class.name
    tap.transport.close()


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_a_tap_is_started_as_a_module_too(vendor):
    module, _ = vendor.tap_class.split(".", 1)
    done = finished([sys.executable, "-m", module, "--version"])
    assert (done.returncode, done.stdout) == (0, finished([BIN / vendor.tap, "--version"]).stdout)
