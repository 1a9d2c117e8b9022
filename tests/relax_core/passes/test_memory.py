"""Memory: what shares storage, what is released when; programs compute what they computed."""

from typing import Any

import numpy as np
import pytest
from relax_run import module, numbers, same

from cpu_backend.machine import Machine
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Function, Op, SeqExpr, VarBinding
from relax_core.lower import lower
from relax_core.passes.kill_after_last_use import KillAfterLastUse
from relax_core.passes.lower_alloc_tensor import LowerAllocTensor
from relax_core.passes.lower_runtime_builtin import LowerRuntimeBuiltin
from relax_core.passes.memory_tokens import Pool, Token, token_for
from relax_core.passes.static_plan_block_memory import StaticPlanBlockMemory
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var
from tensor_core.shapes import to_text


def calls(given: Any, name: str = "main") -> list[str]:
    """The operators that a function calls, in order."""
    function = given[name]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    values = [item.value for block in function.body.blocks for item in block.bindings if isinstance(item, VarBinding)]
    return [value.op.name for value in values if isinstance(value, Call) and isinstance(value.op, Op)]


def sizes(given: Any, name: str = "main") -> list[str]:
    """The sizes of the storage that a function allocates."""
    function = given[name]
    bindings = [item for block in function.body.blocks for item in block.bindings]
    found = [item.value for item in bindings if isinstance(item.value, Call) and item.var.name.startswith("storage")]
    return [to_text(call.args[0].values[0]) for call in found]


CHAIN = """
@T.prim_func
def double(x: T.handle, y: T.handle):
    n = T.int64()
    X = T.match_buffer(x, (n,), "float32")
    Y = T.match_buffer(y, (n,), "float32")
    for i in range(n):
        with T.block("double"):
            vi = T.axis.spatial(n, i)
            Y[vi] = X[vi] * T.float32(2)

@R.function
def main(x: R.Tensor(("n",), "float32")):
    n = T.int64()
    R.func_attr({"relax.force_pure": True, ATTRS})
    a = R.builtin.alloc_tensor(R.shape([n]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _ = Module.double(x, a)
    b = R.builtin.alloc_tensor(R.shape([n]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _1 = Module.double(a, b)
    c = R.builtin.alloc_tensor(R.shape([n]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _2 = Module.double(b, c)
    d = R.builtin.alloc_tensor(R.shape([n]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _3 = Module.double(c, d)
    return d
"""


def both(given: Any, *args: Any) -> list[Any]:
    return [evaluate(given, args), Machine(lower(given)).run(args)]


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [
        ('"tir_var_upper_bound": {"n": 8}', ["32", "32"]),
        ('"tir_var_upper_bound": {"n": 8}, "relax.memory_plan_dynamic_func_output": True', ["32", "32", "32"]),
        ('"tir_var_lower_bound": {"n": 2}', ["4 * n", "4 * n"]),
    ],
)
def test_a_chain_needs_two_pieces(attrs, expected):
    before = module(CHAIN.replace("ATTRS", attrs))
    after = StaticPlanBlockMemory()(before)
    assert sizes(after) == expected
    for made in (before, after, LowerAllocTensor()(after)):
        for n in (2, 8):
            for value in both(made, numbers(n)):
                same(value, numbers(n) * 16)


def test_everything_is_released_and_lowered():
    after = module(CHAIN.replace("ATTRS", '"tir_var_upper_bound": {"n": 8}'))
    for make in (StaticPlanBlockMemory, LowerAllocTensor, KillAfterLastUse):
        after = make()(after)
    assert calls(after).count("relax.memory.kill_tensor") == 3
    assert calls(after).count("relax.memory.kill_storage") == 3
    after = LowerRuntimeBuiltin()(after)
    assert set(calls(after)) == {"relax.vm.alloc_storage", "relax.vm.alloc_tensor", "relax.vm.kill_object"}
    for value in both(after, numbers(5)):
        same(value, numbers(5) * 16)
    with pytest.raises(DiagnosticError, match="without storage"):
        LowerRuntimeBuiltin()(module(CHAIN.replace("ATTRS", '"a": 1')))


def test_bounds_are_numbers():
    with pytest.raises(DiagnosticError, match="not a number") as caught:
        StaticPlanBlockMemory()(module(CHAIN.replace("ATTRS", '"tir_var_upper_bound": {"n": "many"}')))
    assert caught.value.diagnostics[0].code is codes.BAD_OPTION


def test_tuples_branches_and_results_are_not_released_too_early():
    given = module("""
    @R.function
    def main(x: R.Tensor((2,), "float32"), c: R.Tensor((), "bool")):
        a = R.add(x, x)
        b = R.multiply(a, a)
        if c:
            d = R.add(a, b)
            r = R.exp(d)
        else:
            r = R.exp(b)
        t = (r, a)
        return t
    """)
    after = KillAfterLastUse()(given)
    # A tuple keeps its fields: what it was made of can go.
    assert calls(after).count("relax.memory.kill_tensor") == 3
    for taken in (True, False):
        for value in both(after, numbers(2), np.asarray(taken)):
            same(value, evaluate(given, [numbers(2), np.asarray(taken)]))


def test_storage_is_used_again_by_size():
    pool = Pool()
    for size in (100, 40, 1000):
        pool.release(Token(size, "float32", "global"))
    take = [pool.take(Token(size, "float32", "global", uses=1)) for size in (90, 30, 7, 2000, 5)]
    assert [token and token.bytes for token in take] == [100, 40, None, 2000, None]
    assert pool.take(Token(10, "float32", "global", uses=0)) is None
    assert pool.take(Token(10, "int8", "global", uses=1)) is None


def test_sizes_of_storage():
    n, m = Var("n"), Var("m")
    assert token_for((2, 3), "float16", "global").bytes == 12
    assert to_text(token_for((2, n, 3, m), "float32", "global").bytes) == "24 * (n * m)"
    assert token_for((n,), "uint8", "global").bytes is n


def test_storage_too_small_is_refused_when_run():
    given = module("""
    @R.function(pure=False)
    def main(x: R.Tensor((2,), "float32")):
        s = R.memory.alloc_storage(R.shape([4]), R.prim_value(0), R.str("global"), R.dtype("uint8"))
        a = R.memory.alloc_tensor(s, R.prim_value(0), R.shape([2]), R.dtype("float32"))
        return a
    """)
    for run in (lambda: evaluate(given, [numbers(2)]), lambda: Machine(lower(given)).run([numbers(2)])):
        with pytest.raises(DiagnosticError, match="does not fit into storage"):
            run()


KEPT = """
@R.function(private=True)
def itself(x: R.Tensor((4,), "float32")):
    R.func_attr({"relax.force_pure": True})
    return x

@R.function
def main(x: R.Tensor((4,), "float32"), y: R.Tensor((4,), "float32")):
    R.func_attr({"relax.force_pure": True})
    a = R.builtin.alloc_tensor(R.shape([4]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _ = Module.double(x, a)
    b = Module.itself(a)
    c = R.builtin.alloc_tensor(R.shape([4]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _1 = Module.double(y, c)
    d = R.builtin.alloc_tensor(R.shape([4]), R.dtype("float32"), R.prim_value(0), R.str("global"))
    _2 = Module.double(c, d)
    return (b, d)
"""


def test_a_function_may_keep_what_it_is_given() -> None:
    before = module(CHAIN.split("@R.function")[0] + KEPT)
    after = StaticPlanBlockMemory()(before)
    x, y = numbers(4), numbers(4) + 3
    for made in (before, after):
        for value in both(made, x, y):
            same(value[0], x * 2)
            same(value[1], y * 4)
