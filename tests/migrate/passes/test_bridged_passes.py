"""Passes that run on Relax through a bridge: there, too, they change the program and keep what it computes."""

import pytest
from pass_programs import PROGRAMS, PassProgram

import migrate
from migrate.execution import bind_args, execute
from migrate.passes.bridges import on_relax, ready, to_relax
from migrate.passes.ledger import Status, ledger, row
from migrate.passes.ports import relay_pass
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.inputs import complete_inputs
from migrate.verify.verdict import Outcome
from relay_compat.structural import structural_equal
from tensor_core.passes import Contract, PassContext

LEFT = {program.name for program in PROGRAMS}


def test_every_bridged_pass_has_a_program() -> None:
    assert {found.name for found in ledger().values() if found.status is Status.BRIDGED} <= LEFT


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_it_does_its_work_on_relax(program: PassProgram) -> None:
    module, made = program.module(), relay_pass(program.name)
    script = to_relax(module)
    with PassContext(opt_level=4):
        old, new = ready(made)(module), on_relax(made)(script)
    assert not structural_equal(module, old)
    assert migrate.convert(script).script() != migrate.convert(new).script()
    args = complete_inputs(module, [None] * len(module["main"].params))
    # A pass that approximates is held to what its Relay version gives.
    right = old if row(program.name).contract is Contract.APPROXIMATE else module
    judge = Judge(right, args, leaves(execute(right, args, executor="interpreter")))
    for after in (old, new):
        outcome, reason = judge.judge(leaves(execute(after, bind_args(after, args))))
        assert outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND), reason


def test_contracts_are_those_of_the_passes() -> None:
    for program in PROGRAMS:
        stated = relay_pass(program.name).info.contract
        # A sequence has no contract of its own.
        assert row(program.name).contract is stated or program.name == "FoldScaleAxis", program.name
