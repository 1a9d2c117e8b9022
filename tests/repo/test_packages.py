"""What is shipped: the list of packages is one list, each is typed, and the versions of CI fit the metadata."""

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
NOT_SHIPPED = {"benchmarks", "oracle", "tests"}


def test_every_package_is_shipped_checked_and_layered() -> None:
    in_tree = {p.parent.name for p in ROOT.glob("*/__init__.py")} - NOT_SHIPPED
    assert sorted(in_tree) == PACKAGES
    assert PROJECT["tool"]["pyright"]["include"] == PACKAGES
    assert PROJECT["tool"]["importlinter"]["root_packages"] == PACKAGES
    assert set(PACKAGES) <= set(PROJECT["tool"]["ruff"]["lint"]["isort"]["known-first-party"])


@pytest.mark.parametrize("package", PACKAGES)
def test_installed_package_is_typed(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None, f"{package} has no __init__.py"
    assert (Path(spec.origin).parent / "py.typed").exists()


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements" / "ci.txt").read_text().splitlines()
    found = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    return {_normal(name): version for name, version in found.items()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_has_an_exact_version_for_ci() -> None:
    requirements = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        requirements += extra
    names = {_normal(re.split(r"[^\w.-]", r, maxsplit=1)[0]) for r in requirements} - {"relay2relax"}
    assert names <= set(pins())


def test_pre_commit_uses_the_versions_of_ci() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    found = re.findall(r'"([\w-]+)==([\d.]+)"', text)
    assert found
    assert all(pins()[name] == version for name, version in found)
