"""`python -m tap_prospector` is `tap-prospector`."""

from tap_prospector.tap import TapProspector

TapProspector.cli()
