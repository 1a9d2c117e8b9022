"""Quantized chains, steps of training, open sizes: programs of each kind keep their meaning through the conversion."""

import numpy as np

from migrate.execution import interpret
from migrate.values import leaves
from migrate.verify.generate import draw_program, quantized
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.coverage import CONSTRUCTS, OPS, coverage
from migrate.verify.generate.features import Feature
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons import Skeleton, training
from migrate.verify.generate.skeletons.table import SKELETONS
from migrate.verify.properties.equivalence import conversion
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType


def _quantized(m: Maker) -> Expr:
    """Reals that come out of integers, whatever else is drawn."""
    made = quantized.chain(m, TensorType(m.choose(((2, 3), (4,), (1, 2, 4, 4))), "float32"), 8, False)
    assert made is not None
    return made


QUANTIZED = [Skeleton(_quantized, frozenset({Feature.QNN}))]
TRAINING = [row for row in SKELETONS if row.make is training.step]
HOLDS = conversion(executors=("interpreter", "backend"))


def test_quantized_chains() -> None:
    # Among programs of all kinds every thirteenth holds a chain; these are built around one.
    chains = [draw_program(of_seed(n), features={Feature.QNN}, skeletons=QUANTIZED) for n in range(24)]
    assert all(coverage(program.module)[OPS, "qnn.dequantize"] for program in chains)
    assert len({name for p in chains for kind, name in coverage(p.module) if kind == OPS and "qnn." in name}) > 8
    assert [check.reason for check in map(HOLDS.check, chains) if check.failed] == []


def test_steps_of_training() -> None:
    programs = [draw_program(of_seed(n), skeletons=TRAINING) for n in range(8)]
    assert [check.reason for check in map(HOLDS.check, programs) if check.failed] == []
    for program in programs:
        assert coverage(program.module)[CONSTRUCTS, "RefWrite"] > 0


def test_training_moves_parameters() -> None:
    moved = 0
    for n in range(16):
        program = draw_program(of_seed(n), skeletons=TRAINING)
        results = [result for result in leaves(interpret(program.module, program.args)) if result.ndim]
        pairs = [(arg, result) for arg in program.args for result in results if np.shape(arg) == result.shape]
        moved += any(not np.array_equal(*pair) for pair in pairs)
    assert moved > 8


def test_open_dimensions() -> None:
    programs = [draw_program(of_seed(n), features={Feature.DYNAMIC, Feature.DTYPES}) for n in range(90)]
    open_ = [program for program in programs if coverage(program.module)[CONSTRUCTS, "open dimension"]]
    assert len(open_) > 10
    assert [check.reason for check in map(HOLDS.check, open_) if check.failed] == []


def test_tensors_without_elements() -> None:
    programs = [draw_program(of_seed(n), features={Feature.EMPTY, Feature.DTYPES}) for n in range(90)]
    empty = [program for program in programs if coverage(program.module)[CONSTRUCTS, "no elements"]]
    assert len(empty) > 3
    assert [check.reason for check in map(HOLDS.check, empty) if check.failed] == []
