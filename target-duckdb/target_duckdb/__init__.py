"""Singer target for a DuckDB file."""
