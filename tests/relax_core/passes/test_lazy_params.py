"""LazyGetInput and LazySetOutput: parameters are fetched where they are used, results handed over once there."""

from typing import Any

import numpy as np
import pytest
from relax_run import module, numbers, same

from relax_core.interpret import evaluate
from relax_core.ir.expr import BindingBlock, DataflowBlock, IRModule
from relax_core.transform import LazyGetInput, LazySetOutput
from relax_core.well_formed import check
from tensor_core.passes import Pass

BODY = """
@R.function
def main(x: R.Tensor(("n",), "float32"), w: R.Tensor(("n",), "float32"), v: R.Tensor((2,), "float32"), c: R.Prim("bool")):
    n = T.int64()
    R.func_attr({"num_input": 1})
    if c:
        a = R.multiply(x, w)
        y = a
    else:
        b = R.add(x, w)
        y = b
    with R.dataflow():
        d = R.add(v, v)
        e = R.multiply(d, R.const(2.0, "float32"))
        R.output(e)
    return (e, y, v, R.const(1.0, "float32"))
"""  # noqa: E501
ARGS: list[Any] = [numbers(3), numbers(3) + 1, numbers(2)]


def fetching(after: IRModule, args: list[Any]) -> tuple[Any, list[int]]:
    """The result of a function that fetches what is behind its first argument, and the numbers of what it fetched."""
    fetched: list[int] = []

    def fget(place: int, name: str) -> Any:
        assert name == "wvc"[place]
        fetched.append(place)
        return args[1 + place]

    return evaluate(after, [args[0], fget]), fetched


@pytest.mark.parametrize("flag", [True, False])
def test_parameters_are_fetched_where_they_are_used(flag: bool):
    before = module(BODY.replace('R.Prim("bool")', 'R.Tensor((), "bool")'))
    after = LazyGetInput()(before)
    assert not check(after)
    args = [*ARGS, np.array(flag)]
    result, fetched = fetching(after, args)
    same(result, evaluate(before, args))
    # What is fetched in an arm or a dataflow block is not known outside of it.
    assert fetched == [2, 0, 1, 1]
    function: Any = after["main"]
    assert function.attrs["num_input"] == 2
    assert [param.name for param in function.params] == ["x", "fget_param"]


def test_what_cannot_be_called_from_outside_keeps_its_parameters():
    before = module(BODY.replace("@R.function", "@R.function(private=True)"))
    for step in (LazyGetInput(), LazySetOutput()):
        assert step(before)["main"] is before["main"]


def test_results_are_handed_over_one_by_one():
    before = module(BODY.replace('R.Prim("bool")', 'R.Tensor((), "bool")'))
    after = LazySetOutput()(before)
    assert not check(after)
    handed: list[tuple[int, Any]] = []

    def fset(number: int, value: Any) -> tuple[()]:
        handed.append((number, value))
        return ()

    args = [*ARGS, np.array(True)]
    assert evaluate(after, [args[0], fset, *args[1:]]) == ()
    assert [number for number, _ in handed] == [2, 1, 0, 3]
    same(tuple(value for _, value in sorted(handed, key=lambda item: item[0])), evaluate(before, args))


def test_dataflow_blocks_hold_no_call_with_effects():
    after: Any = LazySetOutput()(module(BODY))
    kinds = [type(block) for block in after["main"].body.blocks]
    assert kinds == [BindingBlock, DataflowBlock, BindingBlock]


def test_both_leave_nothing_to_the_caller():
    steps: list[Pass] = [LazyGetInput(), LazySetOutput()]
    after: Any = module(BODY)
    for step in steps:
        after = step(after)
    assert not check(after)
    assert [param.name for param in after["main"].params] == ["x", "fget_param", "fset_output"]
