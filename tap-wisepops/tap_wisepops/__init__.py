"""Singer tap for Wisepops."""
