"""Functions that closures hold keep their signature: not all calls of them are known."""

from typing import Any

import pytest
from relax_run import module, numbers, same

from relax_core.interpret import evaluate
from relax_core.transform import ExpandTupleArguments, FuseTIR, RemoveUnusedParameters
from relax_core.well_formed import check
from tensor_core.passes import Pass

HELD = """
@R.function(private=True)
def inner(u: R.Tensor((2,), "float32"), t: R.Tuple(R.Tensor((2,), "float32"), R.Tensor((2,), "float32"))):
    a = t[0]
    b = t[1]
    c = R.subtract(a, b)
    return c

@R.function
def main(x: R.Tensor((2,), "float32"), y: R.Tensor((2,), "float32")):
    f = R.make_closure(Module.inner, ((x, y),))
    z = R.invoke_pure_closure(f, (x,), sinfo_args=R.Tensor((2,), "float32"))
    return z
"""
MARKED = HELD.replace("    a = t[0]", '    R.func_attr({"Primitive": True})\n    a = t[0]')


@pytest.mark.parametrize(
    ("made", "body"), [(ExpandTupleArguments(), HELD), (RemoveUnusedParameters(), HELD), (FuseTIR(), MARKED)]
)
def test_what_a_closure_holds_stays(made: Pass, body: str) -> None:
    before: Any = module(body)
    after = made(before)
    assert not check(after)
    assert len(after["inner"].params) == 2
    args = [numbers(2), numbers(2) * 3]
    same(evaluate(after, args), evaluate(before, args))
