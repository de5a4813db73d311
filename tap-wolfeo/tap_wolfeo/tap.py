"""The tap: settings and streams."""

from __future__ import annotations

import typing as t

from tap_shared import ApiTap, credential, settings

from tap_wolfeo import streams
from tap_wolfeo.client import WOLFEO


class TapWolfeo(ApiTap):
    """Contacts, sales and campaigns of Wolfeo, a marketing suite."""

    name = "tap-wolfeo"
    package_name = "singer-tap-pack-wolfeo"
    api = WOLFEO
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings(
        credential("api_key", "API key", "A key of a paid Wolfeo account."),
        api_url="https://api.wolfeo.me/v1",
        requests_per_minute=600,
        # Orders are refunded and cancelled weeks later, and nothing else reveals it.
        lookback_days=90,
        user_agent="tap-wolfeo",
    )
    stream_types = streams.ALL
