"""tvm.relax.expr."""

from migrate.alias.lazy import lazy
from migrate.alias.tvm.relax import NODES

__getattr__ = lazy(
    "tvm.relax.expr",
    {
        "migrate.alias.relax.nodes": NODES,
        "migrate.alias.relax.types": "StructInfo Type=StructInfo",
        "migrate.alias.relax.values": "const extern get_shape_of make_shape prim_value"
        " _update_struct_info=update_type _update_type=update_type",
        "migrate.alias.tvm.ir.base": "Span",
        "relax_core.ir.base": "ExprWithOp=RelaxExpr",
        "tensor_core.module": "BaseFunc",
        "tensor_core.prim": "PrimExpr",
    },
)
