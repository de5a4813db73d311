"""The register of vendors: a new one is a module here and a line below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.vendors import prospector, whatconverts, wisedata, wisepops, wolfeo

if TYPE_CHECKING:
    from tap_sandbox.vendor import Vendor

VENDORS: tuple[Vendor, ...] = (
    prospector.VENDOR,
    whatconverts.VENDOR,
    wisedata.VENDOR,
    wisepops.VENDOR,
    wolfeo.VENDOR,
)
