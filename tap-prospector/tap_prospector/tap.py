"""The tap: settings and streams."""

from __future__ import annotations

import typing as t

from singer_sdk import typing as th
from tap_shared import ApiTap, credential, settings

from tap_prospector import streams
from tap_prospector.client import PROSPECTOR


def _inputs(name: str, title: str, description: str) -> th.Property[list[str]]:
    return th.Property(name, th.ArrayType(th.StringType), title=title, description=description)


class TapProspector(ApiTap):
    """Prospects, lists and e-mail campaigns of Snov.io."""

    name = "tap-prospector"
    package_name = "singer-tap-pack-prospector"
    api = PROSPECTOR
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings(
        credential("client_id", "API User ID", "From app.snov.io/account/api."),
        credential("client_secret", "API Secret", "From app.snov.io/account/api."),
        api_url="https://api.snov.io",
        requests_per_minute=55,
        pace="The vendor's limit is 60, and an excess blocks the account for some minutes.",
        # The time zone of the vendor's days is not documented, and its counters lag.
        lookback_days=2,
        request_timeout_seconds=90,  # the vendor has been seen to take more than a minute
        user_agent="tap-prospector",
        more=(
            th.Property(
                "analytics_daily",
                th.BooleanType,
                default=False,
                title="Daily analytics",
                description="Whether `campaign_analytics` has one row per campaign and day, at 1 "
                "request each, instead of one per campaign.",
            ),
            th.Property(
                "prospects_per_page",
                th.IntegerType(minimum=1, maximum=5000),
                default=100,
                title="Prospects a page",
                description="Prospects that `list_prospects` asks for at once. Older documents of "
                "the vendor allow 100, newer ones 5,000.",
            ),
            th.Property(
                "include_deleted_lists",
                th.BooleanType,
                default=False,
                title="Include deleted lists",
                description="Whether `list_prospects` reads deleted lists too.",
            ),
            th.Property(
                "max_credits",
                th.IntegerType(minimum=0),
                title="Most credits",
                description="The most credits that one run may spend. Without it, streams that "
                "cost credits are not read.",
            ),
            _inputs("domains", "Domains", "What the `domain_` streams search for."),
            _inputs(
                "emails",
                "E-mail addresses",
                "What `email_profiles` and `email_verifications` search for.",
            ),
            th.Property(
                "people",
                th.ArrayType(
                    th.ObjectType(
                        th.Property("first_name", th.StringType, required=True),
                        th.Property("last_name", th.StringType, required=True),
                        th.Property("domain", th.StringType, required=True),
                    )
                ),
                title="People",
                description="Whose addresses `email_finder` searches for.",
            ),
            _inputs(
                "linkedin_urls", "LinkedIn addresses", "What `linkedin_profiles` searches for."
            ),
            _inputs("company_names", "Company names", "What `company_domains` searches for."),
        ),
    )
    stream_types = streams.ALL
