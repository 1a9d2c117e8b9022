"""Dense layers with weights that were transposed before."""

from __future__ import annotations

from typing import Any

import numpy as np

from relay_compat.analysis import search_fc_transpose
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.passes.simplify_fc_transpose import SimplifyFCTranspose
from tensor_core.ndarray import ndarray


def convert(func: Function, params: dict[str, Any]) -> tuple[Function, dict[str, Any]]:
    """The function without transpositions of weights, and ``params`` with the transposed weights in their places."""
    names = search_fc_transpose(func)
    for name in dict.fromkeys(names):
        params[f"{name}.T"] = ndarray(np.transpose(np.asarray(params.pop(name))))
    return SimplifyFCTranspose(names)(IRModule.from_expr(func))["main"], params
