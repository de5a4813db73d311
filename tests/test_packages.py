"""What is built: each package installed alone, and each plugin.yaml in an empty Meltano project."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import threading
import tomllib
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import duckdb
import pytest
import yaml
from isolation import BIN, PROJECT
from leaks import assert_none_left
from pipeline import discover, finished, run_tap
from vendors import VENDORS
from warehouse import Meltano

PACK = tomllib.loads((PROJECT / "pyproject.toml").read_text())
VERSION = PACK["project"]["version"]
PACKAGES = {path.parent.name: path.parent for path in PROJECT.glob("*/pyproject.toml")}
DISTRIBUTIONS = {
    package: tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]
    for package, folder in PACKAGES.items()
}
MODULES = {package: package.replace("-", "_") for package in PACKAGES} | {
    "shared": "tap_shared",
    "sandbox": "tap_sandbox",
}
TAPS = {vendor.tap: vendor for vendor in VENDORS.values()}
PLUGINS = (*TAPS, "target-duckdb")
DEVELOPMENT = {
    re.match(r"[\w-]+", each)[0].lower() for each in PACK["dependency-groups"]["dev"]
} - {"singer-sdk"}


def run(*command, **more):
    """Run a command that has to succeed, and return what it printed."""
    done = finished([str(part) for part in command], **more)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder that `make build` fills; each wheel is built from its source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    # Nothing is installed anew: other tests run what is there.
    run("make", "--assume-old=.venv/bin/.installed", "build", f"DIST={folder}", cwd=PROJECT)
    return folder


@pytest.fixture(scope="module")
def install(dist, tmp_path_factory):
    """Install the wheel of a package into an environment of its own, and return its executables."""

    @functools.cache
    def installed(package):
        environment = tmp_path_factory.mktemp(package)
        wheels = [wheel(dist, package), *[wheel(dist, "shared")] * (package in TAPS)]
        run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, "--clear", environment)
        pinned = ("--constraint", PROJECT / "requirements.lock", "--no-build")
        target = ("--python", environment / "bin" / "python")
        run(BIN / "uv", "pip", "install", "--quiet", *target, *pinned, *wheels)
        return environment / "bin"

    return installed


def wheel(dist, package):
    return dist / f"{DISTRIBUTIONS[package].replace('-', '_')}-{VERSION}-py3-none-any.whl"


def files_of(folder):
    return {
        f"{path.relative_to(folder.parent)}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def installed_beside(executables):
    """Return the names of all that is installed where these executables are.

    The pack's own are named by their folders.
    """
    listed = run(BIN / "uv", "pip", "list", "--python", executables / "python", "--format", "json")
    folders = {name: package for package, name in DISTRIBUTIONS.items()}
    return {folders.get(each["name"], each["name"]) for each in json.loads(listed)}


def test_all_packages_are_built_in_the_version_of_the_pack(dist):
    names = {name.replace("-", "_") for name in DISTRIBUTIONS.values()}
    wanted = {
        f"{name}-{VERSION}{kind}" for name in names for kind in (".tar.gz", "-py3-none-any.whl")
    }
    assert {path.name for path in dist.iterdir()} - {".gitignore"} == wanted


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_the_whole_package_and_nothing_else(dist, package):
    name, distribution = MODULES[package], DISTRIBUTIONS[package].replace("-", "_")
    with zipfile.ZipFile(wheel(dist, package)) as built:
        found = {each: built.read(each) for each in built.namelist()}
    about = {each: found.pop(each) for each in [*found] if ".dist-info/" in each}
    held = files_of(PACKAGES[package] / name)
    assert found == held
    assert f"{name}/py.typed" in held
    licence = about[f"{distribution}-{VERSION}.dist-info/licenses/LICENSE"]
    assert licence == (PROJECT / "LICENSE").read_bytes()
    metadata = about[f"{distribution}-{VERSION}.dist-info/METADATA"].decode()
    assert metadata.endswith((PACKAGES[package] / "README.md").read_text())
    # The shared package comes from the same build: nothing else shows that a tap asks for it.
    assert (f"Requires-Dist: {DISTRIBUTIONS['shared']}=={VERSION}\n" in metadata) == (
        package in TAPS
    )


def test_a_source_distribution_builds_the_wheel_that_its_folder_builds(dist, tmp_path):
    build = (BIN / "uv", "build", "--quiet", "--wheel", "--no-build-isolation")
    run(*build, "--python", sys.executable, "--all-packages", "--out-dir", tmp_path, cwd=PROJECT)
    for package in PACKAGES:
        assert wheel(tmp_path, package).read_bytes() == wheel(dist, package).read_bytes()


@pytest.mark.parametrize("tap", TAPS)
def test_a_tap_reads_where_only_its_dependencies_are(install, sandbox, tmp_path, tap):
    executable = install(tap) / tap
    beside = installed_beside(executable.parent)
    assert beside & PACKAGES.keys() == {tap, "shared"}
    assert not beside & DEVELOPMENT
    assert VERSION in run(executable, "--version")
    assert discover(executable) == discover(tap)
    vendor = TAPS[tap]
    done = run_tap(executable, tmp_path, vendor.config(sandbox))
    assert done.code == 0, done.log
    for stream in vendor.streams:
        assert vendor.lost(sandbox, stream, done.records.get(stream, [])) == []


def test_the_loader_loads_where_only_its_dependencies_are(install, tmp_path):
    executable = install("target-duckdb") / "target-duckdb"
    beside = installed_beside(executable.parent)
    assert beside & PACKAGES.keys() == {"target-duckdb"}
    assert not beside & DEVELOPMENT
    assert VERSION in run(executable, "--version")
    schema = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    }
    messages = [
        {"type": "SCHEMA", "stream": "rows", "schema": schema, "key_properties": ["id"]},
        {"type": "RECORD", "stream": "rows", "record": {"id": 1, "name": "one"}},
        {"type": "RECORD", "stream": "rows", "record": {"id": 2, "name": "two"}},
        {"type": "RECORD", "stream": "rows", "record": {"id": 1, "name": "first"}},
        {"type": "STATE", "value": {"seen": 2}},
    ]
    (tmp_path / "messages").write_text("".join(f"{json.dumps(each)}\n" for each in messages))
    (tmp_path / "config.json").write_text('{"path": "warehouse.duckdb"}')
    with (tmp_path / "messages").open() as stdin:
        printed = run(executable, "--config", "config.json", stdin=stdin, cwd=tmp_path)
    assert json.loads(printed) == {"seen": 2}
    with duckdb.connect(tmp_path / "warehouse.duckdb", read_only=True) as warehouse:
        found = warehouse.execute("SELECT id, name FROM main.rows ORDER BY id").fetchall()
    assert found == [(1, "first"), (2, "two")]


def test_the_sandbox_serves_where_only_its_dependencies_are(install):
    executable = install("sandbox") / "tap-sandbox"
    beside = installed_beside(executable.parent)
    assert beside & PACKAGES.keys() == {"sandbox"}
    assert not beside & DEVELOPMENT
    assert "--unlimited" in run(executable, "--help")


@pytest.fixture(scope="module")
def hostile_index(tmp_path_factory):
    """An index of packages that are called as our folders, commands and modules are."""
    root = tmp_path_factory.mktemp("index")
    for name in {*PACKAGES, *PLUGINS, *(each.replace("_", "-") for each in MODULES.values())}:
        folder, module = root / "simple" / name, name.replace("-", "_")
        folder.mkdir(parents=True)
        built, about = f"{module}-99.0-py3-none-any.whl", f"{module}-99.0.dist-info"
        with zipfile.ZipFile(folder / built, "w") as archive:
            archive.writestr(f"{module}/__init__.py", "STRANGER = True\n")
            named = f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n"
            archive.writestr(f"{about}/METADATA", named)
            tagged = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            archive.writestr(f"{about}/WHEEL", tagged)
            archive.writestr(f"{about}/RECORD", "")
        (folder / "index.html").write_text(f'<a href="{built}">{built}</a>')
    serve = functools.partial(SimpleHTTPRequestHandler, directory=root)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.fixture
def folder(tmp_path_factory):
    """Where packages are installed that hold the sandbox's credentials."""
    return tmp_path_factory.mktemp("installed")


