"""The tensor program that repeats an array along the dimensions where it turns out to have size 1.

TVM's Relay leaves that to how kernels read their arguments (a stride of 0); its Relax has no operator that does it:
broadcast_to takes a symbolic size for the size that it has.
"""

from __future__ import annotations

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import PrimFunc
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType


def spread_kernel(source: TensorType, target: Shape) -> PrimFunc:
    """The program for an array of type ``source``; its sizes, and those of the result, are its own variables."""
    builder, own = LoopBuilder(), list[Dim]()
    result: list[Dim] = []
    for axis, (dim, wide) in enumerate(zip(source.shape, target, strict=True)):
        own.append(dim if isinstance(dim, int) else Var(f"n{axis}"))
        same = shapes.prove_equal(dim, wide)
        result.append(own[axis] if same else wide if isinstance(wide, int) else Var(f"k{axis}"))
    data = builder.input("data", TensorType(tuple(own), source.dtype))

    def element(*i: PrimExpr) -> PrimExpr:
        place: list[PrimExpr] = []
        for axis, (index, dim) in enumerate(zip(i, own, strict=True)):
            if isinstance(dim, int) or dim is result[axis]:
                place.append(prim.IntImm(0, index.dtype) if isinstance(dim, int) and dim == 1 else index)
            else:
                place.append(
                    prim.if_then_else(prim.EQ(dim, prim.IntImm(1, dim.dtype)), prim.IntImm(0, index.dtype), index)
                )
        return data[tuple(place)]

    return builder.finish("spread", [builder.compute(tuple(result), element, source.dtype, name="T_spread")])
