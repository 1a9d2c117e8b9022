"""reinterpret: a view of the same memory in another element type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.adapters.writer import Writer
from relax_core.ir.expr import DataTypeImm, Expr, Var
from tensor_core import dtypes, shapes
from tensor_core.ops.card import PORTABLE, Reject


def _reinterpret(params: Any, f: Writer, data: Expr) -> Expr:
    source = f.tensor_type(data)
    if not isinstance(data, Var) or "bool" in (source.dtype, params.dtype) or f.target == PORTABLE:
        raise Reject("there is no memory to look at")
    if dtypes.bits(source.dtype) != dtypes.bits(params.dtype) or not shapes.is_static(source.shape):
        raise Reject(f"{source.dtype} and {params.dtype} have different widths")
    return f.builtin("relax.memory.view", data, f.tuple(), DataTypeImm(params.dtype), f.tuple())


COMPOSITIONS: Mapping[str, Any] = {"reinterpret": _reinterpret}
