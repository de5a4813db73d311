"""`python -m tap_wisedata` is `tap-wisedata`."""

from tap_wisedata.tap import TapWiseData

TapWiseData.cli()
