"""tvm.ir."""

from migrate.alias.tvm.ir.base import assert_structural_equal, load_json, save_json, structural_equal
from migrate.alias.tvm.ir.env_func import EnvFunc
from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import GlobalVar, Op
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import (
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeConstraint,
    TypeKind,
    TypeRelation,
    TypeVar,
)
from relay_compat.ir.types import RefType as RelayRefType
from tensor_core.attrs import Attrs
from tensor_core.module import BaseFunc, Expr
from tensor_core.spans import Span

BaseExpr = Expr

__all__ = [
    "Attrs",
    "BaseExpr",
    "BaseFunc",
    "EnvFunc",
    "FuncType",
    "GlobalTypeVar",
    "GlobalVar",
    "IRModule",
    "IncompleteType",
    "Op",
    "RelayExpr",
    "RelayRefType",
    "Span",
    "TensorType",
    "TupleType",
    "Type",
    "TypeCall",
    "TypeConstraint",
    "TypeKind",
    "TypeRelation",
    "TypeVar",
    "assert_structural_equal",
    "load_json",
    "save_json",
    "structural_equal",
]
