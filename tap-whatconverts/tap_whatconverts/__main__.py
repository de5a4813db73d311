"""`python -m tap_whatconverts` is `tap-whatconverts`."""

from tap_whatconverts.tap import TapWhatConverts

TapWhatConverts.cli()
