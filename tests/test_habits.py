"""What GitHub and pre-commit are told is true of the pack."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import subprocess
import tomllib

import pytest
import yaml
from isolation import PROJECT
from packaging.specifiers import SpecifierSet
from warehouse import VENDORS

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PACKAGES = [
    tomllib.loads(path.read_text())["project"] for path in sorted(PROJECT.glob("*/pyproject.toml"))
]
HOOKS = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
PYTHON = "Programming Language :: Python :: "


def read(path):
    # YAML takes the word `on` for true.
    content = yaml.safe_load(path.read_text())
    return {"on": content.pop(True), **content} if True in content else content


def pythons(classifiers):
    found = (each.removeprefix(PYTHON) for each in classifiers if each.startswith(PYTHON))
    return [version for version in found if re.fullmatch(r"3\.\d+", version)]


def test_ci_runs_on_every_python_that_the_sdk_and_the_packages_support():
    sdk = importlib.metadata.metadata("singer-sdk").get_all("Classifier")
    wanted = SpecifierSet(",".join(each["requires-python"] for each in PACKAGES))
    supported = [version for version in pythons(sdk) if version in wanted]
    workflow = read(PROJECT / ".github" / "workflows" / "ci.yml")
    assert workflow["jobs"]["pass"]["strategy"]["matrix"]["python"] == supported
    for package in PACKAGES:
        assert pythons(package.get("classifiers", ())) in ([], supported), package["name"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_only_and_runs_what_is_pinned(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert "uses" in step or "run" in step
            if "uses" in step:
                pin = rf"{re.escape(step['uses'])} # v\d+\.\d+\.\d+\n"
                assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
                assert re.search(pin, path.read_text())


def test_all_workflows_pin_the_same_commits():
    pins = re.findall(r"uses: (\S+)@(\S+)", "".join(path.read_text() for path in WORKFLOWS))
    assert len(set(pins)) == len({action for action, _ in pins})


def test_what_the_workflows_run_is_there():
    for path in ("ci.yml", "newest.yml"):
        steps = read(PROJECT / ".github" / "workflows" / path)["jobs"]["pass"]["steps"]
        assert steps[-1]["run"] == ".ci/run"
        assert subprocess.run(["test", "-x", ".ci/run"], cwd=PROJECT, check=False).returncode == 0
    targets = re.findall(r"^make (\w+)$", (PROJECT / ".ci" / "run").read_text(), re.MULTILINE)
    subprocess.run(["make", "--dry-run", *targets, "lock"], cwd=PROJECT, check=True)


def test_updates_are_asked_for_where_packages_and_actions_are():
    updates = read(PROJECT / ".github" / "dependabot.yml")["updates"]
    assert {each["package-ecosystem"] for each in updates} == {"github-actions", "pip"}
    for update in updates:
        assert update["groups"]
        assert update["schedule"]["interval"] in {"weekly", "monthly"}
        for folder in update.get("directories") or [update["directory"]]:
            assert list(PROJECT.glob(f"{folder}/*".lstrip("/"))), folder


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_asks_for_what_is_needed(path):
    form = read(path)
    if path.name == "config.yml":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= form.keys()
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    names = [each["id"] for each in fields]
    assert len(set(names)) == len(names) > 0
    assert all(each["attributes"]["label"] for each in fields)
    assert any(each.get("validations", {}).get("required") for each in fields)


def test_the_form_for_bugs_names_every_package():
    (packages,) = [
        each["attributes"]["options"]
        for each in read(PROJECT / ".github" / "ISSUE_TEMPLATE" / "bug.yml")["body"]
        if each.get("id") == "package"
    ]
    taps = [f"tap-{vendor}" for vendor in VENDORS]
    assert packages[:-1] == [*taps, "target-duckdb", "tap-sandbox"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_each_hook_is_a_check_that_passes(hook):
    assert hook["language"] == "system"
    files = [] if hook.get("pass_filenames") is False else ["tests/test_habits.py"]
    command = [*shlex.split(hook["entry"]), *files]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_hook_is_a_check_of_make_lint():
    done = subprocess.run(
        ["make", "--dry-run", "lint"], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    for hook in HOOKS:
        assert hook["entry"].replace(" --force-exclude", "") in done.stdout.splitlines()


def test_every_package_has_the_version_that_the_changelog_speaks_of():
    assert len({package["version"] for package in PACKAGES}) == 1
    changelog = (PROJECT / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
