"""tvm.tir: scalar expressions."""

from migrate.alias.tvm.tir.expr import Any, IntImm, Var, const, var
from tensor_core.prim import PrimExpr

__all__ = ["Any", "IntImm", "PrimExpr", "Var", "const", "var"]
