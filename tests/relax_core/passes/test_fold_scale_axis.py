"""FoldScaleAxis on Relax: factors that go into weights, before and behind them, and factors that stay."""

import re
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from steps import steps

from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule
from relax_core.passes.backward_fold_scale_axis import BackwardFoldScaleAxis
from relax_core.passes.fold_constant import FoldConstant
from relax_core.passes.fold_scale_axis import FoldScaleAxis
from relax_core.passes.forward_fold_scale_axis import ForwardFoldScaleAxis
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.well_formed import check as faults
from tensor_core.passes import Pass, PassContext

CONV = "R.nn.conv2d(x, w)"
FACTOR = "R.reshape(R.const([2.0, 0.5, 4.0], 'float32'), R.shape([3, 1, 1]))"
SIGNED = FACTOR.replace("0.5", "-0.5")
OF_M = CONV.replace("x", "m")
WITH_ZERO = FACTOR.replace("0.5", "0.0")


def module(body: str, result: str = "out", dataflow: bool = True, **shapes: str) -> IRModule:
    """``body``: bindings, of which the last is of ``out``."""
    stated = {"x": "(1, 3, 4, 4)", "w": "(3, 3, 2, 2)", "s": "(3, 1, 1)", "b": "(1, 3, 1, 1)", **shapes}
    params = ", ".join(f"{name}: R.Tensor({shape}, 'float32')" for name, shape in stated.items())
    indent = " " * (12 if dataflow else 8)
    lines = "\n".join(f"{indent}{line}" for line in body.splitlines())
    block = f"        with R.dataflow():\n{lines}\n            R.output({result})" if dataflow else lines
    return read(
        "from tvm.script import ir as I, relax as R, tir as T\n@I.ir_module\nclass Module:\n    @R.function\n"
        f"    def main({params}):\n{block}\n        return {result}\n",
        release="0.27",
    )


def after(transform: Pass, before: IRModule) -> str:
    """The text after a pass, which must be well formed and compute the same; open sizes are 2."""
    with PassContext(opt_level=3):
        found = transform(before)
    assert faults(found) == []
    rng = np.random.default_rng(3)
    types: list[Any] = [param.ty for param in before["main"].params]
    shapes = [[dim if isinstance(dim, int) else 2 for dim in type_.dims] for type_ in types]
    args = [rng.normal(size=shape).astype(type_.dtype) for shape, type_ in zip(shapes, types, strict=True)]
    old, new = evaluate(before, args), evaluate(found, args)
    pairs = zip(old, new, strict=True) if isinstance(old, tuple) else [(old, new)]
    for one, other in pairs:
        assert_allclose(other, one, rtol=1e-4, atol=1e-5)
    return print_module(found)


def taken(text: str) -> list[str]:
    """The operators in the order in which they run."""
    return re.findall(r"= R\.([\w.]+)\(", text)


BEHIND = {
    "convolution": f"c = {CONV}\nout = R.multiply(c, s)",
    "factor in front": f"c = {CONV}\nout = R.multiply(s, c)",
    "number": f"c = {CONV}\nout = R.multiply(c, R.const(2.0, 'float32'))",
    "relu": f"c = {CONV}\nr = R.nn.relu(c)\nf = {FACTOR}\nout = R.multiply(r, f)",
    "leakyrelu": f"c = {CONV}\nr = R.nn.leakyrelu(c)\nf = {FACTOR}\nout = R.multiply(r, f)",
    "sum": f"c = {CONV}\na = R.add(c, b)\nout = R.multiply(a, s)",
    "difference": f"c = {CONV}\na = R.subtract(b, c)\nout = R.multiply(a, s)",
    "two": f"c = {CONV}\nd = {CONV}\na = R.add(c, d)\nout = R.multiply(a, s)",
    "product": "c = R.matmul(x, s)\nout = R.multiply(c, b)",
}


@pytest.mark.parametrize("name", BEHIND)
def test_a_factor_behind_goes_into_the_weight(name: str) -> None:
    given = {"x": "(2, 4)", "s": "(4, 3)", "b": "(3,)", "w": "(1,)"} if name == "product" else {}
    found = taken(after(BackwardFoldScaleAxis(), module(BEHIND[name], dataflow=True, **given)))
    assert found[-1] != "multiply"
    weighed = [n for n, op in enumerate(found) if op in ("nn.conv2d", "matmul")]
    assert found.count("multiply") == (2 if name in ("sum", "difference", "two") else 1)
    assert all(found[n - 1] == "multiply" for n in weighed[:1])


BEFORE = {
    "convolution": f"m = R.multiply(x, s)\nout = {OF_M}",
    "number": f"m = R.multiply(R.const(2.0, 'float32'), x)\nout = {OF_M}",
    "relu": f"f = {FACTOR}\nm = R.multiply(x, f)\nr = R.nn.relu(m)\nout = {CONV.replace('x', 'r')}",
    "leakyrelu": f"f = {FACTOR}\nm = R.multiply(x, f)\nr = R.nn.leakyrelu(m)\nout = {CONV.replace('x', 'r')}",
    "sum": f"f = {SIGNED}\nm = R.multiply(f, x)\na = R.add(b, m)\nout = {CONV.replace('x', 'a')}",
    "difference": f"f = {SIGNED}\nm = R.multiply(x, f)\na = R.subtract(m, b)\nout = {CONV.replace('x', 'a')}",
    "two takers": f"m = R.multiply(x, s)\nc = {OF_M}\nd = {OF_M}\nout = R.add(c, d)",
    "product": "m = R.multiply(x, b)\nout = R.matmul(m, s)",
}


