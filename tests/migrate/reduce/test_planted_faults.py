"""The reducer gets to the ground of planted faults."""

import numpy as np
import pytest
from planted_faults import FAULTS, program

from migrate.verify.generate import Program
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.properties.property import Check, Property
from migrate.verify.reduce import Budget, reduce
from migrate.verify.reduce.failure import examine, same_failure
from migrate.verify.reduce.relay.program import counted
from migrate.verify.verdict import Outcome
from relay_compat.ir.expr import Call, op
from relay_compat.text.printer import print_module
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_left_is_what_shows_the_fault(name: str) -> None:
    fault = FAULTS[name]()
    subject = keeps_meaning(name, fault.transform)
    found = reduce(fault.program, subject)
    assert (found.nodes, found.complete) == (fault.nodes, True)
    assert found.before == counted(fault.program)
    # The failure is the one that was there.
    assert (found.check.failed, found.check.key) == (True, examine(subject, fault.program).key)
    assert same_failure(examine(subject, found.program), found.check)
    assert found.tries < 150


def test_most_faults_leave_one_node() -> None:
    sizes = sorted(make().nodes for make in FAULTS.values())
    assert sizes[len(sizes) // 2] == 1
    assert sizes[-1] <= 6


def test_the_reduction_is_the_same_each_time() -> None:
    fault = FAULTS["write dropped"]()
    subject = keeps_meaning("write dropped", fault.transform)
    texts = [print_module(reduce(fault.program, subject).program.module, lossless=True) for _ in range(2)]
    assert texts[0] == texts[1]


def test_the_program_given_is_left_as_it_is() -> None:
    fault = FAULTS["axis of a sum"]()
    before = print_module(fault.program.module, lossless=True)
    reduce(fault.program, keeps_meaning("axis", fault.transform))
    assert print_module(fault.program.module, lossless=True) == before


def _holds(name: str) -> Property:
    """Fails when an operator is there."""

    def check(program: Program) -> Check:
        there = any(
            isinstance(node, Call) and node.op is op(name) for node in reachable(*program.module.functions.values())
        )
        return Check(Outcome.DIFFERENT, f"there is a {name}", name) if there else Check(Outcome.EXACT)

    return Property(f"no {name}", check)


def _chain(length: int, at: int, lets: bool) -> Program:
    """Calls one after the other, one of them of tanh; each bound by a let, or not."""
    names = [f"v{n}" if lets or n == 0 else str(n) for n in range(length + 1)]
    calls = [f"%{names[n + 1]} = {'tanh' if n == at else 'exp'}(%{names[n]});" for n in range(length)]
    lines = "\n".join(f"let {call}" if lets else call for call in calls)
    text = f"def @main(%v0: float32) {{\n{lines}\nadd(%{names[length]}, %{names[length // 3]})\n}}\n"
    return program(text, np.float32(0.5))


@pytest.mark.parametrize(("length", "at", "lets"), [(5000, 2600, False), (2500, 2499, True)])
def test_a_program_of_5000_nodes_takes_few_checks(length: int, at: int, lets: bool) -> None:
    found = reduce(_chain(length, at, lets), _holds("tanh"))
    assert (found.before, found.nodes) == (5001, 1)
    # Halving: of the order of a few times the logarithm of the length.
    assert found.tries + found.skipped < 120


def test_a_property_that_holds_leaves_nothing_to_reduce() -> None:
    with pytest.raises(DiagnosticError, match="nothing to reduce"):
        reduce(program("def @main(%x: float32) { exp(%x) }\n", np.float32(1)), _holds("tanh"))


def test_a_budget_ends_the_search_with_what_it_has() -> None:
    fault = FAULTS["branches swapped"]()
    subject = keeps_meaning("branches swapped", fault.transform)
    found = reduce(fault.program, subject, Budget(tries=5))
    assert (found.tries, found.complete, found.check.failed) == (5, False, True)


def test_progress_is_told() -> None:
    seen: list[tuple[str, int, int]] = []
    fault = FAULTS["branches swapped"]()
    found = reduce(
        fault.program,
        keeps_meaning("", fault.transform),
        tick=lambda kind, tries, nodes: seen.append((kind, tries, nodes)),
    )
    assert [tries for _, tries, _ in seen] == list(range(1, found.tries + 1))
    assert seen[0][2] >= seen[-1][2]


def test_a_check_that_does_not_end_keeps_nothing() -> None:
    text = """def @down(%n: int32) -> int32 { if (greater(%n, 0)) { @down(subtract(%n, 1)) } else { tanh(1f); 7 } }
def @main(%n: int32) { add(@down(%n), 1) }
"""
    text = text.replace("tanh(1f); 7", "abs(%n)")
    given = program(text, np.array(3, "int32"))

    def check(program: Program) -> Check:
        from migrate.execution import execute

        execute(program.module, program.args, executor="interpreter")
        return _holds("abs").check(Program(program.module, ()))

    found = reduce(given, Property("", check), Budget(seconds=0.3))
    assert found.check.reason == "there is a abs"
