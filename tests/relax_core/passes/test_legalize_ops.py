"""LegalizeOps: what becomes a tensor program, what stays, and who may say otherwise."""

import logging
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from migrate.execution import execute
from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Expr, IRModule, PrimFunc
from relax_core.op import creator
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.transform import find
from relax_core.well_formed import check as faults

HEAD = "from tvm.script import ir as I, relax as R, tirx as T\n@I.ir_module\nclass Module:\n    @R.function\n"


def module(params: str, *lines: str) -> IRModule:
    body = "\n".join(f"        {line}" for line in lines)
    return read(f"{HEAD}    def main({params}):\n{body}\n        return out\n", release="0.27")


def legalized(before: IRModule, **options: Any) -> IRModule:
    maker = find("LegalizeOps")
    assert maker is not None
    after = maker(**options)(before)
    assert faults(after) == []
    return after


def programs(of: IRModule) -> list[str]:
    return [var.name for var, function in of.functions.items() if isinstance(function, PrimFunc)]


def test_equal_calls_share_a_program() -> None:
    before = module('x: R.Tensor((2, 3), "float32")', "a = R.exp(x)", "b = R.exp(a)", "out = R.add(a, b)")
    after = legalized(before)
    assert programs(after) == ["tir_exp", "add"]
    x = np.ones((2, 3), np.float32)
    assert_allclose(evaluate(after, [x]), evaluate(before, [x]), rtol=1e-6)
    assert programs(before) == []


def test_sizes_that_no_operand_tells_are_given() -> None:
    before = module(
        'x: R.Tensor(("n", "m"), "float32")', "n = T.int64()", "m = T.int64()", "out = R.reshape(x, R.shape([n * m]))"
    )
    after = legalized(before)
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert_allclose(evaluate(after, [x]), x.ravel())


def test_several_results() -> None:
    before = module('x: R.Tensor((4, 2), "float32")', "p = R.split(x, 2, axis=0)", "out = R.add(p[0], p[1])")
    after = legalized(before)
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    assert_allclose(evaluate(after, [x]), evaluate(before, [x]))
    assert "R.split" not in print_module(after)


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ('x: R.Tensor(ndim=2, dtype="float32")', "out = R.exp(x)"),
        ("x: R.Tensor((3,))", "out = R.exp(x)"),
        (
            'x: R.Tensor((3,), "float32")',
            'out = R.call_pure_packed("vendor.f", x, ty_args=(R.Tensor((3,), "float32"),))',
        ),
    ],
)
def test_what_is_not_known_stays(params: str, line: str) -> None:
    before = module(params, line)
    assert print_module(legalized(before)) == print_module(before)


def test_branches_are_legalized() -> None:
    lines = ("if c:", "    r = R.exp(x)", "else:", "    r = R.negative(x)", "out = R.abs(r)")
    after = legalized(module('x: R.Tensor((2,), "float32"), c: R.Tensor((), "bool")', *lines))
    assert programs(after) == ["tir_exp", "negative", "tir_abs"]


def test_operators_can_be_left_out_and_said_otherwise() -> None:
    before = module('x: R.Tensor((2,), "float32")', "a = R.exp(x)", "out = R.tanh(a)")
    assert programs(legalized(before, skip_ops=["relax.exp"])) == ["tir_tanh"]

    def own(builder: BlockBuilder, call: Call) -> Expr:
        half = builder.emit(creator("multiply")(call.args[0], creator("multiply")(call.args[0], call.args[0])))
        return creator("negative")(half)

    text = print_module(legalized(before, customize_legalize_map={"relax.tanh": own}))
    assert "R.tanh" not in text
    assert "R.negative(" in text


def test_operators_without_a_program_are_told(caplog: pytest.LogCaptureFixture) -> None:
    # How many channels a group has is stated by neither operand.
    params = 'x: R.Tensor(("n", "c", 8, 8), "float32"), w: R.Tensor(("f", "d", 3, 3), "float32")'
    before = module(params, "out = R.nn.conv2d(x, w, groups=2)")
    with caplog.at_level(logging.WARNING):
        legalized(before)
        assert not caplog.records
        legalized(before, enable_warning=True)
    assert "no lowering of relax.nn.conv2d" in caplog.text


@pytest.mark.parametrize("number", ["y", "T.float32(2.5)", "n"])
def test_numbers_are_taken_by_value(number: str) -> None:
    params = 'x: R.Tensor((3,), "float32"), y: T.float32, n: T.int64'
    said = f"R.add(x, {number})" if number != "n" else 'R.add(R.astype(x, "int64"), n)'
    before = module(params, f"out = {said}")
    after = legalized(before)
    assert "R.add(" not in print_module(after)
    x = np.arange(3, dtype="float32")
    wanted = evaluate(before, [x, 2.5, 7])
    for executor in ("interpreter", "backend"):
        assert_array_equal(execute(after, [x, 2.5, 7], executor=executor), wanted)


def test_kernels_of_numbers_alone_run() -> None:
    numbers = read(
        """
from tvm.script import ir as I, relax as R, tirx as T
@I.ir_module
class Module:
    @T.prim_func(private=True, s_tir=True)
    def fill(a: T.float32, n: T.int64, out: T.Buffer((T.int64(2),), "float32")):
        for i in range(T.int64(2)):
            with T.sblock("out"):
                v = T.axis.spatial(T.int64(2), i)
                out[v] = a + T.Cast("float32", n)
    @R.function
    def main(a: T.float32, n: T.int64):
        out = R.call_tir(Module.fill, (a, n), out_ty=R.Tensor((2,), "float32"))
        return out
""",
        release="0.27",
    )
    for executor in ("interpreter", "backend"):
        assert_array_equal(execute(numbers, [0.5, 3], executor=executor), np.full(2, 3.5, "float32"))


@pytest.mark.parametrize("shape", ['R.Shape(["n", 3])', "R.Shape(ndim=2)"])
def test_sizes_become_tensors(shape: str) -> None:
    after = legalized(module(f"s: {shape}", "out = R.shape_to_tensor(s)"))
    assert programs(after) == (["shape_to_tensor"] if "n" in shape.replace("ndim", "") else [])
    for executor in ("interpreter", "backend"):
        assert_array_equal(execute(after, [(2, 3)], executor=executor), np.array([2, 3]))
