"""Conversion with parameters: kept as arguments or bound, constants to the bit, files that are the same each time."""

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from click.testing import CliRunner

import migrate
from migrate.cli.main import main
from migrate.params.files import read_params
from relax_core.ir.expr import Constant
from relay_compat.ir.expr import Call, Function, Var, op
from relay_compat.ir.expr import Constant as RelayConstant
from relay_compat.params import save_params
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node, post_order
from tensor_core.types import TensorType

ROWS = 40
TEXT = f"""#[version = "0.0.5"]
def @main(%w.1: Tensor[({ROWS}, 4), float32], %x: Tensor[(2, 4), float32], %b: Tensor[({ROWS}), float32]) {{
  nn.bias_add(nn.dense(%x, %w.1, units={ROWS}), %b)
}}
"""
PARAMS = {
    "w.1": np.arange(ROWS * 4, dtype="float32").reshape(ROWS, 4) / 7,
    "b": np.linspace(-1, 1, ROWS, dtype="float32"),
}
X = np.array([[1, 2, 3, 4], [-1, 0.5, 0, 2]], "float32")


@pytest.mark.parametrize("bound", [False, True])
def test_both_compute_the_same(bound: bool):
    module = migrate.load(TEXT, PARAMS)
    result = migrate.convert(module, bind_params=bound)
    names = [param.name for param in result.module["main"].params]
    assert names == (["x", "w_1"] if bound else ["w_1", "x", "b"])
    assert set(result.module.params) == ({"w_1"} if bound else {"w_1", "b"})
    assert set(module.params) == {"w.1", "b"}
    (got,) = migrate.run(result.module, {"x": X})
    np.testing.assert_array_equal(got, migrate.run(module, {"x": X})[0])
    script = migrate.load(result.script("m.npz"), result.module.params)
    np.testing.assert_array_equal(migrate.run(script, {"x": X})[0], got)


def test_the_script_says_how_to_bind(tmp_path: Path):
    model, given, output = tmp_path / "m.relay", tmp_path / "m.params", tmp_path / "out.py"
    model.write_text(TEXT)
    given.write_bytes(save_params(PARAMS))
    arrays = tmp_path / "w.safetensors"
    arguments = ["convert", model, "--params", given, "-o", output, "--params-out", arrays, "--bind-params"]

    def once(*more: str) -> tuple[bytes, bytes]:
        told = CliRunner().invoke(main, [*map(str, arguments), *more], catch_exceptions=False)
        assert told.exit_code == 0, told.output
        return output.read_bytes(), arrays.read_bytes()

    first = once()
    assert once() == once("--force") == first
    assert b'# module = tvm.relax.transform.BindParams("main", arrays)(module)' in first[0]
    assert b"load_file('w.safetensors')" in first[0]
    np.testing.assert_array_equal(read_params(arrays)["w_1"], PARAMS["w.1"])


def test_arrays_beside_a_script_are_found_by_either_ending(tmp_path: Path):
    model, script = tmp_path / "m.relay", tmp_path / "o.py"
    large = RelayConstant(np.linspace(0, 1, 99, dtype="float32"))
    x = Var("x", TensorType((99,), "float32"))
    module = infer_types(IRModule({GlobalVar("main"): Function((x,), Call(op("add"), (x, large)))}))
    model.write_text(print_module(module, lossless=True))
    for ending in (".npz", ".safetensors"):
        arrays = tmp_path / f"o.params{ending}"
        for command in (["convert", model, "-o", script, "--params-out", arrays, "--force"], ["verify", model, script]):
            told = CliRunner().invoke(main, [*map(str, command)])
            assert told.exit_code == 0, told.output
        arrays.unlink()


@pytest.mark.parametrize("names", [("w.1", "b"), ("w.1",), ("b",)])
def test_what_was_bound_is_verified(names: tuple[str, ...]):
    module = migrate.load(TEXT, {name: PARAMS[name] for name in names})
    right = migrate.convert(module, bind_params=True).module
    assert migrate.verify(module, right, {"x": X}, prove=False)
    assert migrate.verify(module, migrate.convert(module).module, {"x": X}, prove=False)
    changed = {**PARAMS, names[0]: PARAMS[names[0]] + 1}
    other = migrate.load(TEXT, {name: changed[name] for name in names})
    assert not migrate.verify(other, right, {"x": X}, prove=False)


def test_arrays_that_are_not_given_are_not_taken_for_others():
    right = migrate.convert(migrate.load(TEXT, PARAMS), bind_params=True).module
    with pytest.raises(DiagnosticError, match="R2R0503"):
        migrate.verify(migrate.load(TEXT), right, prove=False)


def test_a_file_of_other_arrays_is_not_overwritten(tmp_path: Path):
    model, given, output = tmp_path / "m.relay", tmp_path / "m.npz", tmp_path / "out.py"
    model.write_text(TEXT)
    np.savez(given, **PARAMS)
    arguments = ["convert", str(model), "--params", str(given), "-o", str(output)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    np.savez(given, **{**PARAMS, "b": PARAMS["b"] + 1})
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 2
    assert "out.params.npz exists and differs" in told.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"m.relay", "m.npz", "out.py", "out.params.npz"}


@pytest.mark.parametrize(
    "data",
    [
        np.array([0x7FC00001, 0x3F800000], "uint32").view("float32"),
        np.array([0xFFF8000000000000], "uint64").view("float64"),
        np.array([0x7FC1, 0x8000], "uint16").view(ml_dtypes.bfloat16),
        np.array([-0.0, np.inf, np.nan], "float32"),
        np.array(0xFF, "uint8").view(ml_dtypes.float8_e4m3fn),
        np.arange(256, dtype="uint8").view(ml_dtypes.float8_e5m2),
        np.zeros((0, 2), "float32"),
    ],
    ids=lambda data: f"{data.dtype}-{data.size}",
)
@pytest.mark.parametrize("target", ["0.27", "0.19"])
def test_constants_are_kept_to_the_bit(data: np.ndarray, target: str):
    body = RelayConstant(data)
    module = IRModule({GlobalVar("main"): Function((), body)})
    result = migrate.convert(module, target=target)
    script = migrate.load(result.script(), result.module.params)
    nodes = post_order((script["main"],), Node.iter_children)
    values = [*script.params.values(), *(node.data for node in nodes if isinstance(node, Constant))]
    (found,) = values
    assert (found.dtype, found.shape, found.tobytes()) == (data.dtype, data.shape, data.tobytes())


def test_arrays_are_not_copied():
    module = migrate.load(TEXT, PARAMS)
    for bound in (False, True):
        found = migrate.convert(module, bind_params=bound).module.params
        assert np.shares_memory(found["w_1"], module.params["w.1"])
