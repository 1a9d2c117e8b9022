"""FoldConstant against TVM 0.19: recorded modules before and after, and what was observed by running it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from recorded import Corpus
from relay_build import call, const, function, module, var

from relay_compat.ir.expr import Call, Constant, Function, If, Let, Op, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TensorType
from relay_compat.json.reader import load_json
from relay_compat.passes.fold_constant import FoldConstant
from relay_compat.structural import structural_equal
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import PassContext, Sequential

ONES = np.ones((2, 3), "float32")


def fold(body: Any, *params: Var) -> Any:
    return body_of(FoldConstant()(module(body, *params)))


def body_of(program: IRModule) -> Any:
    main = program["main"]
    assert isinstance(main, Function)
    return main.body


def two() -> Call:
    return call("add", const(ONES), const(ONES))


def test_recorded_cases(corpus: Callable[[str], Corpus]) -> None:
    cases = corpus("passes")
    compared, refused = 0, list[str]()
    for row in cases.rows:
        names = [name.rpartition(".")[2] for name in row["passes"]]
        if names not in (["FoldConstant"], ["InferType", "FoldConstant"]):
            continue
        case = cases.json(row["name"], "case.json")
        if case["passes"][-1][2]:
            continue  # The qnn dialect has no cards yet.
        try:
            before, after = load_json(case["before"]), load_json(case["after"])
        except DiagnosticError:
            # An op without a card, or an executor's description in the module's attributes.
            refused.append(row["name"])
            continue
        assert structural_equal(FoldConstant()(before), after), row
        compared += 1
    assert compared >= 5
    assert len(refused) <= 2


def test_calls_on_constants_become_constants() -> None:
    x = var("x", 2, 3)
    folded = fold(call("add", call("exp", two()), x), x)
    assert isinstance(folded.args[0], Constant)
    np.testing.assert_array_equal(folded.args[0].data, np.exp(2 * ONES))
    assert folded.args[0].checked == TensorType((2, 3))
    assert folded.args[1] is x


def test_tuples_of_constants_and_projections() -> None:
    x = var("x", 2, 3)
    joined = fold(call("concatenate", Tuple((two(), const(ONES))), axis=0))
    assert isinstance(joined, Constant)
    assert joined.data.shape == (4, 3)
    assert isinstance(fold(TupleGetItem(call("split", const(ONES), indices_or_sections=3, axis=1), 0)), Constant)
    assert fold(TupleGetItem(Tuple((x, const(ONES))), 0), x) is x
    mixed = fold(call("concatenate", Tuple((x, two())), axis=0), x)
    assert isinstance(mixed.args[0].fields[1], Constant)


def test_a_let_of_a_constant_is_inlined_and_another_is_kept() -> None:
    x, v = var("x", 2, 3), Var("v")
    folded = fold(Let(v, two(), call("add", v, x)), x)
    assert isinstance(folded, Call)
    assert isinstance(folded.args[0], Constant)
    pair = fold(Let(v, Tuple((const(ONES), two())), call("add", TupleGetItem(v, 0), x)), x)
    assert isinstance(pair, Let)
    assert isinstance(fold(Let(Var("w"), x, x), x), Let)


def test_if_on_a_constant() -> None:
    x = var("x", 2, 3)
    assert fold(If(const(True, "bool"), x, const(ONES)), x) is x
    b = var("b", dtype="bool")
    kept = fold(If(b, two(), x), b, x)
    assert isinstance(kept.true_branch, Constant)


def test_creating_operators_without_arguments_stay() -> None:
    assert isinstance(fold(call("zeros", shape=(2, 3), dtype="float32")), Call)
    assert isinstance(fold(call("full", const(1.0), shape=(2, 3), dtype="float32")), Constant)


def test_stateful_operators_stay() -> None:
    folded = fold(TupleGetItem(call("nn.dropout", two()), 0))
    assert isinstance(folded.tuple_value, Call)
    assert isinstance(folded.tuple_value.args[0], Constant)


def test_calls_of_functions_stay_and_their_bodies_are_folded() -> None:
    y, x = var("y", 2, 3), var("x", 2, 3)
    folded = fold(Call(function(y, body=call("add", y, two())), (const(ONES),)), x)
    assert isinstance(folded.op.body.args[1], Constant)


def test_primitive_functions_are_left_alone() -> None:
    y, x = var("y", 2, 3), var("x", 2, 3)
    fused = function(y, body=call("add", y, two()), attrs={"Primitive": 1})
    assert isinstance(fold(Call(fused, (x,)), x).op.body.args[1], Call)


@pytest.mark.parametrize("attribute", ["Compiler", "Extern", "SkipOptimization"])
def test_functions_of_other_compilers_are_passed_over(attribute: str) -> None:
    program = module(function(body=two(), attrs={attribute: 1}))
    assert isinstance(body_of(FoldConstant()(program)), Call)


def test_opaque_operators_stay() -> None:
    opaque = Call(Op("vendor.op"), (const(ONES),))
    opaque.memo("checked", TensorType((2, 3)))
    assert fold(opaque).op.name == "vendor.op"


def test_argument_module_is_unchanged() -> None:
    body = two()
    program = module(body)
    FoldConstant()(program)
    assert body_of(program) is body


def test_opt_level() -> None:
    program = module(two())
    with PassContext(opt_level=1):
        assert Sequential([FoldConstant()])(program) is program
    assert FoldConstant().info.opt_level == 2
    assert FoldConstant().info.name == "FoldConstant"


def test_sharing_is_kept() -> None:
    x = var("x", 2, 3)
    shared = call("add", two(), x)
    folded = fold(call("multiply", shared, shared), x)
    assert folded.args[0] is folded.args[1]


def test_depth_is_no_limit() -> None:
    x = var("x", 2, 3)
    value: Any = call("add", two(), x)
    for _ in range(50_000):
        value = call("exp", value)
    assert isinstance(fold(value, x), Call)
