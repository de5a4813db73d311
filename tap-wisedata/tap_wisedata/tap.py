"""The tap: settings and streams."""

from __future__ import annotations

import typing as t

from tap_shared import ApiTap, credential, settings

from tap_wisedata import streams
from tap_wisedata.client import WISEDATA


class TapWiseData(ApiTap):
    """Contact lists of WiseData NPS, and the contacts in them."""

    name = "tap-wisedata"
    package_name = "singer-tap-pack-wisedata"
    api = WISEDATA
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings(
        credential("token", "Token", "A token from the Integrations page of a Business account."),
        api_url="https://api.wisedatanps.com/api/v1",
        # Up to 60, says the vendor: lesser plans may allow fewer.
        requests_per_minute=60,
        # Addresses and numbers are checked in the days after a contact's creation, and nothing
        # else reveals it.
        lookback_days=7,
        user_agent="tap-wisedata",
    )
    stream_types = streams.ALL
