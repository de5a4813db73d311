"""Singer tap for Prospector."""
