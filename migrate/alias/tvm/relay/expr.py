"""tvm.relay.expr."""

from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import *  # noqa: F403
from relay_compat.ir.make import bind, const, var

Expr = ExprWithOp = RelayExpr

__all__ = ["Expr", "ExprWithOp", "RelayExpr", "bind", "const", "var"]
