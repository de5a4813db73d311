"""The vendors of the pack on loopback, for trying taps and for testing pipelines."""

from __future__ import annotations
