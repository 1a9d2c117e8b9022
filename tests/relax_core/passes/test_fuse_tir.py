"""FuseTIR: programs of a group become one, over the arrays, scalars and sizes of the caller."""

import textwrap
from functools import partial
from typing import Any

import pytest
from relax_run import module, numbers, same
from steps import steps as work

from cpu_backend.machine import Machine
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Function, IRModule, PrimFunc, PrimValue, SeqExpr, ShapeExpr
from relax_core.lower import lower
from relax_core.text.reader import read
from relax_core.transform import AnnotateTIROpPattern, FuseOps, FuseTIR, LegalizeOps
from relax_core.well_formed import check
from tensor_core import codes
from tensor_core.diagnostics import Code, DiagnosticError
from tensor_core.passes import Sequential
from tensor_core.tir.functor import post_order_visit
from tensor_core.tir.stmt import Block
from tensor_core.tir.to_loops import STRICT


def fused(before: IRModule) -> IRModule:
    after = FuseTIR()(before)
    assert not check(after)
    return after


def program(given: IRModule, name: str = "group") -> PrimFunc:
    found = given[name]
    assert isinstance(found, PrimFunc)
    return found


def params(given: IRModule) -> list[str]:
    """The names of the program's parameters: of arrays those of their buffers."""
    made = program(given)
    return [made.buffer_map[var].name if var in made.buffer_map else var.name for var in made.params]


def sizes(given: IRModule) -> list[Any]:
    made = program(given)
    return [dim for buffer in made.buffer_map.values() for dim in buffer.shape]


def last_call(given: IRModule) -> Call:
    function = given["main"]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    value = function.body.blocks[-1].bindings[-1].value  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(value, Call)
    return value


STEP = """
@T.prim_func(private=True)
def step(x: T.handle, y: T.handle):
    n = T.int64()
    X = T.match_buffer(x, (n,), "float32")
    Y = T.match_buffer(y, (n,), "float32")
    for i in range(n):
        with T.BLOCK("step"):
            vi = T.axis.spatial(n, i)
            Y[vi] = X[vi] * T.float32(2) + X[n - T.int64(1) - vi]

@R.function(private=True)
def group(x: R.Tensor((SIZE,), "float32")):
    R.func_attr({"Primitive": True})
    cls = Module
    with R.dataflow():
        a = R.call_tir(cls.step, (x,), out_sinfo=R.Tensor((SIZE,), "float32"))
        b = R.call_tir(cls.step, (a,), out_sinfo=R.Tensor((SIZE,), "float32"))
        c = R.call_tir(cls.step, (b,), out_sinfo=R.Tensor((SIZE,), "float32"))
        R.output(c)
    return c

@R.function
def main(x: R.Tensor((SIZE,), "float32")):
    cls = Module
    with R.dataflow():
        y = cls.group(x)
        R.output(y)
    return y
"""


def steps(size: str) -> str:
    return STEP.replace("BLOCK", "block").replace("SIZE", size)


def test_a_program_that_is_called_again_is_there_again_over_the_sizes_of_the_caller():
    before = module(steps("5"))
    after = fused(before)
    assert len(after) == 2
    assert params(after) == ["x", "Y_intermediate_2"]
    assert [dim.value for dim in sizes(after)] == [5, 5]
    same(evaluate(after, [numbers(5)]), evaluate(before, [numbers(5)]))


def test_open_sizes_of_programs_become_one():
    text = steps('"k"').replace('out_sinfo=R.Tensor(("k",)', "out_sinfo=R.Tensor((k,)")
    before = module(text.replace("    R.func_attr", "    k = T.int64()\n    R.func_attr"))
    after = fused(before)
    one, other = sizes(after)
    assert one is other
    same(evaluate(after, [numbers(5)]), evaluate(before, [numbers(5)]))


@pytest.mark.parametrize(
    ("release", "block", "result", "expected"),
    [
        ("0.19", "block", "out_sinfo", ["step", "step_1", "step_2"]),
        ("0.26", "sblock", "out_ty", ["step", "step1", "step2"]),
    ],
)
def test_blocks_of_one_name_are_told_apart_as_the_release_does(
    release: str, block: str, result: str, expected: list[str]
):
    text = STEP.replace("BLOCK", block).replace("SIZE", "5").replace("out_sinfo", result)
    if release == "0.26":
        text = text.replace("(private=True)", "(private=True, s_tir=True)", 1)
    after = fused(read(f"@I.ir_module\nclass Module:\n{textwrap.indent(text, '    ')}", release=release))
    found: list[Block] = []
    post_order_visit(program(after).body, lambda item: found.append(item) if isinstance(item, Block) else None)
    assert [item.name_hint for item in found] == [*expected, "root"]


