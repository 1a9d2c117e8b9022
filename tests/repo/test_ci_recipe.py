"""The workflow that forks are shown is YAML of the form that code hosts take, and its commands exist."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from migrate.cli.main import main


@pytest.fixture(scope="module")
def workflow(root: Path) -> dict[Any, Any]:
    page = (root / "docs" / "howto" / "test_a_fork.md").read_text()
    (block,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return yaml.safe_load(block)


def test_it_has_the_parts_of_a_workflow(workflow: dict[Any, Any]) -> None:
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow) == {"name", True, "jobs"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_its_commands_are_those_of_the_command_line(workflow: dict[Any, Any]) -> None:
    lines = [
        line
        for job in workflow["jobs"].values()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
        if line.startswith("relay2relax ")
    ]
    assert len(lines) == 5
    for line in lines:
        words = shlex.split(re.split(r" (?:>|\|\|) ", line)[0])[1:]
        command = main.commands[words.pop(0)]
        assert not command.make_parser(click.Context(command)).parse_args(words)[1], line


def test_what_it_installs_exists(workflow: dict[Any, Any], root: Path) -> None:
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    runs = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    named = [name for run in runs for name in re.findall(r"relay2relax\[([\w,]+)\]", run)]
    assert named
    assert set(",".join(named).split(",")) <= set(extras)
