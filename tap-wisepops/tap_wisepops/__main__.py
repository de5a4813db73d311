"""`python -m tap_wisepops` is `tap-wisepops`."""

from tap_wisepops.tap import TapWisepops

TapWisepops.cli()
