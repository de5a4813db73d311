"""`python -m tap_wolfeo` is `tap-wolfeo`."""

from tap_wolfeo.tap import TapWolfeo

TapWolfeo.cli()
