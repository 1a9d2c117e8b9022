"""reinterpret: a view of the same memory in another element type. checkpoint: a mark that gradients look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.adapters.writer import Writer
from relax_core.ir.expr import DataTypeImm, Expr, Var
from tensor_core import dtypes, shapes
from tensor_core.ops.card import PORTABLE, Reject
from tensor_core.types import TensorType


def _reinterpret(params: Any, f: Writer, data: Expr) -> Expr:
    source = f.tensor_type(data)
    if not isinstance(data, Var) or "bool" in (source.dtype, params.dtype) or f.target == PORTABLE:
        raise Reject("there is no memory to look at")
    if dtypes.bits(source.dtype) != dtypes.bits(params.dtype) or not shapes.is_static(source.shape):
        raise Reject(f"{source.dtype} and {params.dtype} have different widths")
    return f.builtin("relax.memory.view", data, f.tuple(), DataTypeImm(params.dtype), f.tuple())


def _checkpoint(_params: Any, f: Writer, data: Any) -> Expr:
    if not isinstance(data, Var) or not isinstance(f.type_of(data), TensorType):
        raise Reject("only variables of tensors are marked")
    return f.builtin("relax.grad.end_checkpoint", data)


COMPOSITIONS: Mapping[str, Any] = {"reinterpret": _reinterpret, "annotation.checkpoint": _checkpoint}
