"""The register of vendors: a new one is a module here and a line below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.vendors import wolfeo

if TYPE_CHECKING:
    from tap_sandbox.vendor import Vendor

VENDORS: tuple[Vendor, ...] = (wolfeo.VENDOR,)
