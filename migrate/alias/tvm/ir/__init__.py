"""tvm.ir."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from migrate.alias.current import before
from migrate.alias.lazy import lazy

_BOTH = {
    "migrate.alias.ir.compare": "assert_structural_equal get_first_structural_mismatch structural_equal"
    " structural_hash",
    "migrate.alias.ir.global_info": "DummyGlobalInfo GlobalInfo VDevice",
    "migrate.alias.ir.module": "IRModule=Module",
    "migrate.alias.ir.names": "GlobalVar Op",
    "migrate.alias.ir.range": "Range=make_range",
    "migrate.alias.tvm.ir.attrs": "Attrs DictAttrs make_node",
    "migrate.alias.tvm.ir.base": "EnvFunc Node SequentialSpan SourceName Span load_json save_json",
    "migrate.alias.tvm.ir.container": "Array Map",
    "migrate.alias.relax.op_attributes": "register_op_attr",
    "tensor_core.module": "BaseExpr=Expr BaseFunc",
    "tensor_core.prim": "PrimExpr",
}
_old = lazy(
    "tvm.ir",
    {
        **_BOTH,
        "migrate.alias.ir.types": "PrimType TupleType",
        "relay_compat.ir.affine_type": "TensorAffineType TupleAffineType",
        "relay_compat.ir.base": "RelayExpr",
        "relay_compat.ir.supply": "GlobalVarSupply NameSupply",
        "relay_compat.ir.types": "FuncType GlobalTypeVar IncompleteType TensorType Type TypeCall TypeConstraint"
        " TypeData TypeKind TypeRelation TypeVar RelayRefType=RefType",
    },
)
_new = lazy(
    "tvm.ir",
    {
        **_BOTH,
        "migrate.alias.relax.nodes": "Call Constant GenericConst=Constant StringImm Tuple TupleGetItem Var",
        "migrate.alias.relax.types": "PrimType TupleType Type=StructInfo",
        "migrate.alias.ir.prim": "is_prim_expr is_prim_var",
        "tensor_core.module": "BaseFunc Expr",
    },
)


_MODULES = (
    "attrs", "base", "container", "diagnostics", "expr", "global_info", "instrument", "module", "op", "supply",
    "transform",
)  # fmt: skip
"""What ``import tvm`` loads in TVM, so that ``tvm.ir.transform`` needs no import of its own."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    return (_old if before("0.26") else _new)(name)
