"""The tap: settings and streams."""

from __future__ import annotations

import typing as t

from tap_shared import ApiTap, credential, settings

from tap_wisepops import streams
from tap_wisepops.client import WISEPOPS


class TapWisepops(ApiTap):
    """Contacts and pop-ups of one website in Wisepops."""

    name = "tap-wisepops"
    package_name = "singer-tap-pack-wisepops"
    api = WISEPOPS
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings(
        credential("api_key", "API key", "The key of one website, from Settings → Email API."),
        api_url="https://app.wisepops.com/api2",
        requests_per_minute=60,
        pace="The vendor documents no limit a minute, only 1,500 requests in 30 days.",
        # For contacts that arrive late. Free of charge as long as what comes fits one page.
        lookback_days=1,
        user_agent="tap-wisepops",
    )
    stream_types = streams.ALL
