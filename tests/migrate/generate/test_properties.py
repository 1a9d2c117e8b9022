"""Every property holds of a few generated programs, and each is one that can fail: what it is for is planted in
tests/seeded_bugs.
"""

import numpy as np
import pytest

from migrate.verify.campaign.plan import Plan
from migrate.verify.campaign.programs import drawn
from migrate.verify.generate import Program
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.properties.gradients import gradient, higher_order
from migrate.verify.properties.registry import properties
from migrate.verify.properties.relations import arithmetic, rewrites
from migrate.verify.properties.structure import equal, keeps_types
from migrate.verify.verdict import Outcome
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Function, Let, Var
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule
from tensor_core.types import TensorType

PROGRAMS = range(12)


@pytest.mark.parametrize("name", properties())
def test_property_holds(name: str) -> None:
    subject = properties()[name]
    assert subject.name == name
    for seed in PROGRAMS:
        program = drawn(Plan((name,), seed=seed), seed, subject)
        check = subject.check(program)
        assert not check.failed, f"{check.reason}\n{program!r}"


def program(text: str, *args: object) -> Program:
    return Program(parse('#[version = "0.0.5"]\n' + text), tuple(np.asarray(arg, "float32") for arg in args))


def test_lossless_text_of_a_node_in_a_let_and_around_it_can_be_read() -> None:
    build = RelayFragment()
    shared = build.call("sqrt", build.constant(4.0, "float32"))
    var = Var("v", TensorType((), "float32"))
    inner = Let(var, build.constant(1.0, "float32"), shared)
    inner.memo("checked", build.type_of(shared))
    body = build.call("subtract", inner, build.call("negative", shared))
    module = infer_types(RelayModule.from_expr(Function((), body)))
    assert structural_equal(parse(print_module(module, lossless=True)), module)


SQUARE = program("def @main(%x: Tensor[(2), float32]) { multiply(%x, %x) }", [3, -2])


@pytest.mark.parametrize(
    "change",
    [
        rewrites.dead_code, rewrites.unit_lets, rewrites.eta_expanded, rewrites.outlined, rewrites.inlined,
        rewrites.through_a_branch, rewrites.through_either_branch, arithmetic.zero_subtracted,
        arithmetic.multiplied_by_one, arithmetic.cast_and_back, arithmetic.flattened_and_back,
        arithmetic.split_and_joined,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_relations_change_the_program(change) -> None:
    assert not equal(change(SQUARE.module), SQUARE.module)
    assert keeps_meaning("change", change, exact=True).check(SQUARE).outcome is Outcome.EXACT


def test_an_exact_pass_may_not_move_a_bit() -> None:
    three = "%x: Tensor[(1), float32], %y: Tensor[(1), float32], %z: Tensor[(1), float32]"
    given = program(f"def @main({three}) {{ add(add(%x, %y), %z) }}", [0.1], [0.1], [0.6])
    other = program(f"def @main({three}) {{ add(%x, add(%y, %z)) }}")
    assert keeps_meaning("sum", lambda _: other.module).check(given).outcome is Outcome.WITHIN_BOUND
    check = keeps_meaning("sum", lambda _: other.module, exact=True).check(given)
    assert check.failed
    assert "moves bits" in check.reason


def test_gradient_is_compared_with_differences() -> None:
    assert gradient().check(SQUARE).outcome is Outcome.WITHIN_BOUND

    twice = program("def @main(%x: Tensor[(2), float32]) { add(multiply(%x, %x), %x) }", [3, -2])
    assert gradient().check(twice).outcome is Outcome.WITHIN_BOUND
    other = gradient(make=lambda _: higher_order(twice.module))
    assert other.check(SQUARE).failed


def test_types_of_main_are_kept() -> None:
    def whole(module: IRModule) -> IRModule:
        text = print_module(module).replace("multiply(%x, %x)", 'cast(%x, dtype="int32")')
        return parse(text.replace("-> Tensor[(2), float32]", ""))

    assert keeps_types("cast", whole).check(SQUARE).failed


def test_programs_that_a_property_does_not_concern_pass_unchanged() -> None:
    whole = Program(parse('#[version = "0.0.5"]\ndef @main(%x: int32) { add(%x, %x) }'), (np.asarray(1, "int32"),))
    check = gradient().check(whole)
    assert check.outcome is Outcome.EXACT
    assert not check.changed


def test_lossless_text_of_a_shared_let_says_it_once() -> None:
    build = RelayFragment()
    variables = [Var(name, TensorType((), "float32")) for name in "vw"]
    for var in variables:
        var.memo("checked", var.type_annotation)
    shared = Let(variables[0], build.constant(4.0, "float32"), build.call("sqrt", variables[0]))
    around = Let(variables[1], build.constant(1.0, "float32"), shared)
    for let in (shared, around):
        let.memo("checked", TensorType((), "float32"))
    for operands in ((shared, around), (around, shared)):
        module = infer_types(RelayModule.from_expr(Function((), build.call("subtract", *operands))))
        assert structural_equal(parse(print_module(module, lossless=True)), module)


def test_a_pass_that_makes_a_program_endless_is_wrong() -> None:
    text = """#[version = "0.0.5"]
def @main(%n: int32) -> int32 { if (greater(%n, 0)) { @main(subtract(%n, 1)) } else { %n } }
"""
    module = infer_types(parse(text))
    forever = infer_types(parse(text.replace("subtract", "add")))
    given = Program(module, (np.array(5, "int32"),))
    found = keeps_meaning("loop", lambda _: forever).check(given)
    assert (found.failed, found.key) == (True, "loop, interpreter: endless")
    assert "does not end" in found.reason
    # Slower is not endless.
    slower = infer_types(parse(text.replace("(%n, 1)) }", "(%n, add(0, add(1, 0)))) }")))
    assert not keeps_meaning("loop", lambda _: slower).check(given).failed
