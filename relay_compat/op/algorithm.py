"""Sorting and searching (tvm.relay.op.algorithm in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.normal import known_number


@declared("sort")
def sort(data: Expr, axis: int = -1, is_ascend: bool | int = 1) -> None:
    """The values in order along an axis."""


@declared("argsort")
def argsort(data: Expr, axis: int = -1, is_ascend: bool | int = 1, dtype: str = "int32") -> None:
    """The indices that put the values along an axis in order."""


@declared("searchsorted")
def searchsorted(sorted_sequence: Expr, values: Expr, right: bool = False, dtype: str = "int32") -> None:
    """Where values would be inserted into a sorted sequence."""


def topk(
    data: Expr,
    k: Any = 1,
    axis: int = -1,
    ret_type: str = "both",
    is_ascend: bool = False,
    dtype: str = "int32",
) -> Any:  # fmt: skip
    """The k greatest (least) values along an axis: values and indices, or one of the two.

    A ``k`` that is an expression, but no constant, makes a call of dyn.topk.
    """
    k = known_number(k)
    attrs: dict[str, Any] = {"axis": axis, "ret_type": ret_type, "is_ascend": is_ascend, "dtype": dtype}
    made = call("dyn.topk", data, k, k=None, **attrs) if isinstance(k, Expr) else call("topk", data, k=k, **attrs)
    return TupleWrapper(made, 2) if ret_type == "both" else made


__all__ = [
    "argsort", "searchsorted", "sort", "topk",
]  # fmt: skip
