"""Operators that LegalizeOps says with functions of the runtime, or with programs that no card has (TVM 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Call, Expr, ExternFunc, ShapeExpr, op
from relax_core.ir.types import ShapeType, Type
from relax_core.types.leaves import type_of
from tensor_core.prim import PrimExpr, const, if_then_else
from tensor_core.te.tensor import Tensor, compute


def shape_to_tensor(builder: BlockBuilder, call: Call) -> Expr:
    """A program of the sizes where they are known, else the runtime's function."""
    (shape,) = call.args
    type_ = type_of(shape)
    if not isinstance(type_, ShapeType) or type_.values is None:
        return Call(op("relax.call_pure_packed"), (ExternFunc("relax.run.shape_to_tensor"), shape), None, _types(call))
    return builder.call_te(_listed, ShapeExpr(type_.values), primfunc_name_hint="shape_to_tensor")


def _listed(sizes: Sequence[Any]) -> Tensor:
    def element(place: PrimExpr) -> PrimExpr:
        found: PrimExpr = const(0, "int64")
        for n, size in reversed(list(enumerate(sizes))):
            value = const(size, "int64") if isinstance(size, int) else size
            found = if_then_else(place.equal(n), value, found)
        return found

    return compute((len(sizes),), element, name="shape_to_tensor")


def _types(call: Call) -> tuple[Type, ...]:
    type_ = type_of(call)
    return () if type_ is None else (type_,)


RUNTIME: Mapping[str, Callable[[BlockBuilder, Call], Expr]] = {
    "relax.shape_to_tensor": shape_to_tensor,
}
"""By operator name: what takes the place of a call."""
