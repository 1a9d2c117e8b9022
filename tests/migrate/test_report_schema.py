"""The JSON of reports is what docs/reference/report.schema.json says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migrate.cli.main import main
from migrate.report.model import Assumption, Fate, Outcome, Report

V = "Tensor[(3), float32]"
PROGRAMS = {
    "plain": f"def @main(%x: {V}) {{ nn.relu(%x) }}",
    "unknown operator": f"def @main(%x: {V}) {{ acme.probe(%x) /* ty={V} */ }}",
    "unused": f"def @id[A](%x: A) -> A {{ %x }}\ndef @main(%a.b: {V}) {{ exp(%a.b) }}",
    "open": "def @main(%x: Tensor[(?, 4), float32], %y: Tensor[(?, 4), float32]) { add(%x, %y) }",
}


@pytest.fixture(scope="module")
def schema(root: Path):
    found = json.loads((root / "docs" / "reference" / "report.schema.json").read_text())
    Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("written", [False, True])
def test_documents_are_valid(name: str, written: bool, schema, tmp_path: Path):
    model = tmp_path / "m.relay"
    model.write_text(f'#[version = "0.0.5"]\n{PROGRAMS[name]}\n')
    options = ["-o", str(tmp_path / "m.py")] if written else []
    told = CliRunner().invoke(main, ["convert", str(model), "--json", "--assume-equal", *options])
    document = json.loads(told.stdout)
    Draft202012Validator(schema).validate(document)
    assert ("script" in document) is not written
    assert document["exit_code"] == told.exit_code


def test_every_outcome_and_field_is_in_it(schema):
    assert list(schema["$defs"]["counts"]["properties"]) == [outcome.value for outcome in Outcome]
    properties = schema["properties"]
    assert properties["functions"]["items"]["properties"]["outcome"]["enum"] == [fate.value for fate in Fate]
    report = Report("0.27", assumptions=[Assumption("main", "%x.shape[0] == 4")])
    Draft202012Validator(schema).validate({"exit_code": 0, "written": [], **report.to_json()})


def test_a_document_that_lacks_something_is_none(schema):
    report = Report("0.27").to_json()
    del report["counts"]
    assert not Draft202012Validator(schema).is_valid({"exit_code": 0, "written": [], **report})
