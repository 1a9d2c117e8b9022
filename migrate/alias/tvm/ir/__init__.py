"""tvm.ir."""

from migrate.alias.tvm.ir.base import assert_structural_equal, load_json, save_json, structural_equal
from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import GlobalVar, Op
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, GlobalTypeVar, IncompleteType, TupleType, Type, TypeCall, TypeVar
from tensor_core.attrs import Attrs
from tensor_core.module import BaseFunc, Expr
from tensor_core.spans import Span

BaseExpr = Expr

__all__ = [
    "Attrs",
    "BaseExpr",
    "BaseFunc",
    "FuncType",
    "GlobalTypeVar",
    "GlobalVar",
    "IRModule",
    "IncompleteType",
    "Op",
    "RelayExpr",
    "Span",
    "TupleType",
    "Type",
    "TypeCall",
    "TypeVar",
    "assert_structural_equal",
    "load_json",
    "save_json",
    "structural_equal",
]
