"""Programs on which campaigns found faults of this package, reduced: what failed then holds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from migrate.verify.check import verify
from migrate.verify.generate import Program
from migrate.verify.properties.registry import named
from migrate.verify.verdict import Outcome
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Function, Var
from relay_compat.ir.module import IRModule
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from tensor_core import prim
from tensor_core.tir.expr import IndexMap
from tensor_core.types import TensorType

CALLED_TWICE = """
def @f(%x: Tensor[(2), float32]) -> (Tensor[(2), float32], Tensor[(2), float32]) { (exp(%x), log(%x)) }
def @main(%x: Tensor[(2), float32]) {
  let %a = @f(%x);
  let %b = @f(%x);
  (%a.0, %b.1)
}
"""
KEPT_IN_A_REFERENCE = """
def @main(%x: Tensor[(2), int32]) -> Tensor[(2), int32] {
  let %r: ref(Tensor[(2), int32]) = ref(%x);
  let %f = fn () -> Tensor[(2), int32] {
    %0 = ref_read(%r);
    %1 = subtract(%0, %x);
    let %u = ref_write(%r, %1);
    %2 = add(%x, %x);
    %3 = multiply(%2, %2);
    %4 = ref_read(%r);
    subtract(%3, %4)
  };
  %f()
}
"""
FOUND: tuple[tuple[str, Sequence[str], str, tuple[Any, ...]], ...] = (
    (
        "whole numbers that no float64 holds were averaged as floats",
        ("conversion", "Relay, compiled"),
        "def @main(%x: Tensor[(2), int64]) { mean(%x, axis=[0], exclude=True) }",
        (np.asarray([9007199254740993, -7], "int64"),),
    ),
    (
        "sorted in front of the cast that defines their size",
        ("Relax TopologicalSort", "Relax TopologicalSort keeps types", "conversion keeps types"),
        "def @main(%x: Tensor[(?), float32], %y: Tensor[(?), float32]) { subtract(%x, %y) }",
        (np.ones(2, "float32"), np.ones(2, "float32")),
    ),
    (
        "a size became a minimum of itself",
        ("Relax CanonicalizeBindings keeps types", "Relax ConvertToDataflow keeps types"),
        "def @main(%x: Tensor[(2, 4), int32], %y: Tensor[(2, ?), int32]) {\n"
        "  %0 = slice_like(%x, %y, axes=None);\n  reinterpret(%0, dtype=\"int32\")\n}",
        (np.zeros((2, 4), "int32"), np.zeros((2, 3), "int32")),
    ),
    (
        "the epsilon of a norm had another element type than its data",
        ("Relay SimplifyInference",),
        "def @main(%x: Tensor[(2, 2), float64]) { nn.l2_normalize(%x, eps=0.5f, axis=[0]) }",
        (np.ones((2, 2)),),
    ),
    (
        "a number took the place of a tensor of another element type",
        ("Relay SimplifyExpr",),
        "def @main(%x: Tensor[(2), float32]) {\n  %0 = full_like(%x, 4);\n  maximum(%x, %0)\n}",
        (np.ones(2, "float32"),),
    ),
    (
        "a zero in a new shape is a dimension of the operand",
        ("Relay SimplifyExpr",),
        "def @main(%x: Tensor[(0), int32], %y: Tensor[(2, 0), float32]) { reshape_like(%x, %y) }",
        (np.zeros(0, "int32"), np.zeros((2, 0), "float32")),
    ),
    (
        "storage of what a reference holds was used again",
        ("memory plan",),
        KEPT_IN_A_REFERENCE,
        (np.asarray([3, 5], "int32"),),
    ),
    (
        "whole numbers have gradients of whole numbers",
        ("gradient, linear",),
        "def @main(%x: Tensor[(1, 1, 2, 2), int32], %y: float32) {\n  %0 = nn.avg_pool2d(%x, pool_size=[2, 2]);\n"
        "  %1 = sum(%0);\n  %2 = cast(%1, dtype=\"float32\");\n  add(%2, %y)\n}",
        (np.ones((1, 1, 2, 2), "int32"), np.asarray(2, "float32")),
    ),
    (
        "the smallest whole number has no absolute value",
        ("Relay, compiled", "conversion, compiled"),
        "def @main(%x: Tensor[(1, 1, 1, 3), int64]) { nn.adaptive_avg_pool2d(%x, output_size=[1, 1]) }",
        (np.asarray([[[[-(2**62), -(2**62), 0]]]], "int64"),),
    ),
    (
        "data types that hold tensors, not values of a type parameter, have no place for adjoints",
        ("gradient", "gradient, linear"),
        "type Held { Held(float32) }\n\ndef @main(%x: float32) {\n  let %d = Held(%x);\n"
        "  match (%d) { Held(%y) => multiply(%x, %y) }\n}",
        (np.asarray(3, "float32"),),
    ),
    (
        "a program over one size more was given that size first",
        ("fused", "pipeline"),
        "def @main(%x: (Tensor[(2, 1), float32], Tensor[(?, ?), float32])) {\n  %0 = concatenate(%x, axis=1);\n"
        "  reshape(%0, newshape=[6])\n}",
        ((np.zeros((2, 1), "float32"), np.ones((2, 2), "float32")),),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("names", "text", "args"), [pytest.param(*row[1:], id=row[0]) for row in FOUND])
def test_holds(names: Sequence[str], text: str, args: tuple[Any, ...]) -> None:
    program = Program(parse('#[version = "0.0.5"]\n' + text), args)
    for name in names:
        check = named(name).check(program)
        assert not check.failed, check.reason


@pytest.mark.parametrize("op", ["shape_of", "ndarray_size"])
def test_a_size_that_became_a_constant_is_right(op: str) -> None:
    text = f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(2, 3), float32]) {{ {op}(%x, dtype="int32") }}'
    assert verify(parse(text), prove=False)


@pytest.mark.parametrize(("number", "outcome"), [(4.4816895, Outcome.WITHIN_BOUND), (4.482, Outcome.DIFFERENT)])
def test_a_constant_in_the_place_of_an_op_is_held_to_the_bound_of_that(number: float, outcome: Outcome) -> None:
    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) {{ ({}, negative(%x)) }}'
    left, right = parse(text.format("exp(1.5f)")), parse(text.format(f"{number}f"))
    assert verify(left, right, prove=False).outcome is outcome


def test_steps_of_a_function_that_is_called_twice_are_found_in_each_call() -> None:
    module = parse('#[version = "0.0.5"]\n' + CALLED_TWICE)
    assert verify(module, None, (np.asarray([1.5, 2.25], "float32"),), prove=False)


def test_numbers_of_an_index_map_that_are_used_twice_are_one_number_when_read() -> None:
    moved = prim.Var("i", "int64")
    two = prim.IntImm(2, "int64")
    layout = IndexMap((moved,), (prim.FloorDiv(moved, two), prim.FloorMod(moved, two)))
    build = RelayFragment()
    param = Var("x", TensorType((4,), "float32"))
    param.memo("checked", param.type_annotation)
    body = build.call("map_layout", param, index_map=layout, pad_value=None)
    module = infer_types(IRModule.from_expr(Function((param,), body)))
    check = named("Relay text").check(Program(module, (np.zeros(4, "float32"),)))
    assert not check.failed, check.reason
