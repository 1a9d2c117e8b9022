"""tvm.ir.expr."""

from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import GlobalVar
from tensor_core.module import Expr as BaseExpr
from tensor_core.prim import PrimExpr

__all__ = ["BaseExpr", "GlobalVar", "PrimExpr", "RelayExpr"]
