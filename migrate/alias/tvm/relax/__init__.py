"""tvm.relax."""

from migrate.alias.lazy import lazy

NODES = (
    "Binding BindingBlock Call Constant DataTypeImm DataflowBlock DataflowVar Expr ExternFunc Function GlobalVar If"
    " MatchCast PrimValue SeqExpr ShapeExpr StringImm Tuple TupleGetItem Var VarBinding"
)
TYPES = (
    "AnyType=ObjectType FuncStructInfo=FuncType FuncType ObjectStructInfo=ObjectType ObjectType"
    " PrimStructInfo=PrimType PrimType ShapeStructInfo=ShapeType ShapeType StructInfo TensorStructInfo=TensorType"
    " TensorType TupleStructInfo=TupleType TupleType Type=StructInfo"
)

__getattr__ = lazy(
    "tvm.relax",
    {
        "migrate.alias.relax.nodes": NODES,
        "migrate.alias.relax.types": TYPES,
        "migrate.alias.relax.values": "const convert_to_expr extern get_shape_of prim_value",
        "migrate.alias.tvm.ir.base": "Span",
        "migrate.alias.tvm.relax.op": "call_dps_packed call_pure_packed call_tir call_tir_inplace call_tir_with_grad",
        "relax_core.block_builder": "BlockBuilder",
        "relax_core.expr_functor": "ExprFunctor PyExprMutator PyExprVisitor",
    },
)
