"""What is told about operators: the command, and that no operator of TVM is without a description."""

import json
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from migrate.operators import find, operators

ROOT = Path(__file__).resolve().parents[2]


def run(*args: str) -> tuple[int, str]:
    told = CliRunner().invoke(main, ["ops", *args])
    return told.exit_code, told.output


@pytest.mark.parametrize("name", ["nn.conv2d", "relax.nn.conv2d", "concatenate", "relax.concat", "concat"])
def test_any_of_its_names_finds_an_operator(name: str) -> None:
    code, told = run(name)
    assert code == 0
    card = find(name)
    assert card is not None
    assert told.startswith(card.name)
    assert "evidence:" in told


def test_one_operator_is_shown_whole() -> None:
    told = run("nn.batch_norm")[1]
    assert "nn.batch_norm [axis=1, epsilon=1e-05, center=True, scale=True]" in told
    assert "training=True], since 0.20 until 0.23" in told
    found = json.loads(run("nn.batch_norm", "--json")[1])
    assert found["relay"]["attributes"][0] == {"name": "axis", "kind": "int", "default": 1}
    assert [item["until"] for item in found["relax"]] == ["0.20", "0.23", None]


def test_all_operators_are_listed() -> None:
    code, told = run()
    assert code == 0
    assert len(told.splitlines()) == len(list(operators()))
    assert "nn.bias_add" in told


def test_an_unknown_name_is_told_with_the_likeliest() -> None:
    code, told = run("nn.conv2s")
    assert code == 2
    assert "R2R0104" in told
    assert "did you mean nn.conv2d" in told


@pytest.mark.parametrize("registry", ["Relay 0.19", "Relax 0.19", "Relax 0.27"])
def test_every_operator_that_tvm_registers_is_described(registry: str) -> None:
    missing = runpy.run_path(str(ROOT / "docs" / "generate.py"))["operators_page"].missing(registry)
    assert not missing
