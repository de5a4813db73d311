"""How property-based tests run: the same examples each time, and no limit of time on any."""

from hypothesis import settings

settings.register_profile("pack", derandomize=True, deadline=None, max_examples=300)
settings.load_profile("pack")
