"""The JSON of ``verify`` is what docs/reference/verdict.schema.json says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migrate.cli.main import main
from migrate.verify.oracles.standing import Side, Standing
from migrate.verify.verdict import Outcome, Verdict

V = "Tensor[(3), float32]"
LEFT = f'#[version = "0.0.5"]\ndef @main(%x: {V}) {{ nn.relu(exp(%x)) }}\n'
CASES: dict[str, tuple[str | None, list[str], set[str]]] = {
    "proved": (None, [], {"proved"}),
    "run": (None, ["--run"], {"exact", "within bound"}),
    "layers": (None, ["--per-layer"], {"exact", "within bound"}),
    "different": (LEFT.replace("exp", "tanh"), ["--run", "--per-layer"], {"different"}),
    "infinite": (LEFT.replace("exp(%x)", "divide(%x, 0f)"), ["--run"], {"different"}),
}


@pytest.fixture(scope="module")
def schema(root: Path) -> Any:
    found = json.loads((root / "docs" / "reference" / "verdict.schema.json").read_text())
    Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("name", CASES)
def test_documents_are_valid(name: str, schema: Any, tmp_path: Path) -> None:
    other, options, outcomes = CASES[name]
    left, right = tmp_path / "left.relay", tmp_path / "right.relay"
    left.write_text(LEFT)
    sides = [str(left)]
    if other is not None:
        right.write_text(other)
        sides.append(str(right))
    told = CliRunner().invoke(main, ["verify", *sides, *options, "--json"])
    document = json.loads(told.stdout)
    Draft202012Validator(schema).validate(document)
    assert document["outcome"] in outcomes
    assert document["exit_code"] == told.exit_code
    assert ("layers" in document) is ("--per-layer" in options)


def test_every_field_and_outcome_is_in_it(schema: Any) -> None:
    verdict = schema["$defs"]["verdict"]["properties"]
    told = Verdict(Outcome.EXACT, "").to_json(layers=True)
    assert set(verdict) == {"exit_code", "files", *told}
    assert verdict["outcome"]["enum"] == [outcome.value for outcome in Outcome]


def test_what_a_real_tvm_says_is_valid(schema: Any) -> None:
    sides = (Side("Relay, compiled", Outcome.EXACT), Side("Relax, compiled", None, "has no compiled form"))
    found = Standing({"tvm": "0.19.0", "numpy": "2"}, "graph", (np.zeros(2),), sides, 0)
    Draft202012Validator(schema).validate({"exit_code": 1, **found.to_json()})


def test_a_document_that_lacks_something_is_none(schema: Any) -> None:
    told = Verdict(Outcome.EXACT, "").to_json()
    del told["outcome"]
    assert not Draft202012Validator(schema).is_valid({"exit_code": 0, **told})
