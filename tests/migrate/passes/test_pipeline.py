"""A pipeline moves to Relax stage by stage; every state computes the same, and a stage that does not is named."""

import numpy as np
import pytest

import migrate
import relax_core.passes.dead_code_elimination as relax_dce
import relax_core.passes.eliminate_common_subexpr as relax_cse
import relax_core.passes.fold_constant as relax_fold
from migrate.passes.pipeline import MigrationPipeline, Side, Stage
from migrate.reading import is_relax
from migrate.verify.verdict import Outcome
from relay_compat.passes.dead_code_elimination import DeadCodeElimination
from relay_compat.passes.eliminate_common_subexpr import EliminateCommonSubexpr
from relay_compat.passes.fold_constant import FoldConstant
from relay_compat.passes.simplify_inference import SimplifyInference
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

TEXT = """#[version = "0.0.5"]
def @main(%x: Tensor[(2, 3), float32], %w: Tensor[(4, 3), float32]) {
  %0 = nn.dense(%x, %w, units=4);
  %1 = nn.dense(%x, %w, units=4);
  let %dead = exp(%0);
  nn.softmax(add(add(%0, %1), multiply(2f, 3f)))
}"""

STAGES = (
    Stage("simplify", SimplifyInference()),
    Stage("fold", FoldConstant(), relax_fold.FoldConstant()),
    Stage("cse", EliminateCommonSubexpr(), relax_cse.EliminateCommonSubexpr()),
    Stage("dce", DeadCodeElimination(), relax_dce.DeadCodeElimination()),
)


def wrong(module: IRModule) -> IRModule:
    """Another program of the same type."""
    del module
    return migrate.convert(migrate.load(TEXT.replace("2f", "%0"))).module


def test_every_state_of_the_way_over() -> None:
    module = migrate.load(TEXT)
    sides = []
    for state in MigrationPipeline(STAGES).states():
        run = state.run(module, seed=3)
        assert run, run.to_json()
        assert {step.outcome for step in run.steps} <= {Outcome.EXACT, Outcome.WITHIN_BOUND}
        assert run.seed == 3
        sides.append([step.side.value for step in run.steps])
        assert is_relax(run.module) == (state.stages[-1].side is Side.RELAX)
    assert sides[0] == ["relay"] * 4
    assert sides[2] == ["relay", "relay", "relax", "relax"]
    assert sides[4] == ["relax"] * 4


def test_a_stage_without_a_port_is_bridged() -> None:
    run = MigrationPipeline(STAGES).moved("simplify").run(migrate.load(TEXT))
    assert run
    assert [(step.name, step.side.value, step.bridged) for step in run.steps][:2] == [
        ("simplify", "relax", True),
        ("fold", "relay", False),
    ]


def test_a_wrong_port_is_named() -> None:
    stages = [Stage("wrong", FoldConstant(), wrong), *STAGES]
    run = MigrationPipeline(stages).moved("wrong").run(migrate.load(TEXT))
    assert not run
    assert run.first_wrong is not None
    assert (run.first_wrong.name, run.first_wrong.outcome) == ("wrong", Outcome.DIFFERENT)
    assert len(run.steps) == 1
    # Without verification it goes through.
    assert MigrationPipeline(stages).moved("wrong").run(migrate.load(TEXT), verify=False)


def test_a_stage_that_fails_is_the_last() -> None:
    def fails(module: IRModule) -> IRModule:
        raise fail(codes.EXECUTION_FAILED, f"no way with {len(module.functions)} functions")

    run = MigrationPipeline([*STAGES[:2], Stage("fails", fails), *STAGES[2:]]).run(migrate.load(TEXT))
    assert not run
    assert [step.name for step in run.steps] == ["simplify", "fold", "fails"]
    assert "no way" in run.to_json()["steps"][-1]["diagnostics"][0]["message"]


def test_given_inputs_are_used() -> None:
    x, w = np.ones((2, 3), np.float32), np.zeros((4, 3), np.float32)
    run = MigrationPipeline(STAGES).run(migrate.load(TEXT), {"x": x, "w": w})
    assert run
    assert run.seed is None


def test_names_of_stages() -> None:
    with pytest.raises(DiagnosticError, match=r"two stages are called 'fold'"):
        MigrationPipeline([STAGES[1], STAGES[1]])
    with pytest.raises(DiagnosticError, match=r"no stage 'flod'"):
        MigrationPipeline(STAGES).moved("flod")
    with pytest.raises(DiagnosticError, match=r"R2R0405"):
        MigrationPipeline(STAGES).run(migrate.convert(migrate.load(TEXT)).module)
