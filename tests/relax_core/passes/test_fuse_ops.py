"""FuseOps: what is not in the body of a function, or depends on sizes that are known later, stays apart."""

from typing import Any

import numpy as np
from relax_run import module, numbers, same

from relax_core.interpret import evaluate
from relax_core.ir.expr import Function, IRModule
from relax_core.transform import AnnotateTIROpPattern, FuseOps, FuseTIR, LegalizeOps
from relax_core.well_formed import check
from tensor_core.ops.card import Pattern


def fused(before: IRModule) -> IRModule:
    after = FuseOps()(AnnotateTIROpPattern()(LegalizeOps()(before)))
    assert not check(after)
    return after


def groups(given: IRModule) -> list[str]:
    functions = given.functions.items()
    return [var.name for var, item in functions if isinstance(item, Function) and (item.attrs or {}).get("Primitive")]


def test_blocks_in_arms_stay() -> None:
    before = module("""
    @R.function
    def main(x: R.Tensor((4,), "float32"), c: R.Tensor((), "bool")):
        if c:
            with R.dataflow():
                a = R.add(x, x)
                b = R.exp(a)
                R.output(b)
            y = b
        else:
            y = x
        with R.dataflow():
            d = R.add(y, y)
            e = R.exp(d)
            R.output(e)
        return e
    """)
    after = fused(before)
    assert len(groups(after)) == 1
    for flag in (True, False):
        args = [numbers(4) / 8, np.array(flag)]
        same(evaluate(FuseTIR()(after), args), evaluate(before, args))


SIZES = """
@R.function
def main(x: R.Tensor((4,), "float32"), s: R.Tensor(("k",), "float32")):
    k = T.int64()
    with R.dataflow():
        a = R.add(x, x)
        b = R.exp(a)
        t = R.shape_of(SOURCE)
        m = T.int64()
        u = R.match_cast(t, R.Shape([m]))
        c = R.broadcast_to(R.const(1.0, "float32"), R.shape([m]))
        d = R.add(c, c)
        e = R.sum(b)
        f = R.add(d, e)
        R.output(f)
    return f
"""


def test_groups_come_after_the_casts_that_define_their_sizes() -> None:
    before: Any = module(SIZES.replace("SOURCE", "s"))
    after = fused(before)
    assert groups(after)
    args = [numbers(4) / 8, numbers(3)]
    same(evaluate(FuseTIR()(after), args), evaluate(before, args))


def test_what_a_cast_needs_and_what_needs_the_cast_are_no_group() -> None:
    before: Any = module(SIZES.replace("SOURCE", "b"))
    after = fused(before)
    args = [numbers(4) / 8, numbers(3)]
    same(evaluate(FuseTIR()(after), args), evaluate(before, args))


LAYERS = """
@R.function
def main(x: R.Tensor((1, 3, 8, 8), "float32"), w: R.Tensor((4, 3, 3, 3), "float32"), y: R.Tensor((8, 8), "float32")):
    with R.dataflow():
        conv = R.nn.conv2d(x, w, padding=(1, 1))
        relu = R.nn.relu(conv)
        product = R.matmul(relu, y)
        again = R.matmul(product, y)
        soft = R.nn.softmax(again)
        total = R.sum(soft, axis=[1])
        turned = R.permute_dims(total)
        picked = R.take(turned, R.const([0, 1]), axis=1)
        R.output(picked)
    return picked
"""


def test_programs_in_plain_loops_are_what_their_loops_say() -> None:
    annotated = AnnotateTIROpPattern()(LegalizeOps()(module(LAYERS)))
    kinds = {
        var.name: Pattern((f.attrs or {})["op_pattern"]).name
        for var, f in annotated.functions.items()
        if var.name != "main"
    }
    assert kinds == {
        "nn_conv2d": "OUT_FUSABLE", "nn_relu": "ELEMENTWISE", "matmul": "OUT_FUSABLE", "nn_softmax": "OUT_FUSABLE",
        "sum": "REDUCE", "transpose": "INJECTIVE", "take": "OPAQUE",
    }  # fmt: skip


def test_products_stay_apart_and_take_what_follows() -> None:
    before = module(LAYERS)
    after = fused(before)
    assert groups(after) == ["fused_nn_conv2d_nn_relu"]
    args = [numbers(1, 3, 8, 8) / 64, numbers(4, 3, 3, 3) / 64, numbers(8, 8) / 64]
    same(evaluate(FuseTIR()(after), args), evaluate(before, args))
