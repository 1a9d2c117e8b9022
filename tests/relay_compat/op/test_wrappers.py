"""The Python functions of operators: signatures and printed calls as real TVM 0.19 has them."""

import inspect
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

import relay_compat
from tests.corpus.relay_calls import namespace, rows, shown

NOT_THERE = {
    "annotation.function_on_device", "memory.alloc_storage", "copy_shape_func", "vm.invoke_tvm_op", "vm.shape_func",
    "qnn.op.get_pad_tuple2d",
}  # fmt: skip
"""Functions of TVM that are not covered: for its compiler's own passes, or only imported where they are listed."""


def find(name: str) -> Any:
    found: Any = relay_compat.op
    if name.startswith("qnn."):
        found, name = relay_compat.qnn, name.removeprefix("qnn.")
    for part in name.split("."):
        found = getattr(found, part)
    return found


def plain(function: Any) -> str:
    signature = inspect.signature(function)
    empty = inspect.Parameter.empty
    parameters = [item.replace(annotation=empty) for item in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=empty))


@cache
def scope() -> dict[str, Any]:
    return vars(namespace(relay_compat, np))


@pytest.mark.parametrize(("name", "recorded"), rows("relay_signatures.tsv").items())
def test_signature(name: str, recorded: str) -> None:
    try:
        function = find(name)
    except AttributeError:
        assert name in NOT_THERE
        return
    assert plain(function) == recorded.replace(": Optional[bool]", "").replace(" = ", "=")


@pytest.mark.parametrize(("case", "text"), rows("relay_calls.tsv").items())
def test_call_prints_as_tvm_prints_it(case: str, text: str) -> None:
    recorded = json.loads(text)
    if recorded.startswith("!"):
        pytest.skip("real TVM refuses it")
    assert shown(eval(case, dict(scope()))) == recorded  # noqa: S307


def test_several_results_stand_for_their_call() -> None:
    x = relay_compat.var("x", shape=(4, 6))
    parts = relay_compat.split(x, 2)
    assert len(parts) == 2
    assert [part.index for part in parts] == [0, 1]
    function = relay_compat.Function([x], parts)
    assert function.body is parts.astuple()
    assert relay_compat.TupleGetItem(parts, 1).tuple_value is parts.astuple()
    assert relay_compat.Call(function, [parts]).args[0] is parts.astuple()


def test_a_constant_shape_is_kept_in_the_attributes() -> None:
    x = relay_compat.var("x", shape=(3, 4))
    assert relay_compat.collapse_sum_to(x, (4, 1)).attrs.shape == (4, 1)
    shape = relay_compat.var("shape", shape=(2,), dtype="int32")
    assert relay_compat.collapse_sum_to(x, shape).attrs.shape is None
