"""What quantised values stand for (tvm.ir.TensorAffineType and TupleAffineType in TVM 0.19)."""

from __future__ import annotations

from typing import ClassVar

from tensor_core.module import Expr
from tensor_core.node import Node, node


class AffineType(Node):
    """Base of both."""

    __slots__ = ()


@node
class TensorAffineType(AffineType):
    """A tensor whose element ``q`` stands for ``(q - zero_point) * scale``, both perhaps vectors along ``axis``."""

    children: ClassVar = ("scale", "zero_point")
    scale: Expr
    zero_point: Expr
    dtype: str
    axis: int = -1


@node
class TupleAffineType(AffineType):
    """A tuple of such tensors."""

    children: ClassVar = ("types",)
    types: tuple[TensorAffineType, ...]
