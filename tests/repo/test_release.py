"""What is published: one version, notices and a bill of materials of what is required, and a quick start."""

import importlib.util
import json
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest


def script(root: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, root / "release" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def third_party(root: Path) -> Any:
    return script(root, "third_party")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


def test_the_version_stands_in_one_place(root: Path, project: dict[str, Any]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "migrate.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == f"relay2relax, version {project['version']}"
    literal = f'"{project["version"]}"'
    packages = [path for path in root.glob("*/__init__.py") if literal in path.read_text()]
    assert not packages


def test_extras_are_those_that_are_promised(project: dict[str, Any]) -> None:
    assert {"report", "fuzz", "dask", "oracle"} <= set(project["optional-dependencies"])


def test_notices_name_what_is_required_and_its_licence(third_party: Any, root: Path) -> None:
    text = (root / "THIRD_PARTY.md").read_text()
    names = {item.name.lower() for item in third_party.required()}
    assert {"numpy", "llvmlite", "libcst", "click", "rich", "hypothesis"} <= names
    assert all(f"| {name} |" in text.lower() for name in names)
    assert "unknown" not in text
    assert {third_party.licence(distribution(name)) for name in names} - {"unknown"}


def test_the_bill_of_materials_holds_every_package(third_party: Any) -> None:
    bill = json.loads(third_party.sbom())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "relay2relax"
    parts = {part["name"]: part for part in bill["components"]}
    assert set(parts) == {item.name for item in third_party.required()}
    assert parts["numpy"]["version"] == distribution("numpy").version
    assert all(part["purl"].startswith("pkg:pypi/") and part["licenses"] for part in parts.values())
    (own,) = [item for item in bill["dependencies"] if item["ref"].startswith("pkg:pypi/relay2relax")]
    assert len(own["dependsOn"]) == len(parts)


def test_nothing_that_everybody_waits_for_is_slow(root: Path) -> None:
    startup = script(root, "startup")
    for name, (arguments, limit) in startup.LIMITS.items():
        _, processor = startup.fastest(arguments, 2)
        # The machine may be busy: what counts here is the work.
        assert processor < limit, name
