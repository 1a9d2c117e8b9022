"""Generated programs are well typed by construction, reach every row of the table, and mean the same everywhere."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from migrate.execution import bind_args, execute, interpret
from migrate.forward.convert import convert
from migrate.values import leaves
from migrate.verify.agree import compare
from migrate.verify.generate import PLAIN, Feature, Program, draw_program, programs
from migrate.verify.generate.choices import of_hypothesis, of_seed
from migrate.verify.generate.element_types import EVERY
from migrate.verify.generate.literals import array_of
from migrate.verify.generate.skeletons import OPEN
from migrate.verify.properties.property import Check, Property
from migrate.verify.reduce import reduce
from migrate.verify.verdict import Outcome
from relay_compat.ir.expr import Call, Constant, If, Let, Op
from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from relay_compat.visit import reachable
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType

MANY = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def types() -> st.SearchStrategy[TensorType]:
    shapes = st.lists(st.sampled_from((2, 1, 3)), max_size=3).map(tuple)
    return st.builds(TensorType, shapes, st.sampled_from(EVERY))


@MANY
@given(programs(features=PLAIN - {Feature.LET, Feature.IF}))
def test_text_round_trip(program: Program) -> None:
    # Not in every program: TVM's form may mention what an inner scope binds further down.
    again = parse(print_module(program.module))
    assert structural_equal(program.module, again, map_free_vars=True)


@MANY
@given(programs())
def test_lossless_round_trip(program: Program) -> None:
    for infer in (False, True):
        again = parse(print_module(program.module, lossless=True), infer=infer)
        assert structural_equal(program.module, again, map_free_vars=True)


@MANY
@given(programs())
def test_arguments_fit(program: Program) -> None:
    result = leaves(interpret(program.module, program.args))
    assert result


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_all_four_ways_to_run_a_program_agree(program: Program) -> None:
    expected = leaves(interpret(program.module, program.args))
    converted = convert(program.module).module
    given_too = bind_args(converted, program.args)
    for got in (
        execute(program.module, program.args),
        interpret(converted, given_too),
        execute(converted, given_too),
    ):
        outcome, reason = compare(program.module, program.args, expected, leaves(got))
        assert outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND, Outcome.INCONCLUSIVE), f"{reason}\n{program!r}"


def holds(kind: type | str) -> Any:
    def check(program: Program) -> bool:
        nodes = reachable(program.module["main"])
        if isinstance(kind, str):
            return any(isinstance(node, Call) and isinstance(node.op, Op) and node.op.name == kind for node in nodes)
        return any(isinstance(node, kind) for node in nodes)

    return check


@pytest.mark.parametrize(
    ("kind", "features"), [(Let, {Feature.LET}), (If, {Feature.IF}), ("nn.dense", set()), ("split", set())]
)
def test_is_reached_and_shrinks_to_little(kind: type | str, features: set[Feature]) -> None:
    strategy = programs(6, features=features)
    try:
        found = find(strategy, holds(kind), settings=settings(max_examples=3000, database=None, deadline=None))
    except NoSuchExample:
        pytest.fail("not reached")
    # What hypothesis leaves depends on the constants in every module that is loaded; the reducer makes up for it.
    reduced = reduce(found, has(kind)).program
    calls = [node for node in reachable(reduced.module["main"]) if isinstance(node, Call)]
    assert len(calls) <= 1, repr(reduced)


def has(kind: type | str) -> Property:
    """It fails on programs that hold something."""

    def check(program: Program) -> Check:
        return Check(Outcome.DIFFERENT, "it is there", "there") if holds(kind)(program) else Check(Outcome.EXACT)

    return Property("absence", check)


def test_rank_0_constants_are_reached() -> None:
    def has_scalar(program: Program) -> bool:
        return any(isinstance(node, Constant) and node.data.ndim == 0 for node in reachable(program.module["main"]))

    find(programs(features=PLAIN), has_scalar, settings=settings(max_examples=300, database=None))


@given(types(), st.data())
def test_values_lie_in_their_domain(type_: TensorType, data: st.DataObject) -> None:
    domain = data.draw(st.sampled_from((Domain(0.5, 10.0), Domain(-1.0, 1.0), Domain(1e-3, 100.0), Domain(0.0, 6.0))))
    array = array_of(type_, of_hypothesis(data.draw), domain)
    assert array.dtype.name == type_.dtype
    assert array.shape == type_.shape
    if type_.dtype != "bool":
        assert np.all((array >= domain.low) & (array <= domain.high))


def test_a_seed_gives_the_same_program_again() -> None:
    assert [repr(draw_program(of_seed(n))) for n in range(20)] == [repr(draw_program(of_seed(n))) for n in range(20)]
    assert len({repr(draw_program(of_seed(n))) for n in range(20)}) > 15


def test_what_a_skeleton_opened_is_not_opened_again() -> None:
    drawn = [draw_program(of_seed(seed), features={Feature.DYNAMIC}, skeletons=OPEN) for seed in range(30)]
    # Seeds of which some hold the feature, some do not; whatever is open, the arguments fit.
    assert 0 < sum(Feature.DYNAMIC in program.features for program in drawn) < 30
    for program in drawn:
        interpret(program.module, program.args)
