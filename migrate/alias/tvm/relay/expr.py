"""tvm.relay.expr."""

import relay_compat.ir.expr as nodes
import relay_compat.ir.with_fields as copies
from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import *  # noqa: F403
from relay_compat.ir.make import bind, const, var
from relay_compat.ir.temporary import TempExpr
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.ir.with_fields import *  # noqa: F403
from tensor_core.ndarray import NDArray

Expr = ExprWithOp = RelayExpr

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    *nodes.__all__,
    *copies.__all__,
    "Expr",
    "ExprWithOp",
    "NDArray",
    "RelayExpr",
    "TempExpr",
    "TupleWrapper",
    "bind",
    "const",
    "var",
]
