"""Bad input from the command line: a coded diagnostic with place and caret, exit code 2, no traceback, nothing
written.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from tensor_core.limits import Limits

HEADER = '#[version = "0.0.5"]\n'
KIND = "Tensor[(2, 3), float32]"
GOOD = HEADER + f"def @main(%x: {KIND}) -> {KIND} {{\n  %0 = nn.relu(%x);\n  add(%0, %x)\n}}\n"

CASES = {
    "truncated": (GOOD[: GOOD.index("add")], "R2R0102", (4, None)),
    "unknown op": (GOOD.replace("nn.relu", "nn.rellu"), "R2R0104", (3, 8)),
    "wrong arity": (GOOD.replace("add(%0, %x)", "add(%0)"), "R2R0201", (4, 3)),
    "ill-typed": (
        HEADER + f"def @main(%x: {KIND}, %y: Tensor[(4), float32]) {{\n  add(%x, %y)\n}}\n",
        "R2R0202",
        (3, 3),
    ),
    "undefined": (GOOD.replace("add(%0, %x)", "add(%0, %z)"), "R2R0103", (4, 11)),
    "bad attribute": (GOOD.replace("nn.relu(%x)", "nn.softmax(%x, axes=1)"), "R2R0105", (3, None)),
    "no header": (GOOD.removeprefix(HEADER), "R2R0106", (1, 1)),
}


def invoke(*args: object):
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


@pytest.mark.parametrize("case", CASES)
def test_bad_text(case, tmp_path: Path):
    text, code, (line, column) = CASES[case]
    model, output = tmp_path / "model.relay", tmp_path / "out.py"
    model.write_text(text)
    result = invoke("convert", model, "-o", output)
    assert result.exit_code == 2
    head = result.stderr.splitlines()[0]
    assert f"error[{code}]" in head
    assert head.startswith(f"{model}:{line}:{column}:" if column else f"{model}:{line}:")
    assert "^" in result.stderr
    assert "Traceback" not in result.output
    assert sorted(tmp_path.iterdir()) == [model]


@pytest.mark.parametrize(
    "content", [b"\x00\xff\xfe garbage \x80", b"", b"PK\x03\x04", b"hello world", b"{", b"[" * 100_000, b"(" * 100_000]
)
def test_garbage(content, tmp_path: Path):
    model, output = tmp_path / "model.relay", tmp_path / "out.py"
    model.write_bytes(content)
    result = invoke("convert", model, "-o", output)
    assert result.exit_code == 2
    assert "error[R2R0" in result.stderr
    assert sorted(tmp_path.iterdir()) == [model]


def test_missing_files(tmp_path: Path):
    model = tmp_path / "model.relay"
    assert "error[R2R0701]" in invoke("convert", model).stderr
    model.write_text(GOOD)
    result = invoke("convert", model, "--params", tmp_path / "none.params", "-o", tmp_path / "out.py")
    assert result.exit_code == 2
    assert "error[R2R0701]" in result.stderr
    assert not (tmp_path / "out.py").exists()


def test_unwritable_output(tmp_path: Path):
    model = tmp_path / "model.relay"
    model.write_text(GOOD)
    result = invoke("convert", model, "-o", tmp_path / "none" / "out.py")
    assert result.exit_code == 2
    assert "error[R2R0704]" in result.stderr


def test_existing_output_is_kept(tmp_path: Path):
    model, output = tmp_path / "model.relay", tmp_path / "out.py"
    model.write_text(GOOD)
    output.write_text("mine\n")
    result = invoke("convert", model, "-o", output)
    assert result.exit_code == 2
    assert "error[R2R0702]" in result.stderr
    assert "-mine" in result.stderr
    assert output.read_text() == "mine\n"
    assert invoke("convert", model, "-o", output, "--force").exit_code == 0
    assert "R.nn.relu" in output.read_text()


def test_unknown_op_with_a_recorded_type_is_kept_and_reported(tmp_path: Path):
    model, output = tmp_path / "model.relay", tmp_path / "out.py"
    model.write_text(GOOD.replace("nn.relu(%x);", f"acme.gelu(%x) /* ty={KIND} */;"))
    result = invoke("convert", model, "-o", output)
    assert result.exit_code == 1
    assert "R2R0402" in result.stderr
    assert "acme.gelu" in output.read_text()


def test_unknown_target(tmp_path: Path):
    model = tmp_path / "model.relay"
    model.write_text(GOOD)
    result = invoke("convert", model, "--target", "0.5")
    assert result.exit_code == 2
    assert "error[R2R0405]" in result.stderr


@pytest.mark.parametrize("output", [".", "/dev/full"])
def test_output_that_is_no_file(output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.relay").write_text(GOOD)
    result = invoke("convert", "model.relay", "-o", output)
    assert result.exit_code == 2
    assert "error[R2R0704]" in result.stderr


def test_an_input_is_never_overwritten(tmp_path: Path):
    model, link = tmp_path / "model.relay", tmp_path / "link.py"
    model.write_text(GOOD)
    link.symlink_to(model)
    for output in (model, link):
        result = invoke("convert", model, "-o", output, "--force")
        assert result.exit_code == 2
        assert "error[R2R0704]" in result.stderr
    assert model.read_text() == GOOD


def test_endless_input_meets_the_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("migrate.reading.Limits", lambda: Limits(bytes=1000))
    result = invoke("inspect", "/dev/zero")
    assert result.exit_code == 2
    assert "error[R2R0111]" in result.stderr


@pytest.mark.parametrize("script", [".", ".."])
def test_a_folder_where_a_script_is_expected(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.relay").write_text(GOOD)
    result = invoke("verify", "model.relay", script)
    assert result.exit_code == 2
    assert "error[R2R0701]" in result.stderr


def test_arrays_without_names_are_no_inputs(tmp_path: Path):
    model, inputs = tmp_path / "model.relay", tmp_path / "x.npy"
    model.write_text(GOOD)
    np.save(inputs, np.zeros((2, 3), "float32"))
    result = invoke("verify", model, "--inputs", inputs)
    assert result.exit_code == 2
    assert "error[R2R0302]" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "--frob"),
        ("verify", "m", "--seed", "-1"),
        ("frobnicate",),
        ("passes", "verify", "X", "--programs", "0"),
    ],
)
def test_usage_errors_are_json_where_json_is_asked_for(arguments: tuple[str, ...]):
    result = invoke(*arguments, "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert document["exit_code"] == 2
    assert document["diagnostics"][0]["code"] == "R2R0703"
    assert not result.stderr


def test_json_is_strict(tmp_path: Path):
    model, script, inputs = tmp_path / "model.relay", tmp_path / "model.py", tmp_path / "x.npz"
    model.write_text(GOOD)
    np.savez(inputs, x=np.array([[np.nan, 1, -1], [0, 0, np.inf]], "float32"))
    assert invoke("convert", model, "-o", script).exit_code == 0
    script.write_text(script.read_text().replace("R.nn.relu", "R.exp"))
    result = invoke("verify", model, script, "--inputs", inputs, "--json")
    assert result.exit_code == 1

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    assert json.loads(result.stdout, parse_constant=refuse)["outcome"] == "different"


def test_what_cannot_be_converted_is_a_finding(tmp_path: Path):
    model = tmp_path / "model.relay"
    model.write_text(HEADER + "def @main(%f: fn [A](A) -> A, %x: float32) -> float32 { %f(%x) }\n")
    for command in ("convert", "verify"):
        result = invoke(command, model)
        assert result.exit_code == 1, result.output
        assert "error[R2R0403]" in result.stderr
