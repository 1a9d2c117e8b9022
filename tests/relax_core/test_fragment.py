"""Card expansions written as Relax bindings compute what the cards compute."""

from typing import Any

import numpy as np
import pytest
from relax_build import bindings, main, variable

from relax_core.block_builder import BlockBuilder
from relax_core.fragment import RelaxFragment
from relax_core.interpret import evaluate
from relax_core.ir.expr import Tuple
from relax_core.well_formed import check
from tensor_core import reference
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType as PlainTensor


def _expanded(card, params, *inputs):
    bb = BlockBuilder()
    with bb.function("main", list(inputs)):
        with bb.dataflow():
            result = card.expand(params, RelaxFragment(bb), *inputs)
            result = bb.emit_output(result)
        bb.emit_func_output(result)
    return bb.finalize()


def test_layer_norm_expands_to_calls_that_compute_it():
    card = registry().by_name["nn.layer_norm"]
    params = card.params(axes=(-1,), epsilon=1e-5, center=True, scale=True)
    module = _expanded(card, params, *(variable(name, *shape) for name, shape in zip("xgb", SHAPES, strict=True)))
    assert check(module) == []
    made = bindings(main(module))[:-1]
    assert len(made) > 5
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape).astype("float32") for shape in SHAPES]
    expected = reference.evaluate(card, params, tuple(arrays), floats="float64")
    np.testing.assert_allclose(evaluate(module, arrays), expected, rtol=1e-5, atol=1e-6)


SHAPES = ((3, 8), (8,), (8,))


def test_constants_tuples_and_items():
    bb = BlockBuilder()
    x = variable("x", 2)
    with bb.function("main", [x]):
        fragment = RelaxFragment(bb)
        constant: Any = fragment.constant(2, "int32")
        assert constant.data.dtype == np.int32
        assert fragment.item(fragment.tuple(x, constant), 1) is constant
        assert fragment.tensor_type(constant) == PlainTensor((), "int32")
        parts = Tuple((x,))
        assert fragment.item(parts, 0) is x
        with pytest.raises(DiagnosticError, match="known shape"):
            fragment.tensor_type(parts)
        bb.emit_func_output(x)
