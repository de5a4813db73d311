"""The project's own Meltano, and the warehouse that it fills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import typing as t
from pathlib import Path

import duckdb
from isolation import BIN
from leaks import assert_none_in, assert_none_left
from vendors import VENDORS

if t.TYPE_CHECKING:
    from pipeline import Sandbox
    from vendors import Vendor


class Meltano:
    """Meltano in a project of its own, with a database and a warehouse of its own.

    Taps run at full speed: the sandbox behind them has no limits.

    Attributes:
        project: the folder of meltano.yml.
        warehouse: the file of target-duckdb.
        log: the lines of the last run, each as an object.
        environment: the variables that Meltano is given.
    """

    def __init__(self, project: Path, sandbox_url: str, **settings: str) -> None:
        self.project = project
        self.warehouse = Path(settings.get("TARGET_DUCKDB_PATH", project / "demo.duckdb"))
        self.log: list[dict[str, t.Any]] = []
        self.environment = {
            **os.environ,
            **{f"TAP_{vendor.upper()}_REQUESTS_PER_MINUTE": "1000000" for vendor in VENDORS},
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "MELTANO_ENVIRONMENT": "sandbox",
            "NO_COLOR": "1",
            "SANDBOX_URL": sandbox_url,
            # What a killed process leaves behind is found here, and goes with the project.
            "TMPDIR": str(project / ".meltano"),
            **settings,
        }

    @property
    def settings_of_runs(self) -> Path:
        """Where Meltano puts the plugins' settings while they run, the credentials among them."""
        return self.project / ".meltano" / "run"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Give a command other than `run`."""
        done = subprocess.run(
            [BIN / "meltano", *arguments],
            cwd=self.project,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert_none_in((done.stdout + done.stderr).encode(), "what Meltano printed")
        return done

    def start(self, *blocks: str) -> subprocess.Popen[str]:
        """Start a job, or pairs of tap and loader, in a process group of its own."""
        return subprocess.Popen(
            [BIN / "meltano", "--log-format", "json", "run", *blocks],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *blocks: str) -> int:
        """Run a job, or pairs of tap and loader, and return the exit code."""
        return self.finish(self.start(*blocks))

    def finish(self, process: subprocess.Popen[str]) -> int:
        """Wait for what was started, and return its exit code."""
        output, _ = process.communicate(timeout=600)
        assert_none_in(output.encode(), "what Meltano printed")
        if process.returncode == -signal.SIGKILL:
            # Meltano removes the plugins' settings at the end of a run: here it had none.
            for path in self.settings_of_runs.glob("*/*.config.json"):
                path.unlink()
        assert_none_left(self.settings_of_runs)
        lines = [line for line in output.splitlines() if line.startswith("{")]
        self.log = [json.loads(line) for line in lines]
        return process.returncode

    def metrics(self, plugin: str, name: str) -> dict[str, float]:
        """Return a metric that a plugin gave in the last run, by stream."""
        points = [
            entry["metric_info"]
            for entry in self.log
            if "metric_info" in entry and entry["string_id"] == plugin
        ]
        return {each["tags"]["stream"]: each["value"] for each in points if each["metric"] == name}

    def query(self, sql: str, *values: t.Any) -> list[tuple[t.Any, ...]]:
        """Ask the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql, values).fetchall()

    def differences(
        self,
        table: str,
        rows: list[dict[str, t.Any]],
        folder: Path,
        beyond: t.Collection[str] = (),
    ) -> list[tuple[t.Any, ...]]:
        """Compare a table with the rows that it should hold, field by field, in SQL.

        Args:
            table: the table, as `schema.name`.
            rows: its rows, each with the same properties.
            folder: where the rows can be put as a file for the database to read.
            beyond: columns that the tap adds to what the vendor holds.

        Returns:
            Rows of which one side has fewer than the other; nothing when both are equal.
        """
        schema, name = table.split(".")
        described = self.query(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name = ? AND table_name = ? ORDER BY column_index",
            schema,
            name,
        )
        # What the vendor has beyond the schema would be there, and has no place in `rows`.
        own = {"_unmapped", *beyond}
        columns = {column: kind for column, kind in described if column not in own}
        assert set(rows[0]) == set(columns), set(rows[0]) ^ set(columns)
        path = folder / f"{table}.json"
        path.write_text("\n".join(map(json.dumps, rows)))
        types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        names = ", ".join(f'"{column}"' for column in columns)
        # Names and the path are the tests' own.
        held = f"SELECT {names} FROM read_json('{path}', columns = {{{types}}})"
        loaded = f'SELECT {names} FROM "{schema}"."{name}"'
        return [
            *self.query(f"({held}) EXCEPT ALL ({loaded}) LIMIT 5"),
            *self.query(f"({loaded}) EXCEPT ALL ({held}) LIMIT 5"),
        ]

    def differences_from(self, vendor: Vendor, sandbox: Sandbox, folder: Path) -> list[t.Any]:
        """Compare the tables of all streams with the vendor's rows; see `differences`."""
        found: list[t.Any] = []
        # While one connection is open, others to the same file cost next to nothing.
        with duckdb.connect(str(self.warehouse), read_only=True):
            for stream in vendor.streams:
                rows = vendor.expected(sandbox, stream)
                table = f"{vendor.name}.{stream}"
                columns = self.query(f"SELECT column_name FROM (DESCRIBE {table})")
                beyond = {name for (name,) in columns} - set(rows[0]) - {"_unmapped"}
                found += [(stream, row) for row in self.differences(table, rows, folder, beyond)]
        return found
