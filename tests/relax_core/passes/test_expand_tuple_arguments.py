"""ExpandTupleArguments: fields are passed one by one, where only the module itself calls."""

from typing import Any

from relax_run import module, numbers, same

from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule
from relax_core.transform import ExpandTupleArguments
from relax_core.well_formed import check

BODY = """
@R.function(private=True)
def inner(a: R.Tensor((2,), "float32"), t: R.Tuple(R.Tensor((2,), "float32"), R.Tuple(R.Tensor((2,), "float32"), R.Tensor((2,), "float32")))):
    u = t[1]
    p = u[0]
    q = u[1]
    r = t[0]
    d = R.subtract(p, q)
    e = R.multiply(r, a)
    f = R.add(d, e)
    return f

@R.function
def main(t: R.Tuple(R.Tensor((2,), "float32"), R.Tuple(R.Tensor((2,), "float32"), R.Tensor((2,), "float32"))), c: R.Prim("bool")):
    cls = Module
    if c:
        x = cls.inner(t[0], t)
        y = x
    else:
        z = cls.inner(t[0], (t[0], (t[0], t[0])))
        y = z
    return y
"""  # noqa: E501


def params(given: IRModule, name: str) -> list[str]:
    function: Any = given[name]
    return [param.name for param in function.params]


def test_private_functions_take_fields_and_callers_pass_them():
    before = module(BODY)
    after = ExpandTupleArguments()(before)
    assert not check(after)
    assert params(after, "inner") == ["a", "t_0", "t_1_0", "t_1_1"]
    assert params(after, "main") == ["t", "c"]
    args = (numbers(2), (numbers(2) + 1, numbers(2) * 3))
    for flag in (True, False):
        same(evaluate(after, [args, flag]), evaluate(before, [args, flag]))


def test_what_is_called_from_outside_stays():
    before = module(BODY.replace("(private=True)", ""))
    assert params(ExpandTupleArguments()(before), "inner") == ["a", "t"]
