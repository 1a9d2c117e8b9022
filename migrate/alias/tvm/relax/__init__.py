"""tvm.relax."""

from __future__ import annotations

from typing import Any

from migrate.alias.current import before
from migrate.alias.lazy import lazy

NODES = (
    "Binding BindingBlock Call Constant DataTypeImm DataflowBlock DataflowVar Expr ExternFunc Function GlobalVar If"
    " MatchCast PrimValue SeqExpr ShapeExpr StringImm Tuple TupleGetItem Var VarBinding"
)
TYPES = (
    "AnyType=ObjectType FuncStructInfo=FuncType FuncType ObjectStructInfo=ObjectType ObjectType"
    " PrimStructInfo=PrimType PrimType ShapeStructInfo=ShapeType ShapeType StructInfo TensorStructInfo=TensorType"
    " TensorType DynTensorType PackedFuncType TupleStructInfo=TupleType TupleType Type=StructInfo"
)
STATIC = "DynTensorType FuncType ObjectType PackedFuncType ShapeType TupleType"
"""Types without values; releases before 0.26 have them beside the others, under names that these took over later."""

_static = lazy("tvm.relax", {"relax_core.ir.static": STATIC})
_beside = lazy(
    "tvm.relax",
    {
        "migrate.alias.relax.nodes": NODES,
        "migrate.alias.relax.types": TYPES,
        "migrate.alias.relax.values": "const convert_to_expr extern get_shape_of prim_value",
        "relax_core.block_builder": "BlockBuilder",
        "migrate.alias.tvm.ir.base": "Span",
        "migrate.alias.tvm.relax.op": "call_dps_packed call_pure_packed call_tir call_tir_inplace call_tir_with_grad",
        "migrate.alias.tvm.relax.vm_build": "Executable VMExecutable build",
        "migrate.alias.ir.global_info": "DummyGlobalInfo VDevice",
        "relax_core.backend.virtual_machine": "VMInstrumentReturnKind VirtualMachine",
        "migrate.alias.relax.functors": "PyExprMutator PyExprVisitor",
        "relax_core.expr_functor": "ExprFunctor",
    },
)


def __getattr__(name: str) -> Any:
    if before("0.26") and name in STATIC.split():
        return _static(name)
    return _beside(name)
