"""Programs that laws make of a program: fewer calls, more calls, the same bits."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import migrate
from migrate.verify.campaign.subjects import names, subject
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.draw import draw_program
from migrate.verify.generate.features import PURE
from migrate.verify.generate.program import Program
from migrate.verify.properties.registry import installed, makers
from migrate.verify.properties.relations import equal_programs, saturation
from migrate.verify.properties.relations.equalities import is_of_elements
from relay_compat.ir.expr import Call
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.ops.card import Law
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType

EXTREMES = ("relation: smallest equal program", *(f"relation: equal program {turn}" for turn in (1, 2, 3)))
egglog = pytest.mark.skipif(not saturation.is_installed(), reason="egglog is not installed (extra egraph)")


def calls(module: IRModule) -> list[str]:
    return [node.op.name for node in reachable(module["main"]) if isinstance(node, Call)]


def load(body: str) -> IRModule:
    return migrate.load(f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(2, 3), float32]) {{ {body} }}')


@egglog
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("multiply(multiply(%x, -1f), -1f)", []),
        # -0 became 0: that is no way back.
        ("negative(negative(%x))", ["negative", "negative"]),
        ("logical_not(logical_not(isnan(%x)))", ["isnan"]),
        ("nn.relu(nn.relu(%x))", ["nn.relu"]),
        ("abs(multiply(exp(%x), -1f))", ["exp", "abs"]),
        ("multiply(transpose(multiply(%x, -1f), axes=[1, 0]), -1f)", ["transpose"]),
        ("nn.relu(transpose(nn.relu(%x), axes=[1, 0]))", ["nn.relu", "transpose"]),
        ("subtract(%x, exp(%x))", ["exp", "subtract"]),
        ("if (True) { abs(abs(%x)) } else { exp(%x) }", ["abs", "exp"]),
    ],
)
def test_the_smallest(body: str, wanted: list[str]) -> None:
    assert calls(equal_programs.smallest(load(body))) == wanted


@egglog
def test_the_other_is_larger_and_stays_shared() -> None:
    body = "%0 = maximum(tanh(%x), exp(%x)); add(%0, %0)"
    few, many = calls(load(body)), calls(equal_programs.other(load(body), 1))
    assert 2 * len(few) < len(many) < 20 * len(few)
    assert many.count("exp") == 1


@egglog
def test_a_long_chain_costs_linear_work_and_no_stack() -> None:
    lines = ["%0 = exp(%x);", *(f"%{n + 1} = multiply(%{n}, -1f);" for n in range(2000))]
    assert calls(equal_programs.smallest(load(f"{' '.join(lines)} exp(%2000)"))).count("exp") == 2


@egglog
@pytest.mark.parametrize("name", EXTREMES)
def test_they_compute_the_same_bits(name: str) -> None:
    found = subject(name)
    for number in range(20):
        check = found.check(draw_program(of_seed(f"equal:{number}"), features=found.features))
        assert not check.failed, check.reason


@egglog
def test_equal_terms_have_one_type() -> None:
    merged = 0
    for number in range(60):
        program = draw_program(of_seed(f"types:{number}"), features=PURE)
        terms, graph = equal_programs.equal_terms(program.module["main"])
        for symbols in graph.classes():
            merged += len(symbols) > 1
            assert len({terms.type_of(symbol) for symbol in symbols}) == 1
    assert merged > 50


WRONG = [
    ("exp", Law.IDEMPOTENT, "exp(%x)"),
    ("subtract", Law.COMMUTATIVE, "subtract(%x, exp(%x))"),
    # The sign of zero is 0 for both zeros.
    ("sign", Law.SIGNED, "multiply(sign(%x), sign(tanh(%x)))"),
    # So is that of a sum that cancels.
    ("sum", Law.SIGNED, "sum(%x, axis=[1])"),
    ("negative", Law.SIGNED, "negative(%x)"),
    ("nn.softmax", Law.MOVES, "nn.softmax(%x)"),
]


@pytest.fixture
def stated() -> Iterator[Callable[[str, Law], None]]:
    """States a law that does not hold, for the time of a test."""
    known: list[tuple[Any, frozenset[Law]]] = []

    def state(name: str, law: Law) -> None:
        card = registry().by_name[name]
        known.append((card, card.laws))
        object.__setattr__(card, "laws", card.laws | {law})

    yield state
    for card, laws in known:
        object.__setattr__(card, "laws", laws)


@egglog
@pytest.mark.parametrize(("name", "law", "body"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_law_that_does_not_hold_is_found(stated, name: str, law: Law, body: str) -> None:
    program = Program(load(body), (np.array([[0, 1, -1], [1, 2, 3]], "float32"),))
    assert not any(subject(each).check(program).failed for each in EXTREMES)
    stated(name, law)
    assert any(subject(each).check(program).failed for each in EXTREMES)


@egglog
def test_a_law_that_does_not_hold_is_found_in_drawn_programs(stated) -> None:
    stated("subtract", Law.COMMUTATIVE)
    found = subject(EXTREMES[1])
    programs = (draw_program(of_seed(f"wrong:{number}"), features=found.features) for number in range(100))
    assert any(found.check(program).failed for program in programs)


def test_what_depends_on_the_place_is_no_function_of_elements() -> None:
    matrix = TensorType((2, 3), "float32")
    for name, wanted in (("nn.relu", True), ("abs", True), ("triu", False), ("exp", False)):
        card = registry().by_name[name]
        assert is_of_elements(card, card.params(), matrix) is wanted


def test_without_egglog_they_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saturation.importlib, "import_module", _missing)
    for name in EXTREMES:
        with pytest.raises(DiagnosticError, match=r"R2R0703.*egglog") as caught:
            subject(name)
        assert "relay2relax[egraph]" in (caught.value.diagnostics[0].hint or "")


def test_all_properties_are_those_that_can_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saturation, "find_spec", lambda _: None)
    assert not set(EXTREMES) & set(names(("all",)))
    monkeypatch.setattr(saturation, "find_spec", lambda _: True)
    assert installed() == tuple(makers())


def _missing(name: str) -> None:
    raise ImportError(name)
