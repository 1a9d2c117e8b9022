"""Moves a pipeline of fifteen passes from Relay to Relax one stage at a time, on three models, every state verified.

    python examples/move_a_pipeline.py [--states N...]

Prints what docs/tutorial/move_a_pipeline.md shows; a test compares them. N states: those with N stages on Relax.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from typing import Any

import relax_core.transform as relax
from migrate.passes.pipeline import MigrationPipeline, Run, Stage
from relay_compat import transform as relay
from relay_compat.bind_params import bind_params_by_name
from relay_compat.testing import lstm, resnet
from relay_compat.testing.init import create_workload
from relay_compat.text.parser import parse_expr
from tensor_core.module import IRModule
from tensor_core.passes import PassContext, Sequential

PIPELINE = MigrationPipeline(
    [
        Stage("simplify inference", relay.SimplifyInference(), relax.DecomposeOpsForInference()),
        Stage("fold constants", relay.FoldConstant(), relax.FoldConstant()),
        Stage("fold scales", relay.FoldScaleAxis(), relax.FoldScaleAxis()),
        Stage("fold again", relay.FoldConstant(), relax.FoldConstant()),
        Stage("fold padding", relay.FoldExplicitPadding(), relax.FoldExplicitPadding()),
        Stage("simplify", relay.SimplifyExpr(), relax.SimplifyExpr()),
        Stage("common subexpressions", relay.EliminateCommonSubexpr(), relax.EliminateCommonSubexpr()),
        Stage("parallel convolutions", relay.CombineParallelConv2D(2)),
        Stage("parallel products", relay.CombineParallelDense(2, to_batch=False), relax.CombineParallelMatmul()),
        Stage("parallel batches", relay.CombineParallelBatchMatmul(2), relax.CombineParallelMatmul()),
        Stage("casts", relay.CanonicalizeCast()),
        Stage("division", relay.DivToMul()),
        Stage("inline", relay.Inline(), relax.InlinePrivateFunctions()),
        Stage("dead code", relay.DeadCodeElimination(), relax.DeadCodeElimination()),
        Stage(
            "fuse",
            relay.FuseOps(2),
            Sequential([relax.LegalizeOps(), relax.AnnotateTIROpPattern(), relax.FuseOps(2)]),
        ),
    ]
)
"""What a fork runs before it compiles. Three stages have no port: on Relax they run through a bridge."""


def residual_network() -> IRModule:
    """Eighteen layers of convolutions, as TVM's model zoo has them."""
    module, params = resnet.get_workload(num_layers=18, image_shape=(3, 32, 32), num_classes=10)
    return bound(module, params)


def recurrent_network() -> IRModule:
    """Three steps of an LSTM."""
    return bound(*lstm.get_workload(3, 8))


ENCODER = """fn (%data: Tensor[(6, 8), float32],
    %query_weight: Tensor[(8, 8), float32], %key_weight: Tensor[(8, 8), float32],
    %value_weight: Tensor[(8, 8), float32], %mix_weight: Tensor[(8, 8), float32],
    %in_weight: Tensor[(16, 8), float32], %out_weight: Tensor[(8, 16), float32],
    %one_gamma: Tensor[(8), float32], %one_beta: Tensor[(8), float32],
    %two_gamma: Tensor[(8), float32], %two_beta: Tensor[(8), float32]) {
  %0 = nn.dense(%data, %query_weight, units=8);
  %1 = nn.dense(%data, %key_weight, units=8);
  %2 = nn.dense(%data, %value_weight, units=8);
  %3 = transpose(reshape(%0, newshape=[6, 2, 4]), axes=[1, 0, 2]);
  %4 = transpose(reshape(%1, newshape=[6, 2, 4]), axes=[1, 0, 2]);
  %5 = transpose(reshape(%2, newshape=[6, 2, 4]), axes=[1, 2, 0]);
  %6 = nn.softmax(divide(nn.batch_matmul(%3, %4, transpose_b=True), 2f));
  %7 = nn.batch_matmul(%6, %5, transpose_b=True);
  %8 = reshape(transpose(%7, axes=[1, 0, 2]), newshape=[6, 8]);
  %9 = nn.layer_norm(add(%data, nn.dense(%8, %mix_weight, units=8)), %one_gamma, %one_beta);
  %10 = nn.dense(nn.relu(nn.dense(%9, %in_weight, units=16)), %out_weight, units=8);
  nn.layer_norm(add(%9, %10), %two_gamma, %two_beta)
}"""


def encoder() -> IRModule:
    """One layer of a transformer, of two heads."""
    return bound(*create_workload(parse_expr(ENCODER)))


def bound(module: Any, params: Any) -> IRModule:
    """A model whose weights are constants."""
    module["main"] = bind_params_by_name(module["main"], params)
    return relay.InferType()(module)


MODELS = {"residual network": residual_network, "LSTM": recurrent_network, "transformer encoder": encoder}


def told(name: str, count: int, run: Run) -> str:
    """One line: how many stages are on Relax, how many through a bridge, and the verdicts after each."""
    verdicts = Counter(step.outcome.value for step in run.steps if step.outcome is not None)
    found = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    bridged = sum(step.bridged for step in run.steps)
    first = run.first_wrong
    wrong = f"; wrong at {first.name}" if first is not None else ""
    return f"{name}: {count:2} on Relax, {bridged} bridged: {found}{wrong}"


def main(wanted: Iterable[int]) -> None:
    """Print a line for each model and state."""
    states = list(PIPELINE.states())
    with PassContext(opt_level=4):
        for name, make in MODELS.items():
            module = make()
            for count in wanted:
                print(told(name, count, states[count].run(module)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--states", type=int, nargs="*", default=range(len(PIPELINE.stages) + 1))
    main(parser.parse_args().states)
