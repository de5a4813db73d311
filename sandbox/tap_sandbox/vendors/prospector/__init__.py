"""Prospector, the Snov.io API: campaigns, prospects, and searches that cost credits."""

from __future__ import annotations

from tap_sandbox.limits import Limit
from tap_sandbox.vendor import Vendor
from tap_sandbox.vendors.prospector import answers
from tap_sandbox.vendors.prospector.options import OPTIONS
from tap_sandbox.vendors.prospector.routes import ROUTES
from tap_sandbox.vendors.prospector.tables import TABLES
from tap_sandbox.vendors.prospector.views import VIEWS

VENDOR = Vendor(
    name="prospector",
    # Two versions are mixed, so the version is part of each route.
    base="",
    credentials={"client_id": answers.CLIENT_ID, "client_secret": answers.CLIENT_SECRET},
    tables=TABLES,
    routes=ROUTES,
    authenticate=answers.authenticate,
    unknown=answers.unknown,
    invalid=answers.invalid,
    too_many=answers.too_many,
    limits=(Limit(count=60, seconds=60, block_option="block_seconds"),),
    options=OPTIONS,
    views=VIEWS,
    secret_names=frozenset({"client_id", "client_secret", "access_token"}),
)
