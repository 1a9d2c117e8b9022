"""Passes that say operators in others keep the meaning, attributes included; recorded cases decide their forms."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.transform import find
from relax_core.well_formed import check as faults
from tensor_core.passes import Pass

HEAD = "from tvm.script import ir as I, relax as R\n@I.ir_module\nclass Module:\n    @R.function\n"


def module(params: str, *lines: str) -> IRModule:
    body = "\n".join(f"            {line}" for line in (*lines, "R.output(out)"))
    return read(
        f"{HEAD}    def main({params}):\n        with R.dataflow():\n{body}\n        return out\n", release="0.27"
    )


def made(name: str) -> Pass:
    maker = find(name)
    assert maker is not None
    return maker()


def array(*shape: int, low: int = -3) -> Any:
    return np.random.default_rng(7).integers(low, 4, shape).astype(np.float32)


def check(before: IRModule, name: str, *args: Any) -> str:
    """The text after the pass, which must be well formed and compute the same."""
    after = made(name)(before)
    assert faults(after) == []
    for want, got in zip(flat(evaluate(before, args)), flat(evaluate(after, args)), strict=True):
        assert got.dtype == want.dtype
        assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    return print_module(after)


def flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


X, A = 'x: R.Tensor((2, 3), "float32")', 'a: R.Tensor((3, 4), "float32")'


def test_products_of_sums_keep_their_element_type() -> None:
    before = module(
        f'{X}, {A}, b: R.Tensor((3, 4), "float32")', "s = R.add(a, b)", 'out = R.matmul(x, s, out_dtype="float64")'
    )
    text = check(before, "ExpandMatmulOfSum", array(2, 3), array(3, 4), array(3, 4))
    assert text.count("R.matmul(") == 2
    assert text.count('out_dtype="float64"') == 2


def test_a_sum_of_weights_is_computed_once() -> None:
    before = module(f'{X}, {A}, b: R.Tensor((3, 4), "float32")', "s = R.add(a, b)", "out = R.matmul(x, s)")
    function = before["main"]
    marked = before.copy()
    marked.functions[before.get_global_var("main")] = function.replace(attrs={"num_input": 1})
    assert "R.add(a, b)" in print_module(made("ExpandMatmulOfSum")(marked))


@pytest.mark.parametrize("mode", ["clip", "wrap"])
def test_columns_of_a_table_keep_how_places_out_of_range_are_taken(mode: str) -> None:
    before = module(
        f'{X}, {A}, i: R.Tensor((5,), "int64")',
        f'w = R.take(a, i, axis=1, mode="{mode}")',
        "out = R.matmul(x, w)",
    )
    text = check(before, "ReorderTakeAfterMatmul", array(2, 3), array(3, 4), np.array([0, 3, 9, -2, 1]))
    assert text.index("R.matmul") < text.index("R.take")
    assert f'mode="{mode}"' in text


def test_matrices_of_a_table() -> None:
    before = module(
        'x: R.Tensor((2, 2, 3), "float32"), t: R.Tensor((5, 3, 4), "float32"), i: R.Tensor((2,), "int64")',
        'w = R.take(t, i, axis=0, mode="clip")',
        "out = R.matmul(x, w)",
    )
    text = check(before, "ReorderTakeAfterMatmul", array(2, 2, 3), array(5, 3, 4), np.array([4, 1]))
    assert "R.einsum" in text


def test_rows_of_a_table_stay() -> None:
    before = module(f'{X}, {A}, i: R.Tensor((3,), "int64")', "w = R.take(a, i, axis=0)", "out = R.matmul(x, w)")
    assert print_module(made("ReorderTakeAfterMatmul")(before)) == print_module(before)


def test_transposes_are_joined_first_only_where_they_are_alike() -> None:
    params = 'x: R.Tensor((2, 3, 3), "float32"), y: R.Tensor((2, 3, 3), "float32")'
    alike = module(
        params,
        "a = R.permute_dims(x, axes=[-1, 0, 1])",
        "b = R.permute_dims(y, axes=[2, 0, 1])",
        "out = R.concat((a, b), axis=-1)",
    )
    text = check(alike, "ReorderPermuteDimsAfterConcat", array(2, 3, 3), array(2, 3, 3))
    assert text.count("R.permute_dims") == 1
    other = module(
        params,
        "a = R.permute_dims(x, axes=[0, 2, 1])",
        "b = R.permute_dims(y, axes=[0, 1, 2])",
        "out = R.concat((a, b), axis=1)",
    )
    assert check(other, "ReorderPermuteDimsAfterConcat", array(2, 3, 3), array(2, 3, 3)).count("R.permute_dims") == 2


NORM = ", ".join(f'{name}: R.Tensor((3,), "float32")' for name in ("gamma", "beta", "mean", "var"))
BATCH = (
    "R.nn.batch_norm(x, gamma, beta, mean, var, axis=1, epsilon=0.01, center={}, scale={}, momentum=0.25, training={})"
)


@pytest.mark.parametrize(("center", "scale"), [(True, True), (False, True), (True, False), (False, False)])
def test_batch_norm_for_inference(center: bool, scale: bool) -> None:
    before = module(f"{X}, {NORM}", f"b = {BATCH.format(center, scale, False)}", "out = b[0]")
    args = (array(2, 3), array(3), array(3), array(3), array(3, low=1))
    assert "batch_norm" not in check(before, "DecomposeOpsForInference", *args)


def test_batch_norm_for_training() -> None:
    before = module(f"{X}, {NORM}", f"b = {BATCH.format(True, True, True)}", "out = (b[0], b[1], b[2])")
    args = (array(2, 3), array(3), array(3), array(3), array(3, low=1))
    assert "batch_norm" not in check(before, "DecomposeOpsForTraining", *args)


def test_one_function_alone() -> None:
    before = module(f"{X}, {NORM}", f"b = {BATCH.format(True, True, False)}", "out = b[0]")
    maker = find("DecomposeOpsForInference")
    assert maker is not None
    assert maker("other")(before) is before
    assert "batch_norm" not in print_module(maker("main")(before))
    assert maker("main").info.name == "ApplyDecomposeTomain"


def parallel(*rights: str, bias: str = "", dtype: str = "float32") -> IRModule:
    """Products of one matrix with others, each perhaps with a bias."""
    count = range(len(rights))
    params = [X, *(f'w{n}: R.Tensor({rights[n]}, "float32")' for n in count)]
    lines = [f'p{n} = R.matmul(x, w{n}, out_dtype="{dtype if n else "float32"}")' for n in count]
    if bias:
        params += [f'b{n}: R.Tensor({bias}, "float32")' for n in count]
        lines += [f"q{n} = R.add(p{n}, b{n})" for n in count]
    fields = ", ".join(f"{'q' if bias else 'p'}{n}" for n in count)
    return module(", ".join(params), *lines, f"out = ({fields})")


def given(before: IRModule) -> list[Any]:
    return [array(*(int(dim) for dim in param.ty.dims)) for param in before["main"].params]


@pytest.mark.parametrize("bias", ["", "(4,)", "(1, 4)"])
def test_parallel_products_become_one(bias: str) -> None:
    before = parallel("(3, 4)", "(3, 4)", "(3, 4)", bias=bias)
    text = check(before, "CombineParallelMatmul", *given(before))
    assert text.count("R.matmul(") == 1
    assert text.count("R.add(") == bool(bias)


@pytest.mark.parametrize(
    "before",
    [
        parallel("(3,)", "(3,)"),
        parallel("(3, 4)", "(3, 4)", dtype="float64"),
        parallel("(3, 4)", "(3, 4)", bias="(1,)"),
        parallel("(2, 3, 4)", "(1, 3, 4)"),
    ],
    ids=["vectors", "element types", "narrow biases", "batches"],
)
def test_products_that_are_not_alike_stay(before: IRModule) -> None:
    assert check(before, "CombineParallelMatmul", *given(before)).count("R.matmul(") == 2


def test_products_of_several_widths() -> None:
    before = parallel("(3, 4)", "(3, 2)", "(1, 3, 4)")
    text = check(before, "CombineParallelMatmul", *given(before))
    # Those of another rank are another group.
    assert text.count("R.matmul(") == 2


def test_products_can_be_kept_apart() -> None:
    maker = find("CombineParallelMatmul")
    assert maker is not None
    before = parallel("(3, 4)", "(3, 4)")
    assert print_module(maker(lambda *given: len(given[1]) > 2)(before)).count("R.matmul(") == 2


KERNEL = """from tvm.script import ir as I, relax as R, tirx as T
@I.ir_module
class Module:
    @T.prim_func(private=True, s_tir=True)
    def moved(a: T.Buffer((2, 3), "float32"), b: T.Buffer(({extents}), "float32")):
        for i, j in T.grid(2, 3):
            with T.sblock("b"):
                vi, vj = T.axis.remap("SS", [i, j])
                b[{place}] = a[vi, vj]

    @R.function
    def main(x: R.Tensor((2, 3), "float32")) -> R.Tensor(({extents}), "float32"):
        cls = Module
        with R.dataflow():
            y = R.call_tir(cls.moved, (x,), out_ty=R.Tensor(({extents}), "float32"))
            z = {use}
            R.output(z)
        return z
"""


@pytest.mark.parametrize(
    ("extents", "place", "use", "is_reshape"),
    [
        ("6,", "vi * 3 + vj", "R.exp(y)", True),
        ("3, 2", "vj, vi", "R.exp(y)", False),
        ("6,", "vi * 3 + vj", "y", True),
    ],
)
def test_kernels_that_only_reshape(extents: str, place: str, use: str, is_reshape: bool) -> None:
    before = read(KERNEL.format(extents=extents, place=place, use=use), release="0.27")
    text = print_module(made("RewriteDataflowReshape")(before))
    assert ("R.reshape" in text) == is_reshape
    assert ("R.call_tir" in text) != is_reshape


def test_outputs_stay_kernels() -> None:
    text = KERNEL.format(extents="6,", place="vi * 3 + vj", use="R.exp(y)").replace("R.output(z)", "R.output(y, z)")
    before = read(text.replace("return z", "return (y, z)").replace('-> R.Tensor((6,), "float32")', ""), release="0.27")
    assert "R.call_tir" in print_module(made("RewriteDataflowReshape")(before))
