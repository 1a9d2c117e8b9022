"""What properties say of programs: which outcome, of what is wrong, and whether anything was changed."""

from typing import Any

import numpy as np
import pytest

import relay_compat.ir.expr as relay
from migrate.verify.generate import Program
from migrate.verify.properties.equivalence import forget, keeps_meaning, to_relax
from migrate.verify.properties.gradients import linear
from migrate.verify.properties.structure import keeps_types
from migrate.verify.properties.types_hold import types_hold
from migrate.verify.verdict import Outcome
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule
from tensor_core.types import TensorType, TupleType

HEADER = '#[version = "0.0.5"]\n'
X = np.linspace(-3, 3, 200, dtype="float32")
ROUNDING = "def @main(%x: Tensor[(200), float32]) { sigmoid(tanh(%x)) }"


def program(text: str, *args: Any) -> Program:
    return Program(infer_types(parse(HEADER + text)), args)


def same(module: IRModule) -> IRModule:
    return module


def test_the_worst_outcome_of_all_executors_counts() -> None:
    given = program(ROUNDING, X)
    assert keeps_meaning("same", same).check(given).outcome is Outcome.EXACT
    assert keeps_meaning("same", same, ("backend",)).check(given).outcome is Outcome.WITHIN_BOUND
    assert keeps_meaning("same", same, ("interpreter", "backend")).check(given).outcome is Outcome.WITHIN_BOUND
    assert keeps_meaning("same", same, ("backend", "interpreter")).check(given).outcome is Outcome.WITHIN_BOUND


def test_a_property_says_whether_anything_was_changed() -> None:
    given = program(ROUNDING, X)
    assert not keeps_meaning("same", same).check(given).changed
    assert keeps_meaning("copied", lambda module: module.copy()).check(given).changed


def test_what_is_wrong_was_changed() -> None:
    wrong = program(ROUNDING.replace("tanh", "exp"), X)
    found = keeps_meaning("wrong", lambda _: wrong.module).check(program(ROUNDING, X))
    assert (found.failed, found.changed) == (True, True)


def test_a_value_is_no_tuple() -> None:
    made = with_type(ROUNDING, TupleType((TensorType((200,), "float32"),)))
    found = types_hold(transform=lambda _: made).check(program(ROUNDING, X))
    assert (found.failed, "no values for" in found.reason) == (True, True)


def test_what_an_exact_pass_leaves_as_it_is_moves_nothing() -> None:
    text = "def @main(%x: Tensor[(200), float32]) { multiply(multiply(tanh(%x), 0.1f), 0.3f) }"
    once = text.replace("multiply(tanh(%x), 0.1f), 0.3f", "tanh(%x), 0.03f")
    given, other = program(text, X), program(once, X)
    assert not keeps_meaning("same", same, exact=True).check(given).failed
    assert keeps_meaning("other", lambda _: other.module).check(given).outcome is Outcome.WITHIN_BOUND
    assert keeps_meaning("other", lambda _: other.module, exact=True).check(given).failed


@pytest.mark.parametrize(
    "body", ["reshape(%x, newshape=[10, 20])", "(%x, %x)", 'cast(%x, dtype="float64")', "expand_dims(exp(%x), axis=0)"]
)
def test_another_type_of_the_result_is_wrong(body: str) -> None:
    given = program("def @main(%x: Tensor[(200), float32]) { %x }", X)
    other = program(f"def @main(%x: Tensor[(200), float32]) {{ {body} }}", X)
    for one, two in ((given, other), (other, given)):
        found = keeps_types("other", lambda _, two=two: two.module).check(one)
        assert (found.failed, found.key) == (True, "other: signature")


def with_type(text: str, type_: Any) -> IRModule:
    """The module with another type noted for the body of @main."""
    module = infer_types(parse(HEADER + text))
    module["main"].body.memo("checked", type_)
    return module


@pytest.mark.parametrize(
    ("type_", "wrong"),
    [
        (TensorType((200,), "float32"), False),
        (TensorType((199,), "float32"), True),
        (TensorType((200,), "float64"), True),
        (TensorType((200, 1), "float32"), True),
    ],
)
def test_values_are_looked_at(type_: Any, wrong: bool) -> None:
    found = types_hold(transform=lambda _: with_type(ROUNDING, type_)).check(program(ROUNDING, X))
    assert found.failed == wrong
    assert not wrong or "has the type" in found.reason


def test_fields_of_values_are_looked_at() -> None:
    text = "def @main(%x: Tensor[(2), float32]) { (exp(%x), 1) }"
    tensor, number = TensorType((2,), "float32"), TensorType((), "int32")
    for fields, wrong in (((tensor, number), False), ((number, tensor), True), ((tensor,), True), (tensor, True)):
        made = with_type(text, TupleType(fields) if isinstance(fields, tuple) else fields)
        assert isinstance(made["main"].body, relay.Tuple)
        assert types_hold(transform=lambda _, made=made: made).check(program(text, X[:2])).failed == wrong


def test_a_conversion_is_kept_until_the_program_changes() -> None:
    forget()
    module = infer_types(parse(HEADER + ROUNDING))
    first = to_relax(module)
    assert to_relax(module)["main"] is first["main"]
    module["main"] = program("def @main(%x: Tensor[(200), float32]) { exp(%x) }", X).module["main"]
    assert to_relax(module)["main"] is not first["main"]


def test_gradients_are_linear() -> None:
    smooth = program("def @main(%x: Tensor[(200), float32]) { sum(exp(%x)) }", X)
    assert linear().check(smooth).outcome is Outcome.EXACT
