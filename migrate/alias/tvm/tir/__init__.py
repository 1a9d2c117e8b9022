"""tvm.tir: scalar expressions."""

from migrate.alias.tvm.tir.expr import Any, FloatImm, IntImm, SizeVar, Var, const, var
from migrate.alias.tvm.tir.op import floordiv, floormod, indexdiv, indexmod
from relay_compat.layouts.layout import Layout, layout
from tensor_core.prim import PrimExpr

__all__ = [
    "Any",
    "FloatImm",
    "IntImm",
    "Layout",
    "PrimExpr",
    "SizeVar",
    "Var",
    "const",
    "floordiv",
    "floormod",
    "indexdiv",
    "indexmod",
    "layout",
    "var",
]
