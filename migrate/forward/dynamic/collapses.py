"""The twin of collapse_sum_like, where it shows at run time only along which dimensions is summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import relax_core.ir.expr as relax
from migrate.forward.dynamic.choices import greatest
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.twin import Twin, Writer, tensor
from tensor_core import shapes
from tensor_core.shapes import Dim


def collapse_sum_like(_params: Any, operands: Operands) -> Twin | None:
    """A size ``d`` of the result that may be that of the data, ``s``, or 1: the data is seen as ``(s // d, d)`` there,
    and summed along the first of these. None where there is no such size.
    """
    source, target = tensor(operands), tensor(operands, 1)
    extra = source.rank - target.rank
    if extra < 0 or not any(map(_is_unlike, source.shape[extra:], target.shape)):
        return None
    split: list[Dim] = list(source.shape[:extra])
    summed = list(range(extra))
    for own, dim in zip(source.shape[extra:], target.shape, strict=True):
        if _is_unlike(own, dim):
            operands.collapses(dim, own)
            times = operands.defined(shapes.floor_divide(own, greatest(dim, 1)), "times")
            summed.append(len(split))
            split += [times, dim]
        elif dim == 1 != own:
            summed.append(len(split))
            split.append(own)
        else:
            split.append(dim)

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        parts = f.call("reshape", args[0], shape=tuple(split))
        return f.call("reshape", f.call("sum", parts, axis=tuple(summed), keepdims=False), shape=target.shape)

    return Twin(target, write)


def _is_unlike(own: Dim, dim: Dim) -> bool:
    """Whether a dimension of the result may be another than that of the data, and more than 1."""
    return not isinstance(dim, int) and not shapes.prove_equal(own, dim)
