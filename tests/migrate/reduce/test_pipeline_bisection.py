"""The pass that breaks a program is found in a pipeline, with what it changed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from planted_faults import FAULTS, changed, program

import relax_core.transform as relax_passes
import relay_compat.transform as relay_passes
from migrate.cli.main import main
from migrate.verify.generate import Program
from migrate.verify.localise import Stage, first_wrong_pass, stages_of
from migrate.verify.properties.equivalence import to_relax
from relay_compat.ir.expr import Call, op
from relay_compat.text.printer import print_module
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import PassContext, Sequential

TEXT = """def @main(%x: Tensor[(2, 3), float32], %y: Tensor[(2, 3), float32]) {
  let %a = subtract(exp(%x), tanh(%y));
  (add(%a, multiply(%x, 2f)), multiply(%a, %a))
}
"""
RIGHT = [relay_passes.SimplifyExpr(), relay_passes.FoldConstant(), relay_passes.EliminateCommonSubexpr()]


def given() -> Program:
    rng = np.random.default_rng(3)
    return program(TEXT, *(rng.standard_normal((2, 3)).astype("float32") for _ in range(2)))


def swap(module: IRModule) -> IRModule:
    """Wrong."""
    return FAULTS["operands swapped"]().transform(module)


@pytest.mark.parametrize("place", range(4))
def test_the_wrong_pass_is_found_wherever_it_stands(place: int) -> None:
    passes: list[Any] = [*RIGHT[:place], swap, *RIGHT[place:]]
    found = first_wrong_pass(passes, given())
    assert found is not None
    assert (found.number, found.stage.name) == (place, "swap")
    assert found.check.key == "swap, interpreter: different"
    # Operands are numbered in order: what was the first is the second.
    assert any(line.startswith("-") and "exp(" in line for line in found.diff().splitlines())
    assert any(line.startswith("+") and "exp(" in line for line in found.diff().splitlines())
    assert found.wrong is not None
    assert found.wrong.op == "subtract"


def test_a_pipeline_that_is_right_has_none() -> None:
    assert first_wrong_pass([*RIGHT, to_relax, relax_passes.FoldConstant()], given()) is None


def test_passes_of_relax_are_behind_the_conversion() -> None:
    def doubled(_module: IRModule) -> IRModule:
        def change(node: Node) -> Node:
            return node.replace(op=op("add")) if isinstance(node, Call) and node.op is op("multiply") else node

        return to_relax(changed(given().module, change))

    found = first_wrong_pass([*RIGHT, Stage("convert", to_relax), relax_passes.FoldConstant(), doubled], given())
    assert found is not None
    assert (found.number, found.stage.name) == (5, "doubled")
    assert "R.multiply" in found.diff()


def test_a_pass_that_raises_is_the_one() -> None:
    def broken(_module: IRModule) -> IRModule:
        raise KeyError("gone")

    found = first_wrong_pass([*RIGHT, broken, swap], given())
    assert found is not None
    assert (found.number, found.check.key, found.after, found.diff()) == (3, "broken: KeyError", None, "")
    # What is wrong before it comes first.
    found = first_wrong_pass([swap, *RIGHT, broken], given())
    assert found is not None
    assert found.number == 0


def test_few_runs_find_it_among_many() -> None:
    runs: list[str] = []
    passes = [Stage(f"same {n}", lambda module: module) for n in range(100)]
    passes[70] = Stage("swap", swap)
    found = first_wrong_pass(passes, given(), tick=lambda what, *_: runs.append(what))
    assert found is not None
    assert found.number == 70
    assert 0 < runs.count("runs") <= 9


def test_what_a_context_leaves_out_does_not_run() -> None:
    pipeline = Sequential([relay_passes.FoldConstant(), Sequential([relay_passes.SimplifyExpr()])])
    assert [stage.name for stage in stages_of([pipeline, swap])] == [
        "FoldConstant", "InferType", "SimplifyExpr", "swap",
    ]  # fmt: skip
    with PassContext(disabled_pass=["FoldConstant"]):
        assert [stage.name for stage in stages_of([pipeline, swap])] == ["InferType", "SimplifyExpr", "swap"]


def test_the_command_shows_the_pass(tmp_path: Path) -> None:
    model = tmp_path / "model.relay"
    model.write_text(print_module(given().module, lossless=True))
    command = ["passes", "bisect", str(model), "FoldConstant", "reduced_subjects:swap", "convert", "FoldConstant"]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 1, shown.output
    assert shown.output.startswith("pass 2, swap: swap, interpreter: output 0: expected")
    assert "first wrong op: subtract" in shown.output
    document = json.loads(CliRunner().invoke(main, [*command, "--json"]).output)
    assert (document["culprit"]["number"], document["culprit"]["pass"]) == (1, "swap")
    right = CliRunner().invoke(main, ["passes", "bisect", str(model), "FoldConstant", "convert", "DeadCodeElimination"])
    assert right.exit_code == 0, right.output
    assert CliRunner().invoke(main, ["passes", "bisect", str(model), "FoldConstants"]).exit_code == 2
