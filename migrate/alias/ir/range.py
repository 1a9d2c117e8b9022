"""tvm.ir.Range."""

from __future__ import annotations

from typing import Any

from tensor_core import prim
from tensor_core.node import Node, node

__all__ = ["Range", "make_range"]


@node
class Range(Node):
    """The integers from ``min``, as many as ``extent``."""

    min: Any
    extent: Any
    span: Any = None


def make_range(begin: Any, end: Any = None, span: Any = None) -> Range:
    """From ``begin`` up to but excluding ``end``; with one argument, from 0."""
    if end is None:
        return Range(_zero(begin), begin, span)
    known = isinstance(begin, int) and isinstance(end, int)
    return Range(begin, prim.Imm(end - begin) if known else end - begin, span)


def _zero(like: Any) -> Any:
    return prim.const(0, like.dtype) if isinstance(like, prim.PrimExpr) else prim.Imm(0)