@pytest.mark.parametrize("packages", [["tap-wolfeo"], ["target-duckdb"], [*PACKAGES]])
def test_no_stranger_of_a_similar_name_is_installed(dist, hostile_index, folder, packages):
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder / "taps")
    pinned = ("--constraint", PROJECT / "requirements.lock", "--find-links", dist)
    # The first index that has a name is the one that counts.
    indexes = ("--index", hostile_index, "--python", folder / "taps")
    names = [DISTRIBUTIONS[package] for package in packages]
    run(BIN / "uv", "pip", "install", "--quiet", *pinned, *indexes, *names)
    beside = installed_beside(folder / "taps" / "bin")
    needed = {"shared"} if {*packages} & TAPS.keys() else set()
    assert beside & PACKAGES.keys() == {*packages} | needed
    shown = run(BIN / "uv", "pip", "list", "--python", folder / "taps")
    assert "99.0" not in shown


def test_dependencies_come_from_the_index_and_the_pack_from_its_folder(dist, hostile_index, folder):
    text = (PROJECT / "docs" / "installing.md").read_text()
    row = re.compile(r"^\| `(\S+)` \| `(\S+)` \| `(\S+)` \| (?:`(\S+)`)? ?\|$", re.MULTILINE)
    rows = row.findall(text)
    assert {row[0]: row[1] for row in rows} == DISTRIBUTIONS
    assert {row[0]: row[2] for row in rows} == MODULES
    (folder / "dist").symlink_to(dist)
    (folder / "requirements.lock").symlink_to(PROJECT / "requirements.lock")
    commands = re.findall(r"^    (uv .*)", text, re.MULTILINE)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    run("sh", "-ec", "\n".join(commands), cwd=folder, env=environment)
    assert installed_beside(folder / "taps" / "bin") & PACKAGES.keys() == {"tap-wolfeo", "shared"}
    assert VERSION in run(folder / "taps" / "bin" / "tap-wolfeo", "--version")
    for _, _, _, command in rows:
        assert not command or (BIN / command).exists()