@pytest.mark.parametrize("name", BEFORE)
def test_a_factor_before_goes_into_the_weight(name: str) -> None:
    given = {"x": "(2, 4)", "s": "(4, 3)", "b": "(4,)", "w": "(1,)"} if name == "product" else {}
    found = taken(after(ForwardFoldScaleAxis(), module(BEFORE[name], dataflow=True, **given)))
    assert [found[n - 1] for n, op in enumerate(found) if op in ("nn.conv2d", "matmul")].count("multiply") == (
        2 if name == "two takers" else 1
    )
    assert found.count("multiply") == (2 if name == "two takers" else 1)


STAYS = {
    "a factor that may be negative, behind an activation": f"c = {CONV}\nr = R.nn.relu(c)\nout = R.multiply(r, s)",
    "a negative factor behind an activation": f"c = {CONV}\nr = R.nn.relu(c)\nf = {SIGNED}\nout = R.multiply(r, f)",
    "an activation on the right of a sum": (
        f"c = {CONV}\nd = {CONV}\nr = R.nn.relu(d)\na = R.add(c, r)\nf = {SIGNED}\nout = R.multiply(a, f)"
    ),
    "a factor along another axis": f"c = {CONV}\nf = R.reshape(s, R.shape([3, 1]))\nout = R.multiply(c, f)",
    "something else between": f"c = {CONV}\ne = R.exp(c)\nout = R.multiply(e, s)",
    "a factor that may be zero, before a sum": (
        f"m = R.multiply(x, s)\na = R.add(m, b)\nout = {CONV.replace('x', 'a')}"
    ),
    "a zero before a sum": (
        f"f = {WITH_ZERO}\nm = R.multiply(x, f)\na = R.add(m, b)\nout = {CONV.replace('x', 'a')}"
    ),
    "one user that does not take it": (
        f"m = R.multiply(x, s)\nc = {OF_M}\nd = R.nn.max_pool2d(m, pool_size=[2, 2])\nout = R.add(c, d)"
    ),
    "groups": "c = R.nn.conv2d(x, w, groups=3)\nc2 = R.concat((c, c), axis=1)\nout = R.multiply(c2, s)",
}  # fmt: skip


@pytest.mark.parametrize("name", STAYS)
def test_a_factor_stays(name: str) -> None:
    given = {"w": "(3, 1, 2, 2)", "s": "(6, 1, 1)"} if name == "groups" else {}
    before = module(STAYS[name], dataflow=True, **given)
    assert after(FoldScaleAxis(), before) == after_folding(before)


def after_folding(module: IRModule) -> str:
    """What FoldConstant alone makes of it."""
    return print_module(FoldConstant()(module))


def test_a_value_that_is_seen_elsewhere_is_not_scaled() -> None:
    before = module(f"c = {CONV}\nout = R.multiply(c, s)", "c, out")
    assert after(BackwardFoldScaleAxis(), before) == print_module(before)


@pytest.mark.parametrize(
    "body",
    [
        f"c = {CONV}\nchanged = IN_PLACE\nout = R.multiply(c, s)",
        f"m = R.multiply(x, s)\nchanged = IN_PLACE\nout = {OF_M}",
    ],
)
def test_nothing_is_computed_behind_a_change_in_place(body: str) -> None:
    in_place = 'R.call_inplace_packed("change", x, inplace_indices=[0], ty_args=[R.Tensor((1, 3, 4, 4), "float32")])'
    before = module(body.replace("IN_PLACE", in_place), dataflow=False)
    for transform in (BackwardFoldScaleAxis(), ForwardFoldScaleAxis()):
        assert print_module(transform(before)) == print_module(before)


@pytest.mark.parametrize(
    ("layouts", "shapes"),
    [
        (("NHWC", "HWIO"), {"x": "(1, 4, 4, 3)", "w": "(2, 2, 3, 3)", "s": "(3,)"}),
        (("NCHW", "OHWI"), {"w": "(3, 2, 2, 3)"}),
        (("NCHW4c", "OIHW4i4o"), {"x": "(1, 2, 4, 4, 4)", "w": "(2, 2, 2, 2, 4, 4)", "s": "(2, 1, 1, 4)"}),
        (("NCHW", "OIHW"), {"x": '("n", 3, 4, 4)'}),
    ],
    ids=["NHWC", "OHWI", "blocks", "open batch"],
)
def test_channels_are_found_in_any_layout(layouts: tuple[str, str], shapes: dict[str, str]) -> None:
    conv = f"R.nn.conv2d({{}}, w, data_layout='{layouts[0]}', kernel_layout='{layouts[1]}')"
    for transform, body in (
        (BackwardFoldScaleAxis(), f"c = {conv.format('x')}\nout = R.multiply(c, s)"),
        (ForwardFoldScaleAxis(), f"m = R.multiply(x, s)\nout = {conv.format('m')}"),
    ):
        found = taken(after(transform, module(body, dataflow=True, **shapes)))
        assert found[-2:] == ["multiply", "nn.conv2d"]
        assert found.count("multiply") == 1


@pytest.mark.parametrize("transform", [BackwardFoldScaleAxis(), ForwardFoldScaleAxis()])
def test_cost_is_linear(transform: Pass) -> None:
    def chain(length: int) -> IRModule:
        lines, last = [f"f = {FACTOR}"], "x"
        for n in range(length):
            lines += [f"m{n} = R.multiply({last}, f)", f"r{n} = R.nn.relu(m{n})", f"c{n} = R.nn.conv2d(r{n}, w)"]
            last = f"c{n}"
        return module("\n".join([*lines, f"out = R.nn.relu({last})"]), w="(3, 3, 1, 1)")

    short, long = (steps(partial(transform, chain(length))) for length in (20, 80))
    assert long < 5 * short
