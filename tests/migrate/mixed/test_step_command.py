"""``relay2relax step`` as a person and as a program use it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import migrate
from migrate.cli.main import main


@pytest.fixture(scope="module")
def mlp(root: Path) -> Path:
    return root / "examples" / "mlp"


def invoke(*args: object):
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


def moved(mlp: Path, output: Path):
    params = ("--params", mlp / "module.params", "--inputs", mlp / "inputs.npz")
    return invoke("step", mlp / "module.json", *params, "--parts", 3, "-o", output)


def test_a_model_moves_and_is_written(mlp, tmp_path):
    output = tmp_path / "mlp.py"
    result = moved(mlp, output)
    assert result.exit_code == 0, result.output
    assert "4 of 4 functions are Relax; every state computes what the Relay program does" in result.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"mlp.py", "mlp.relay", "mlp.params.npz"}
    assert "# arrays = dict(numpy.load('mlp.params.npz'))" in output.read_text()
    module = migrate.load(output, output.with_suffix(".params.npz"))
    (got,) = migrate.run(module, dict(np.load(mlp / "inputs.npz")))
    np.testing.assert_allclose(got, np.load(mlp / "expected.npz")["out_0"], rtol=1e-5, atol=1e-7)


def test_functions_come_from_a_script(mlp, tmp_path):
    output = tmp_path / "mlp.py"
    moved(mlp, output)
    text = output.read_text()
    place = text.index("R.nn.relu")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(text[:place] + "R.abs" + text[place + len("R.nn.relu") :])
    name = text[:place].rpartition("def ")[2].partition("(")[0]
    args = ("step", tmp_path / "mlp.relay", wrong, "--params", mlp / "module.params", "--inputs", mlp / "inputs.npz")
    result = invoke(*args)
    assert result.exit_code == 1
    assert f"first wrong function: @{name}" in result.stdout
    assert f"first wrong op of @{name}: nn.relu at" in result.stdout
    assert "R2R0501" in result.stderr
    document = json.loads(invoke(*args, "--json").stdout)
    assert document["exit_code"] == 1
    assert document["first_wrong"] == name
    assert document["moved"] == document["functions"] - 1
    assert document["sides"][name] == "relay"
    assert [move["outcome"] for move in document["moves"]].count("different") == 1


def test_functions_are_moved_as_told(mlp, tmp_path):
    moved(mlp, tmp_path / "mlp.py")
    params = ("--params", mlp / "module.params")
    result = invoke("step", tmp_path / "mlp.relay", *params, "--order", "main_part2,main", "--json")
    document = json.loads(result.stdout)
    assert [move["function"] for move in document["moves"]] == ["main_part2", "main"]
    assert document["sides"] == {"main": "relax", "main_part1": "relay", "main_part2": "relax", "main_part3": "relay"}
    assert document["seed"] == 0
    unknown = invoke("step", tmp_path / "mlp.relay", *params, "--order", "main_part9")
    assert unknown.exit_code == 2
    assert "R2R0603" in unknown.stderr


def test_a_script_is_written_once_nothing_is_left_in_relay(mlp, tmp_path):
    output = tmp_path / "mlp.py"
    params = ("--params", mlp / "module.params")
    result = invoke("step", mlp / "module.json", *params, "--parts", 2, "--order", "main", "-o", output, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["written"] == [str(tmp_path / "mlp.relay")]
    assert not output.exists()


def test_what_cannot_move_is_a_finding(tmp_path):
    model, script = tmp_path / "m.relay", tmp_path / "m.py"
    model.write_text(
        '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { @f(%x) }\n'
        "def @f(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { negative(%x) }\n"
    )
    narrow = migrate.convert(migrate.load(model.read_text().replace("(2)", "(3)"))).script()
    script.write_text(narrow)
    result = invoke("step", model, script)
    assert result.exit_code == 1
    assert "0 of 2 functions are Relax" in result.stdout
    assert result.stdout.count("stays Relay") == 2
    assert result.stderr.count("R2R0411") == 2


def test_what_real_tvm_needs_for_data_is_written_beside(tmp_path):
    model, output = tmp_path / "m.relay", tmp_path / "m.py"
    model.write_text(
        '#[version = "0.0.5"]\ntype Box { Full(float32) }\ndef @main(%x: float32) -> float32 { @open(@close(%x)) }\n'
        "def @close(%x: float32) -> Box { Full(%x) }\n"
        "def @open(%b: Box) -> float32 { match (%b) { Full(%x) => %x } }\n"
    )
    result = invoke("step", model, "-o", output)
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {"m.relay", "m.py", "m_runtime.py"}
    assert model.read_text().startswith('#[version = "0.0.5"]\ntype Box')
    assert invoke("step", model, output).exit_code == 0


def test_the_guide_shows_what_the_commands_print(root, tmp_path, monkeypatch):
    page = (root / "docs" / "howto" / "move_a_model_in_steps.md").read_text()
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    commands = [text.split() for kind, text in blocks if kind == "sh"]
    assert [command[:2] for command in commands] == [["relay2relax", "step"]] * 2
    shown = [text for kind, text in blocks if not kind]
    (tmp_path / "examples").symlink_to(root / "examples")
    monkeypatch.chdir(tmp_path)
    first = invoke(*commands[0][1:])
    assert first.stdout == shown[0]
    script = Path("mlp.py")
    start, relu, rest = script.read_text().partition("R.nn.relu")
    assert relu
    script.write_text(f"{start}R.abs{rest}")
    second = invoke(*commands[1][1:])
    assert second.exit_code == 1
    assert shown[1] in second.stdout