KINDS = {
    "string": {"string", "date_iso8601", "options"},
    "integer": {"integer"},
    "number": {"decimal"},
    "boolean": {"boolean"},
    "object": {"object"},
    "array": {"array"},
}
"""What Meltano may call a JSON type."""


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_definition_says_what_the_installed_plugin_says(install, plugin):
    about = json.loads(run(install(plugin) / plugin, "--about", "--format=json"))
    definition = yaml.safe_load((PACKAGES[plugin] / "plugin.yaml").read_text())
    assert about["version"] == VERSION
    assert definition["name"] == definition["executable"] == about["name"] == plugin
    assert definition["capabilities"] == about["capabilities"]
    assert definition["supported_python_versions"] == about["supported_python_versions"]
    settings = about["settings"]["properties"]
    defined = {setting["name"]: setting for setting in definition["settings"]}
    assert [*defined] == [*settings]
    for name, setting in settings.items():
        (kind,) = {*setting["type"]} - {"null"}
        assert defined[name]["kind"] in KINDS[kind], name
        assert defined[name].get("sensitive", False) == setting.get("secret", False), name
        assert defined[name]["description"].split() == setting["description"].split(), name
        if name != "default_target_schema":  # by default the extractor's, in Meltano
            assert defined[name].get("value") == setting.get("default"), name
    (group,) = definition["settings_group_validation"]
    assert {each for each in group if "default" not in settings[each]} == {
        *about["settings"].get("required", [])
    }


def test_an_empty_meltano_project_takes_the_plugins_as_the_readmes_say(
    sandbox, tmp_path, tmp_path_factory
):
    project = tmp_path_factory.mktemp("meltano") / "project"
    meltano = Meltano(
        project,
        sandbox.url,
        TARGET_DUCKDB_PATH=str(tmp_path / "warehouse.duckdb"),
        TMPDIR=str(tmp_path),
        MELTANO_ENVIRONMENT="dev",
        # Nothing is looked up: nobody listens here.
        MELTANO_HUB_URL="http://127.0.0.1:9",
        SINGER_TAP_PACK=str(PROJECT),
        **{
            f"TAP_{vendor.name}_{name}".upper(): str(value)
            for vendor in TAPS.values()
            for name, value in vendor.config(sandbox).items()
        },
    )
    run(BIN / "meltano", "init", "--no-usage-stats", project, env=meltano.environment)
    for plugin in PLUGINS:
        commands = re.findall(
            "^    (meltano .*)", (PACKAGES[plugin] / "README.md").read_text(), re.MULTILINE
        )
        run("sh", "-ec", "\n".join(commands), cwd=project, env=meltano.environment)
    assert meltano.run(*(block for tap in TAPS for block in (tap, "target-duckdb"))) == 0
    assert_none_left(project / ".meltano" / "run")
    tables = meltano.query("SELECT schema_name, table_name FROM duckdb_tables()")
    counts = {
        table: meltano.query('SELECT count(*) FROM "{}"."{}"'.format(*table)) for table in tables
    }
    assert counts == {
        (f"tap_{vendor.name}", stream): [(len(vendor.expected(sandbox, stream)),)]
        for vendor in TAPS.values()
        for stream in vendor.streams
    }
