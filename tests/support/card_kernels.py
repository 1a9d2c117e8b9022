"""The kernel of a card against its reference, interpreted and as machine code, to the bit."""

from collections.abc import Sequence
from typing import Any

import native
import numpy as np

from tensor_core import dtypes
from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.verify import verify
from tensor_core.ops.registry import registry
from tensor_core.reference import evaluate
from tensor_core.types import TensorType, tensor_type_of


def made(name: str, values: dict[str, Any], types: Sequence[TensorType]) -> PrimFunc:
    """The kernel of a call by the card's parameters."""
    card = registry().by_name[name]
    kernel = lower_card(card, card.params(**values), list(types))
    assert verify(kernel) == []
    return kernel


def agree(name: str, values: dict[str, Any], *arrays: np.ndarray, kernel: PrimFunc | None = None) -> None:
    """The results are the reference's, byte for byte; the kernel is made for the arrays' types unless given."""
    card = registry().by_name[name]
    kernel = kernel or made(name, values, [tensor_type_of(array) for array in arrays])
    expected = evaluate(card, card.params(**values), arrays)
    expected = [np.asarray(item) for item in (expected if isinstance(expected, tuple) else (expected,))]
    types = [TensorType(item.shape, dtypes.from_numpy(item.dtype)) for item in expected]
    for results in (interpret.run(kernel, arrays, types), native.run(kernel, arrays)):
        for got, wanted in zip(results, expected, strict=True):
            assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
            assert got.tobytes() == np.ascontiguousarray(wanted).tobytes(), (got, wanted)
