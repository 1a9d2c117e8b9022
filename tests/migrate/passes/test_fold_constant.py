"""FoldConstant on Relay and on Relax: both change nothing that is computed, and wrong ones are found out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from migrate.forward.convert import convert
from migrate.passes.ports import ports
from migrate.passes.ports.folding import constant_calls
from migrate.verify.generate import Program
from migrate.verify.proof import PortedPass, examine, prove
from migrate.verify.verdict import Outcome
from relay_compat.ir.expr import Call, Constant, Function, If, Op, Tuple, TupleGetItem, Var, op
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core.module import Expr, GlobalVar, IRModule
from tensor_core.node import Node
from tensor_core.shapes import static
from tensor_core.types import TensorType, tensor_type_of

FOLD = ports()["FoldConstant"]
PROGRAMS = 300
BUDGET = 200
"""A wrong pass must be caught within as many programs."""


def test_both_sides_agree_and_there_was_something_to_fold() -> None:
    proof = prove(FOLD, PROGRAMS)
    assert proof, proof.counterexample
    assert proof.programs == PROGRAMS
    assert proof.changed >= 0.6 * proof.programs
    assert sum(proof.outcomes.values()) == PROGRAMS


def test_ported_pass_agrees_when_compiled() -> None:
    proof = prove(FOLD, 25, 1, backend=True)
    assert proof, proof.counterexample


# Wrong passes. Each rewrites the Relay module before or after the right one folds it.


class Mutated(Rewriter):
    """Replaces every node by what ``change`` makes of it."""

    def __init__(self, change: Callable[[Node], Node]) -> None:
        super().__init__()
        self._change = change

    def leave(self, old: Node, new: Node) -> Node:
        del old
        return self._change(new)


def mutated(change: Callable[[Node], Node], module: IRModule) -> IRModule:
    result = module.copy()
    for name, function in module.functions.items():
        result.functions[name] = Mutated(change).rewrite(function)
    return infer_types(result)


def is_constant(node: Expr) -> bool:
    return isinstance(node, Constant) or (isinstance(node, Tuple) and all(map(is_constant, node.fields)))


def swaps_subtract(node: Node) -> Node:
    foldable = isinstance(node, Call) and all(map(is_constant, node.args))
    if isinstance(node, Call) and isinstance(node.op, Op) and node.op.name == "subtract" and foldable:
        return node.replace(args=node.args[::-1])
    return node


def takes_the_other_field(node: Node) -> Node:
    if isinstance(node, TupleGetItem) and isinstance(node.tuple_value, Tuple) and len(node.tuple_value.fields) == 2:
        other = node.tuple_value.fields[1 - node.index]
        return node.replace(index=1 - node.index) if isinstance(other, Constant) else node
    return node


def takes_parameters_for_ones(node: Node) -> Node:
    if not isinstance(node, Call) or not any(map(is_constant, node.args)):
        return node
    args = [
        Constant(np.ones(static(arg.checked.shape), arg.checked.dtype))
        if isinstance(arg, Var) and isinstance(arg.checked, TensorType)
        else arg
        for arg in node.args
    ]
    return node.replace(args=tuple(args))


def swaps_branches(node: Node) -> Node:
    if isinstance(node, If):
        return node.replace(true_branch=node.false_branch, false_branch=node.true_branch)
    return node


def drops_element_types(module: IRModule) -> IRModule:
    # Written as the fold of a result to TVM's default element type.
    def change(node: Node) -> Node:
        if isinstance(node, Constant) and node.data.dtype == np.float64:
            made = node.replace(data=node.data.astype(np.float32))
            made.memo("checked", tensor_type_of(made.data))
            return made
        return node

    result = FOLD.relay(module).copy()
    for name, function in result.functions.items():
        assert isinstance(function, Function)
        if isinstance(function.body, Constant):
            result.functions[name] = function.replace(body=change(function.body), ret_type=None)
    return infer_types(result)


def rounds_results(module: IRModule) -> IRModule:
    def change(node: Node) -> Node:
        if isinstance(node, Constant) and node.data.dtype.kind == "f":
            return node.replace(data=np.asarray(np.round(node.data, 1), node.data.dtype))
        return node

    return mutated(change, FOLD.relay(module))


def loses_the_sign_of_zero(module: IRModule) -> IRModule:
    def change(node: Node) -> Node:
        if isinstance(node, Constant) and node.data.dtype.kind == "f":
            return node.replace(data=np.asarray(node.data + 0, node.data.dtype))
        return node

    return mutated(change, FOLD.relay(module))


def through_float64(module: IRModule) -> IRModule:
    def change(node: Node) -> Node:
        if isinstance(node, Constant) and node.data.dtype == np.int64:
            return node.replace(data=np.asarray(node.data.astype(np.float64), np.int64))
        return node

    return mutated(change, FOLD.relay(module))


WRONG: dict[str, PortedPass] = {
    "does nothing on Relay": replace(FOLD, relay=lambda module: module),
    "does nothing on Relax": replace(FOLD, relax=lambda module: module),
    "swaps the operands of subtract": replace(FOLD, relay=lambda module: FOLD.relay(mutated(swaps_subtract, module))),
    "takes the other field": replace(FOLD, relay=lambda module: FOLD.relay(mutated(takes_the_other_field, module))),
    "takes parameters for ones": replace(
        FOLD, relay=lambda module: FOLD.relay(mutated(takes_parameters_for_ones, module))
    ),
    "swaps branches": replace(FOLD, relay=lambda module: FOLD.relay(mutated(swaps_branches, module))),
    "drops element types": replace(FOLD, relay=drops_element_types),
    "rounds results": replace(FOLD, relay=rounds_results),
    "loses the sign of zero": replace(FOLD, relay=loses_the_sign_of_zero),
    "folds int64 through float64": replace(FOLD, relay=through_float64),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_pass_is_caught(name: str) -> None:
    proof = prove(WRONG[name], BUDGET)
    assert not proof, f"survived {proof.programs} programs"
    assert proof.counterexample is not None
    assert proof.counterexample.reason.startswith("FoldConstant on Rela")
    # The program is shrunk to what matters.
    assert str(proof.counterexample).count("%") <= 12


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("add(%x, multiply(2f, 3f))", "multiply"),
        ("concatenate((2f, 3f).0, %x)", ""),
        ("add(%x, 3f)", ""),
        ("(add(2f, 3f), %x).1", "add"),
        ("add(%x, %x)", ""),
    ],
)
def test_promise_sees_calls_on_constants(body: str, left: str) -> None:
    if body.startswith("concatenate"):
        body = "add((2f, 3f).0, %x)"
    module = parse(f'#[version = "0.0.5"]\ndef @main(%x: float32) {{ {body} }}')
    told = constant_calls(module)
    assert (left in told) if left else told == ""


def test_constants_that_became_parameters_are_given() -> None:
    x, large = Var("x", TensorType((400,), "int32")), Constant(np.arange(400, dtype=np.int32))
    module = infer_types(IRModule({GlobalVar("main"): Function((x,), Call(op("add"), (x, large)))}))
    assert convert(module).module.params, "the converter leaves large constants in place: this test is void"
    outcome, reason = examine(FOLD, Program(module, (np.zeros(400, np.int32),)))
    assert outcome is Outcome.EXACT, reason
