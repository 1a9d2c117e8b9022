"""Every command prints the JSON that its schema says, and ends with the exit codes that its help says."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from command_cases import CASES, invoke, prepare
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from migrate.cli.exit_codes import MEANINGS
from migrate.cli.main import main
from migrate.report.serve import ReportServer

ROW = re.compile(r"^\| `([\w -]+)` \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def published(root: Path) -> dict[str, Draft202012Validator]:
    """Every schema by the name of its file; they refer to each other so."""
    folder = root / "docs" / "reference"
    found = {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.schema.json"))}
    registry: Any = Registry().with_resources([(name, Resource.from_contents(it)) for name, it in found.items()])
    for schema in found.values():
        Draft202012Validator.check_schema(schema)
    return {name: Draft202012Validator(schema, registry=registry) for name, schema in found.items()}


@pytest.fixture(scope="module")
def schemas(root: Path, published: dict[str, Draft202012Validator]) -> dict[str, list[Draft202012Validator]]:
    """By command, as the page has it."""
    rows = ROW.findall((root / "docs" / "reference" / "json.md").read_text())
    return {name: [published[file] for file in re.findall(r"\((.*?)\)", cell)] for name, cell in rows}


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
    schemas: dict[str, list[Draft202012Validator]],
    published: dict[str, Draft202012Validator],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setattr(ReportServer, "serve_forever", lambda _: None)
    words = f"--json -- {arguments}" if command == "as-tvm" and arguments.endswith(".py") else f"{arguments} --json"
    if command == "record":
        words = f"--json {arguments}"
    told = invoke(f"{command} {words}")
    document = json.loads(told.stdout)
    assert told.exit_code == code, told.output
    assert document["exit_code"] == code
    failed = set(document) == {"exit_code", "diagnostics"}
    tried = [published["failure.schema.json"]] if failed else schemas[command]
    faults = [[error.message for error in validator.iter_errors(document)] for validator in tried]
    assert [] in faults, faults


def test_every_command_has_a_schema_and_exit_codes(schemas: dict[str, list[Draft202012Validator]]) -> None:
    assert set(schemas) == set(MEANINGS) == commands()


def test_every_exit_code_that_is_documented_occurs() -> None:
    claimed = {(name, code) for name, (_, finding) in MEANINGS.items() for code in ((0, 1, 2) if finding else (0, 2))}
    assert {(command, code) for command, code, _ in CASES} == claimed | {("as-tvm", 3)}


def test_schemas_take_no_other_documents(published: dict[str, Draft202012Validator]) -> None:
    assert len(published) > 15
    for name, validator in published.items():
        assert not validator.is_valid({"exit_code": 0}), name
        assert not validator.is_valid({"exit_code": 7, "anything": 1}), name
