"""SimplifyExpr on Relax: what each rule makes of an example, and what it must leave alone."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, IRModule, Op
from relax_core.passes.simplify_expr import RULES, SimplifyExpr, simplifying
from relax_core.text.reader import read
from relax_core.well_formed import check as faults
from tensor_core.module import Expr
from tensor_core.node import Node, post_order

HEAD = "from tvm.script import ir as I, relax as R, tir as T\n@I.ir_module\nclass Module:\n    @R.function\n"
X, Y = 'x: R.Tensor((2, 3), "float32")', 'y: R.Tensor((2, 3), "float32")'
I32, I8 = 'x: R.Tensor((2, 3), "int32")', 'x: R.Tensor((2, 3), "int8")'


def module(params: str, *lines: str) -> IRModule:
    body = "\n".join(f"            {line}" for line in (*lines, "R.output(out)"))
    text = f"{HEAD}    def main({params}):\n        with R.dataflow():\n{body}\n        return out\n"
    return read(text, release="0.27")


def called(found: IRModule) -> list[str]:
    nodes = post_order([found["main"]], Node.iter_children)
    return [
        node.op.name.removeprefix("relax.")
        for node in nodes
        if isinstance(node, Call) and isinstance(node.op, Op)
    ]  # fmt: skip


CHANGED: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "zeros_like": (X, ("out = R.zeros_like(x)",), ["zeros"]),
    "ones_like": (X, ('out = R.ones_like(x, dtype="int32")',), ["ones"]),
    "full_like": (X, ('out = R.full_like(x, R.const(2, "float32"))',), ["full"]),
    "collapse_sum_like": (
        f'{X}, y: R.Tensor((3,), "float32")', ("out = R.collapse_sum_like(x, y)",), ["collapse_sum_to"]
    ),
    "add_to_itself": (X, ("out = R.add(x, x)",), ["multiply"]),
    "divide_by_square_root": (f"{X}, {Y}", ("s = R.sqrt(y)", "out = R.divide(x, s)"), ["rsqrt", "multiply"]),
    "identity": (X, ('a = R.subtract(x, R.const(0, "float32"))', "out = R.exp(a)"), ["exp"]),
    "reshape": (X, ("a = R.reshape(x, R.shape([6]))", "out = R.reshape(a, R.shape([3, 2]))"), ["reshape"]),
    "transpose": (
        'x: R.Tensor((1, 2, 3), "float32")',
        ("a = R.permute_dims(x, axes=[1, 2, 0])", "out = R.permute_dims(a, axes=[0, 2, 1])"),
        ["permute_dims"],
    ),
    "no_transpose": (X, ("a = R.permute_dims(x, axes=[0, 1])", "out = R.exp(a)"), ["exp"]),
    "same_cast": (X, ('a = R.astype(x, dtype="float32")', "out = R.exp(a)"), ["exp"]),
    "consecutive_cast": (I8, ('a = R.astype(x, dtype="int32")', 'out = R.astype(a, dtype="float32")'), ["astype"]),
    "full_elementwise": (X, ('a = R.ones(R.shape([2, 3]), dtype="float32")', "out = R.subtract(a, x)"), ["subtract"]),
    "switch_add_multiply": (
        X, ('a = R.add(x, R.const(2, "float32"))', 'out = R.multiply(a, R.const(3, "float32"))'), ["multiply", "add"]
    ),
    "adjacent_add": (X, ('a = R.add(x, R.const(2, "float32"))', 'out = R.add(a, R.const(3, "float32"))'), ["add"]),
    "adjacent_multiply": (
        X, ('a = R.multiply(x, R.const(2, "float32"))', 'out = R.multiply(a, R.const(3, "float32"))'), ["multiply"]
    ),
    "dequantized_argmax": (
        I8, ('a = R.dequantize(x, R.const(0.5, "float32"), R.const(1, "int8"))', "out = R.argmax(a, axis=1)"),
        ["argmax"],
    ),
    "dequantized_argmin": (
        I8, ('a = R.dequantize(x, R.const(0.5, "float32"), R.const(1, "int8"))', "out = R.argmin(a, axis=1)"),
        ["argmin"],
    ),
    "dequantized_argsort": (
        I8, ('a = R.dequantize(x, R.const(0.5, "float32"), R.const(1, "int8"))', "out = R.argsort(a, axis=1)"),
        ["argsort"],
    ),
    "clip_and_casts": (
        I32,
        ("a = R.clip(x, 0, 100)", 'b = R.astype(a, dtype="uint8")', 'out = R.astype(b, dtype="float32")'),
        ["clip", "astype"],
    ),
    "clip": (I8, ("a = R.clip(x, -128, 127)", "out = R.negative(a)"), ["negative"]),
    "binomial": (
        f"{X}, {Y}",
        (
            "xy = R.multiply(x, y)", 'm = R.multiply(R.const(2.5, "float32"), xy)', "xx = R.multiply(x, x)",
            "yy = R.multiply(y, y)", "s = R.add(m, xx)", "out = R.add(s, yy)",
        ),
        ["multiply", "add", "multiply", "add", "multiply"],
    ),
}  # fmt: skip

KEPT: dict[str, tuple[str, tuple[str, ...]]] = {
    "a sum that broadcasts": (X, ('out = R.add(x, R.const([[[0]]], "float32"))',)),
    "a quotient of a product and a one elsewhere": (X, ('out = R.divide(R.const(1, "float32"), x)',)),
    "a cast that loses something first": (X, ('a = R.astype(x, dtype="int32")', 'out = R.astype(a, dtype="float32")')),
    "int32 by way of float32": (I32, ('a = R.astype(x, dtype="float32")', 'out = R.astype(a, dtype="int32")')),
    "clipped floats cast to integers": (
        X, ("a = R.clip(x, 0, 100)", 'b = R.astype(a, dtype="uint8")', 'out = R.astype(b, dtype="float32")')
    ),
    "an operand that stands along an axis": (
        'x: R.Tensor((1, 1), "float32")',
        ('a = R.zeros(R.shape([1]), dtype="float32")', "out = R.nn.prelu(x, a, axis=1)"),
    ),
    "a clip that clips": (I8, ("out = R.clip(x, -127, 127)",)),
    "a clip of floats": (X, ("out = R.clip(x, -3.4028234663852886e38, 3.4028234663852886e38)",)),
    "the order under a negative scale": (
        I8, ('a = R.dequantize(x, R.const(-0.5, "float32"), R.const(1, "int8"))', "out = R.argmax(a, axis=1)")
    ),
    "no real roots": (
        f"{X}, {Y}",
        ("xy = R.multiply(x, y)", "xx = R.multiply(x, x)", "yy = R.multiply(y, y)", "s = R.add(xy, xx)",
         "out = R.add(s, yy)"),
    ),
}  # fmt: skip


def values(found: IRModule) -> list[Any]:
    rng = np.random.default_rng(3)
    types: list[Any] = [param.ty for param in found["main"].params]
    return [rng.integers(1, 9, type_.dims).astype(type_.dtype) for type_ in types]


def after(before: IRModule) -> IRModule:
    """The module after the pass, which must be well formed and compute the same."""
    result = SimplifyExpr()(before)
    assert faults(result) == []
    args = values(before)
    want, got = evaluate(before, args), evaluate(result, args)
    assert got.dtype == want.dtype
    assert_allclose(got, want, rtol=1e-5)
    return result


def test_every_rule_has_an_example() -> None:
    assert set(CHANGED) == {rule.name for rule in RULES}


@pytest.mark.parametrize("name", CHANGED)
def test_rule_by_itself(name: str) -> None:
    params, lines, wanted = CHANGED[name]
    before = module(params, *lines)
    assert called(after(before)) == wanted
    (rule,) = [rule for rule in RULES if rule.name == name]
    assert called(simplifying([rule])(before)) == wanted


@pytest.mark.parametrize("name", KEPT)
def test_what_stays(name: str) -> None:
    params, lines = KEPT[name]
    before = module(params, *lines)
    assert called(after(before)) == called(before)


def test_chains_end_in_one_operator() -> None:
    lines = ["v0 = R.negative(x)"]
    lines += [f'v{n + 1} = R.add(v{n}, R.const(1, "float32"))' for n in range(40)]
    assert called(after(module(X, *lines, "out = v40"))) == ["negative", "add"]


def test_open_sizes_stay_with_their_symbols() -> None:
    before = module('x: R.Tensor(("n", 3), "float32")', "a = R.zeros_like(x)", "out = R.subtract(x, a)")
    result = SimplifyExpr()(before)
    main: Any = result["main"]
    assert faults(result) == []
    assert isinstance(main.body.body, Expr)
    assert called(result) == []
