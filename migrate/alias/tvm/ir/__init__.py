"""tvm.ir."""

from migrate.alias.tvm.ir.attrs import DictAttrs, make_node
from migrate.alias.tvm.ir.base import (
    EnvFunc,
    Node,
    SequentialSpan,
    SourceName,
    Span,
    assert_structural_equal,
    get_first_structural_mismatch,
    load_json,
    save_json,
    structural_equal,
    structural_hash,
)
from migrate.alias.tvm.ir.container import Array, Map
from migrate.alias.tvm.ir.supply import GlobalVarSupply, NameSupply
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
from relay_compat.op_attributes import register_op_attr
from tensor_core.attrs import Attrs
from tensor_core.module import BaseFunc, Expr

BaseExpr = Expr

__all__ = [
    "Array",
    "Attrs",
    "BaseExpr",
    "BaseFunc",
    "DictAttrs",
    "EnvFunc",
    "FuncType",
    "GlobalTypeVar",
    "GlobalVar",
    "GlobalVarSupply",
    "IRModule",
    "IncompleteType",
    "Map",
    "NameSupply",
    "Node",
    "Op",
    "RelayExpr",
    "RelayRefType",
    "SequentialSpan",
    "SourceName",
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
    "get_first_structural_mismatch",
    "load_json",
    "make_node",
    "register_op_attr",
    "save_json",
    "structural_equal",
    "structural_hash",
]
