"""Every command prints the JSON that its schema says, and ends with the exit codes that its help says."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from command_cases import CASES, invoke, prepare
from jsonschema import Draft202012Validator

from migrate.cli.exit_codes import MEANINGS
from migrate.cli.main import main

ROW = re.compile(r"^\| `([\w -]+)` \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def schemas(root: Path) -> dict[str, list[Any]]:
    """By command, as the page has it."""
    folder = root / "docs" / "reference"
    found: dict[str, list[Any]] = {}
    for name, cell in ROW.findall((folder / "json.md").read_text()):
        found[name] = [json.loads((folder / file).read_text()) for file in re.findall(r"\((.*?)\)", cell)]
    for schema in (each for of_command in found.values() for each in of_command):
        Draft202012Validator.check_schema(schema)
    return found


@pytest.fixture(scope="module")
def failure(root: Path) -> Draft202012Validator:
    return Draft202012Validator(json.loads((root / "docs" / "reference" / "failure.schema.json").read_text()))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        prepare(folder)
    return folder


def commands(group: click.Group = main, before: str = "") -> set[str]:
    """Every command, those of groups with the group's name before theirs."""
    found: set[str] = set()
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{before}{name} ")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            found.add(before + name)
    return found


@pytest.mark.parametrize(("command", "code", "arguments"), CASES, ids=[f"{c} {a}: {n}" for c, n, a in CASES])
def test_the_document_is_valid(
    command: str,
    code: int,
    arguments: str,
    place: Path,
    schemas: dict[str, list[Any]],
    failure: Draft202012Validator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(place))
    words = f"--json -- {arguments}" if command == "as-tvm" and arguments.endswith(".py") else f"{arguments} --json"
    if command == "record":
        words = f"--json {arguments}"
    told = invoke(f"{command} {words}")
    document = json.loads(told.stdout)
    assert told.exit_code == code, told.output
    assert document["exit_code"] == code
    if set(document) == {"exit_code", "diagnostics"}:
        failure.validate(document)
    else:
        assert any(Draft202012Validator(schema).is_valid(document) for schema in schemas[command]), [
            error.message for schema in schemas[command] for error in Draft202012Validator(schema).iter_errors(document)
        ]


def test_every_command_has_a_schema_and_exit_codes(schemas: dict[str, list[Any]]) -> None:
    assert set(schemas) == set(MEANINGS) == commands()


def test_every_exit_code_that_is_documented_occurs() -> None:
    claimed = {(name, code) for name, (_, finding) in MEANINGS.items() for code in ((0, 1, 2) if finding else (0, 2))}
    assert {(command, code) for command, code, _ in CASES} == claimed | {("as-tvm", 3)}


def test_schemas_take_no_other_documents(root: Path) -> None:
    paths = sorted((root / "docs" / "reference").glob("*.schema.json"))
    assert len(paths) > 15
    for path in paths:
        validator = Draft202012Validator(json.loads(path.read_text()))
        assert not validator.is_valid({"exit_code": 0}), path
        assert not validator.is_valid({"exit_code": 7, "anything": 1}), path
