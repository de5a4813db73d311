"""The README and the Meltano definition say what the target says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from target_duckdb.columns import EXPECTED
from target_duckdb.settings import SETTINGS
from target_duckdb.target import TargetDuckDB

FOLDER = Path(__file__).parents[1]
LOAD_SCHEMA = "$MELTANO_EXTRACT__LOAD_SCHEMA"
"""How Meltano names the schema of the extractor that is loaded."""


@pytest.fixture
def plugin():
    return yaml.safe_load((FOLDER / "plugin.yaml").read_text("utf-8"))


@pytest.fixture
def properties():
    TargetDuckDB.append_builtin_config(SETTINGS)
    return SETTINGS["properties"]


def test_every_setting_has_a_title_and_a_description(properties):
    for name, property_ in properties.items():
        assert property_.get("title"), name
        assert property_.get("description"), name


def test_the_meltano_definition_has_the_settings_of_the_target(plugin, properties):
    defined = {setting["name"]: setting for setting in plugin["settings"]}
    assert set(defined) == set(properties)
    for name, property_ in properties.items():
        assert defined[name]["description"] == property_["description"], name
        assert defined[name]["label"] == property_["title"], name
        default = LOAD_SCHEMA if name == "default_target_schema" else property_.get("default")
        assert defined[name].get("value") == default, name


def test_the_meltano_definition_has_the_capabilities_of_the_target(plugin):
    assert set(plugin["capabilities"]) == {str(item) for item in TargetDuckDB.capabilities}


def test_the_readme_names_every_setting_of_the_target_s_own():
    readme = (FOLDER / "README.md").read_text("utf-8")
    for name, property_ in SETTINGS["properties"].items():
        if "default" in property_:
            assert f"| `{name}` | `{property_['default']}` |".lower() in readme.lower(), name
    assert all(f"| {kind} |" in readme for kind in EXPECTED)