SCALED = """
@T.prim_func(private=True)
def scaled(x: T.Buffer((4,), "float32"), {params}):
    for i in range(4):
        y[i] = x[i] * T.Cast("float32", k)

@R.function(private=True)
def group(s: R.Shape(["q"]), x: R.Tensor((4,), "float32")):
    q = T.int64()
    R.func_attr({{"Primitive": True}})
    cls = Module
    with R.dataflow():
        a = R.call_tir(cls.scaled, (x{given}{more})
        b = R.call_tir(cls.scaled, (a{given}{more})
        R.output(b)
    return b

@R.function
def main(x: R.Tensor((4,), "float32"), s: R.Shape(["p"])):
    p = T.int64()
    cls = Module
    with R.dataflow():
        y = cls.group(R.shape([p + 1]), x)
        R.output(y)
    return y
"""
ARRAY = 'y: T.Buffer((4,), "float32")'


def test_scalars_stand_behind_all_arrays_before_0_26():
    more = ',), out_sinfo=R.Tensor((4,), "float32"), tir_vars=R.shape([q])'
    text = SCALED.format(params=f"{ARRAY}, k: T.int64", given="", more=more)
    after = fused(read(f"@I.ir_module\nclass Module:\n{textwrap.indent(text, '    ')}", release="0.19"))
    assert params(after) == ["x", "y_intermediate_1", "q"]
    assert isinstance(last_call(after).args[2], ShapeExpr)
    same(evaluate(after, [numbers(4), (2,)]), numbers(4) * 9)


def test_scalars_are_arguments_from_0_26_on():
    text = SCALED.format(params=f"k: T.int64, {ARRAY}", given=", q", more='), out_ty=R.Tensor((4,), "float32")')
    after = fused(read(f"@I.ir_module\nclass Module:\n{textwrap.indent(text, '    ')}", release="0.26"))
    assert params(after) == ["x", "q", "y_intermediate_1"]
    call: Any = last_call(after)
    assert isinstance(call.args[1].fields[1], PrimValue)
    same(evaluate(after, [numbers(4), (2,)]), numbers(4) * 9)


IN_PLACE = """
@T.prim_func(private=True)
def split(x: T.Buffer((4,), "float32"), y: T.Buffer((4,), "float32")):
    for i in range(4):
        y[i] = x[i] + T.float32(1)
        x[i] = x[i] * T.float32(2)

@R.function(private=True)
def group(x: R.Tensor((4,), "float32")):
    R.func_attr({"Primitive": True})
    cls = Module
    with R.dataflow():
        a = R.call_tir_inplace(
            cls.split, (x,), [-1, 0], out_sinfo=[R.Tensor((4,), "float32"), R.Tensor((4,), "float32")]
        )
        b = a[0]
        c = R.call_tir_inplace(
            cls.split, (b,), [-1, 0], out_sinfo=[R.Tensor((4,), "float32"), R.Tensor((4,), "float32")]
        )
        d = c[0]
        e = a[1]
        R.output(d, e)
    return (d, e)

@R.function
def main(x: R.Tensor((4,), "float32")):
    cls = Module
    with R.dataflow():
        y = cls.group(x)
        R.output(y)
    return y
"""


def test_results_in_arguments_stay_there_and_others_are_new():
    before = module(IN_PLACE)
    after = fused(before)
    call = last_call(after)
    assert call.attrs is not None
    assert list(call.attrs["inplace_indices"]) == [-1, 0]
    same(evaluate(after, [numbers(4)]), (numbers(4) + 2, numbers(4) * 2))
    same(evaluate(before, [numbers(4)]), (numbers(4) + 2, numbers(4) * 2))


