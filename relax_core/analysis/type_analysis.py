"""Questions about types under the names of tvm.relax.analysis (TVM 0.19 to 0.27)."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import Call
from relax_core.ir.types import FuncType, Type
from relax_core.types.call_result import call_result
from relax_core.types.lattice import least_upper_bound


def type_lca(lhs: Type, rhs: Type) -> Type:
    """The narrowest type that has the values of both."""
    return least_upper_bound(lhs, rhs)


def derive_call_ret_type(func_ty: FuncType, call: Call, ctx: Any = None) -> Type:
    """The type of a call of a function of this type. R2R0201 and R2R0202 for arguments that do not fit."""
    return call_result(func_ty, call, ctx)
