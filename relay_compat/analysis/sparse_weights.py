"""Which weights are worth storing as sparse blocks, and the parameters that take their places."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, NamedTuple

import numpy as np

from relay_compat.ir.expr import Call, Expr, Var
from relay_compat.passes.building import is_call_of
from relay_compat.visit import reachable
from tensor_core.ndarray import ndarray


class SparseAnalysisResult(NamedTuple):
    """Names of weights, and for each the sizes of its arrays: of the blocks, of their columns, of where rows begin."""

    weight_name: list[str]
    weight_shape: list[list[int]]


def weights_of(expr: Expr, operator: str) -> Iterator[str]:
    """The names of variables that calls of an operator take as weights, each once."""
    calls = (node for node in reachable(expr) if isinstance(node, Call) and is_call_of(node, operator))
    return iter(dict.fromkeys(call.args[1].name for call in calls if isinstance(call.args[1], Var)))


def kernel_matrix(kernel: np.ndarray, layout: str) -> np.ndarray:
    """A 2-D convolution's kernel, whose data are NHWC or NCHW, as a matrix with a row for each output channel."""
    return kernel.reshape(-1, kernel.shape[3]).T if layout == "NHWC" else kernel.reshape(len(kernel), -1)


def replace_weight(
    name: str, arrays: tuple[np.ndarray, ...], params: MutableMapping[str, Any], result: SparseAnalysisResult
) -> None:
    """Put the arrays of a weight in its place, and note their sizes."""
    del params[name]
    for part, array in zip(("data", "indices", "indptr"), arrays, strict=True):
        params[f"{name}.{part}"] = ndarray(array)
    result.weight_name.append(name)
    result.weight_shape.append([size for array in arrays for size in array.shape])
