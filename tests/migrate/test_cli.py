"""The commands on the shipped examples, as a person and as a program uses them."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

import migrate
from migrate.cli.main import main
from migrate.forward.options import QNN, Options


@pytest.fixture(scope="module")
def examples(root: Path) -> Path:
    return root / "examples"


def invoke(*args: object):
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


def test_main_job_on_a_model_with_parameters(examples: Path, tmp_path: Path):
    model, output = examples / "mlp", tmp_path / "mlp.py"
    params = ("--params", model / "module.params")
    converted = invoke("convert", model / "module.json", *params, "-o", output)
    assert converted.exit_code == 0, converted.output
    assert "1:1" in converted.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"mlp.py", "mlp.params.npz"}
    verified = invoke("verify", model / "module.json", output, *params, "--run", "--inputs", model / "inputs.npz")
    assert verified.exit_code == 0, verified.output
    module = migrate.load(output, output.with_suffix(".params.npz"))
    (got,) = migrate.run(module, dict(np.load(model / "inputs.npz")))
    np.testing.assert_allclose(got, np.load(model / "expected.npz")["out_0"], rtol=1e-5, atol=1e-7)


def test_main_job_on_resnet(examples: Path, tmp_path: Path):
    model, output = examples / "resnet18" / "module.relay", tmp_path / "resnet18.py"
    assert invoke("convert", model, "-o", output).exit_code == 0
    verified = invoke("verify", model, output, "--seed", 3, "--run", "--json")
    assert verified.exit_code == 0, verified.output
    verdict = json.loads(verified.stdout)
    assert verdict["outcome"] in ("exact", "within bound")
    assert verdict["ops_compared"] == verdict["ops_total"] == 72


def test_a_wrong_script_is_a_finding(examples: Path, tmp_path: Path):
    model, output = examples / "mlp", tmp_path / "mlp.py"
    params = ("--params", model / "module.params")
    invoke("convert", model / "module.json", *params, "-o", output)
    text = output.read_text()
    assert text.count("R.nn.relu") == 2
    output.write_text(text.replace("R.nn.relu", "R.abs", 1))
    verified = invoke("verify", model / "module.json", output, *params, "--run")
    assert verified.exit_code == 1
    assert verified.stdout.startswith("different")
    assert "first wrong op: nn.relu" in verified.stdout


@pytest.mark.parametrize("command", ["inspect", "convert", "verify"])
def test_json_is_one_document(command: str, examples: Path):
    result = invoke(command, examples / "mlp" / "module.json", "--params", examples / "mlp" / "module.params", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["exit_code"] == 0


def test_inspect_counts_ops_and_parameters(examples: Path):
    result = invoke("inspect", examples / "mlp" / "module.json", "--json")
    inventory = json.loads(result.stdout)
    assert inventory["ops"]["nn.dense"] == 3
    assert len(inventory["parameters"]) == 7
    assert inventory["dynamic_parameters"] == []


def test_every_command_has_help_with_an_example():
    for name, command in main.commands.items():
        text = CliRunner().invoke(main, [name, "--help"]).output
        assert command.get_short_help_str(), name
        assert "--json" in text, name


def test_explain_knows_every_code():
    listing = invoke("explain").stdout
    assert "R2R0104" in listing
    assert "unknown operator" in invoke("explain", "R2R0104").stdout
    assert invoke("explain", "R2R9999").exit_code == 2


def test_there_and_back(examples: Path, tmp_path: Path):
    model, script, back = examples / "mlp" / "module.json", tmp_path / "mlp.py", tmp_path / "back.relay"
    assert invoke("convert", model, "-o", script).exit_code == 0
    assert invoke("revert", script, "-o", back).exit_code == 0
    assert invoke("verify", back, script).exit_code == 0
    document = json.loads(invoke("revert", script, "--json").stdout)
    assert document["into"] == "Relay"
    assert document["complete"]
    assert invoke("revert", model).exit_code == 2


def test_a_model_of_an_older_release(tmp_path: Path):
    model, output = tmp_path / "old.relay", tmp_path / "new.py"
    kinds = "%a: Tensor[(2, 3, 4), float32], %b: Tensor[(2, 5, 4), float32]"
    model.write_text(f'#[version = "0.0.5"]\ndef @main({kinds}) {{ nn.batch_matmul(%a, %b) }}\n')
    assert "R2R0202" in invoke("convert", model).output
    assert "R2R0305" in invoke("convert", model, "--from-release", "0.5").output
    # Until 0.7 the second operand was the transposed one.
    for command in (("convert", model, "-o", output), ("inspect", model), ("verify", model), ("verify", model, output)):
        result = invoke(*command, "--from-release", "0.7")
        assert result.exit_code == 0, result.output


def test_what_a_conversion_may_be_asked_is_what_its_command_takes():
    command = main.commands["convert"]
    unasked = command.make_context("convert", ["model.relay"]).params
    for item in fields(Options):
        assert (unasked[item.name] or None) == (getattr(Options(), item.name) or None), item.name
    choices = next(param.type for param in command.params if param.name == "qnn")
    assert isinstance(choices, click.Choice)
    assert tuple(choices.choices) == QNN


def test_options_of_one_name_are_one_option():
    shared = ("params", "inputs", "seed", "force", "target", "expand", "dims", "from_release", "as_json")
    said = {}
    for command in main.commands.values():
        for param in command.params:
            if isinstance(param, click.Option) and param.name in shared:
                said.setdefault(param.name, set()).add(param.help)
    assert {name: len(helps) for name, helps in said.items()} == dict.fromkeys(said, 1)


def test_help_loads_neither_compiler_nor_operators() -> None:
    told = "import sys, migrate.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "llvmlite", "libcst", "networkx", "rich", "hypothesis", "relay_compat"} & set(loaded)


def test_the_package_of_verify_does_not_hide_the_function() -> None:
    told = "import migrate, migrate.verify.verdict; print(migrate.verify.__name__, migrate.Verdict.__name__)"
    shown = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["verify", "Verdict"]
