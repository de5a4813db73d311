"""The tap: settings and streams."""

from __future__ import annotations

import typing as t

from singer_sdk import typing as th
from tap_shared import ApiTap, credential, settings

from tap_whatconverts import streams
from tap_whatconverts.client import WHATCONVERTS
from tap_whatconverts.recordings import Recordings


class TapWhatConverts(ApiTap):
    """Leads of WhatConverts: calls, forms, chats and what else was tracked."""

    name = "tap-whatconverts"
    package_name = "singer-tap-pack-whatconverts"
    api = WHATCONVERTS
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings(
        credential("api_token", "API token", "The token of a profile's or an agency's key."),
        credential("api_secret", "API secret", "The secret of the same key."),
        api_url="https://app.whatconverts.com/api/v1",
        # The vendor allows one a millisecond, but 1,000 a day to a profile's key: ten a second
        # spend that in under two minutes, and leave the server to others.
        requests_per_minute=600,
        pace="The vendor allows more: one a millisecond.",
        # Values and states change for weeks, and the vendor can't be asked what has changed.
        lookback_days=30,
        user_agent="tap-whatconverts",
        more=(
            th.Property(
                "customer_journey",
                th.BooleanType,
                default=False,
                title="Customer journey",
                description="Whether leads hold what the visitor did before; Elite plans only.",
            ),
            th.Property(
                "account_id",
                th.IntegerType,
                title="Account",
                description="The one account to read leads and tracking of; agency keys only.",
            ),
            th.Property(
                "profile_id",
                th.IntegerType,
                title="Profile",
                description="The one profile to read leads and tracking of; agency keys only. "
                "Leads then hold field_mappings and custom_fields.",
            ),
            th.Property(
                "recordings_path",
                th.StringType,
                title="Recordings",
                description="Where the stream recordings saves audio: a folder, or an address that "
                "fsspec knows, such as s3://bucket/folder.",
            ),
        ),
    )
    stream_types = (*streams.ALL, Recordings)
