"""Singer tap for WiseData."""