SCALAR_FIRST = """
@T.prim_func(private=True)
def scale(k: T.int64, x: T.Buffer((4,), "float32")):
    for i in range(4):
        x[i] = x[i] * T.Cast("float32", k)

@R.function(private=True)
def group(k: R.Prim("int64"), x: R.Tensor((4,), "float32")):
    R.func_attr({"Primitive": True})
    cls = Module
    with R.dataflow():
        a = R.call_tir_inplace(cls.scale, (k, x), [1], out_sinfo=R.Tensor((4,), "float32"))
        b = R.call_tir_inplace(cls.scale, (k, a), [1], out_sinfo=R.Tensor((4,), "float32"))
        R.output(b)
    return b

@R.function
def main(k: R.Prim("int64"), x: R.Tensor((4,), "float32")):
    cls = Module
    with R.dataflow():
        y = cls.group(k, x)
        R.output(y)
    return y
"""


def test_places_of_results_count_scalars_too():
    before = module(SCALAR_FIRST)
    after = fused(before)
    assert params(after) == ["k", "x"]
    call = last_call(after)
    assert call.attrs is not None
    assert list(call.attrs["inplace_indices"]) == [1]
    for made in (before, after):
        same(evaluate(made, [3, numbers(4)]), numbers(4) * 9)
        same(Machine(lower(made, "main")).run([3, numbers(4)], "main"), numbers(4) * 9)


def test_cost_grows_with_the_program():
    def chain(length: int) -> IRModule:
        lines = [f"    v{n} = R.{'nn.softmax' if n % 5 == 0 else 'exp'}(v{n - 1})" for n in range(1, length)]
        body = "\n    ".join(lines)
        return AnnotateTIROpPattern()(
            LegalizeOps()(
                module(f"""
@R.function
def main(v0: R.Tensor((2, 3), "float32")):
    with R.dataflow():
    {body}
        R.output(v{length - 1})
    return v{length - 1}
""")
            )
        )

    short, long = (work(partial(Sequential([FuseOps(), FuseTIR()]), chain(length))) for length in (60, 240))
    assert long < 4.6 * short


def test_plain_loops_are_fused_and_what_must_round_strictly_does_so():
    text = """
    @R.function
    def main(x: R.Tensor((3, 4), "float32"), y: R.Tensor((4, 3), "float32")):
        with R.dataflow():
            a = R.matmul(x, y)
            b = R.add(a, R.const(1.0, "float32"))
            c = R.nn.relu(b)
            R.output(c)
        return c
    """
    before = module(text)
    lowered = FuseOps()(AnnotateTIROpPattern()(LegalizeOps()(before)))
    after = fused(lowered)
    [made] = [item for item in after.functions.values() if isinstance(item, PrimFunc)]
    assert STRICT not in made.attrs
    assert "s_tir" not in made.attrs
    same(evaluate(after, [numbers(3, 4), numbers(4, 3)]), evaluate(before, [numbers(3, 4), numbers(4, 3)]))
    strict = lowered.copy()
    for var, function in lowered.functions.items():
        if var.name == "add":
            assert isinstance(function, PrimFunc)
            strict[var] = function.with_attr(STRICT, True)
    [made] = [item for item in fused(strict).functions.values() if isinstance(item, PrimFunc)]
    assert made.attrs[STRICT]


CALL = 'R.call_tir(cls.step, (a,), out_sinfo=R.Tensor((5,), "float32"))'


@pytest.mark.parametrize(
    ("changed", "to", "code"),
    [
        (CALL, "R.exp(a)", codes.ILL_FORMED),
        (CALL, 'R.add(R.const(1.0, "float32"), a)', codes.ILL_FORMED),
        ('(x: R.Tensor((5,), "float32")', '(x: R.Tensor("float32", ndim=1)', codes.UNRESOLVED_TYPE),
    ],
)
def test_what_is_no_group_of_programs_over_known_sizes_is_refused(changed: str, to: str, code: Code):
    text = steps("5")
    assert changed in text
    before = module(text.replace(changed, to, 1))
    with pytest.raises(DiagnosticError) as caught:
        FuseTIR()(before)
    assert caught.value.diagnostics[0].code is code


def test_a_size_that_the_arguments_do_not_tell_is_refused():
    text = steps("5").replace("n = T.int64()", "n = T.int64()\n    k = T.int64()").replace("(x, (n,)", "(x, (n * k,)")
    with pytest.raises(DiagnosticError) as caught:
        FuseTIR()(module(text))
    assert "does not tell k" in caught.value.diagnostics[0].message
