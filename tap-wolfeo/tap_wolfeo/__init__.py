"""Singer tap for Wolfeo."""
