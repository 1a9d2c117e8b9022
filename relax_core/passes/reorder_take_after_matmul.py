"""ReorderTakeAfterMatmul: ``x @ take(table, i)`` becomes ``take(x @ table, i)`` (relax.transform of TVM 0.19 to 0.27).

So a table of weights is multiplied before its columns are chosen, and so is a table of matrices, one for each of the
batch. The element type that the product states is kept; TVM 0.27 drops it.
"""

from __future__ import annotations

from typing import Any

from relax_core.dpl import is_op, rewrite_call, wildcard
from relax_core.dpl.patterns import DFPattern
from relax_core.ir.expr import Expr, Function, IRModule, ShapeExpr
from relax_core.ir.types import TensorType
from relax_core.op import creator
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.types.deduce import type_of
from tensor_core.passes import Pass, PassContext, PassInfo


def ReorderTakeAfterMatmul() -> Pass:
    """The pass."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return reordered(function, relax_release(module))

    return FunctionPass(PassInfo(1, "ReorderTakeAfterMatmul"), apply)


def reordered(function: Function, release: str) -> Function:
    """The function with tables of weights multiplied before something is taken from them."""
    x, table, places = wildcard(), wildcard(), wildcard()
    taken = is_op("relax.take")(table, places)

    def reorder(expr: Expr, found: dict[DFPattern, Expr]) -> Expr:
        types = [type_of(item) for item in (found[x], found[table], found[places], expr)]
        if any(not isinstance(item, TensorType) or item.ndim < 0 for item in types):
            return expr
        call: Any = found[taken]
        ranks = [getattr(item, "ndim") for item in types]  # noqa: B009
        if ranks[2] == 1 and call.attrs["axis"] == ranks[1] - 1:
            return _columns(found[x], found[table], found[places], expr, call, release)
        if ranks[:3] == [3, 3, 1] and call.attrs["axis"] == 0:
            return _matrices(found[x], found[table], found[places], expr, call, release)
        return expr

    return rewrite_call(is_op("relax.matmul")(x, taken), reorder, function)


def _columns(x: Expr, table: Expr, places: Expr, expr: Any, call: Any, release: str) -> Expr:
    """``[..., inputs] @ [inputs, table]``, then columns."""
    product = creator("matmul", release)(x, table, out_dtype=expr.attrs["out_dtype"] or None)
    return creator("take", release)(product, places, _rank(expr) - 1, **_mode(call))


def _matrices(x: Expr, table: Expr, places: Expr, expr: Any, call: Any, release: str) -> Expr:
    """``[batch, rows, inputs]`` with the matrices ``[table, inputs, outputs]``: all products, then one for each."""
    sizes, of_table = _sizes(x), _sizes(table)
    if sizes is None or of_table is None:
        return expr
    count, inputs, outputs = of_table
    matmul, reshape = creator("matmul", release), creator("reshape", release)
    beside = creator("permute_dims", release)(table, [1, 0, 2])
    product = matmul(
        x, reshape(beside, ShapeExpr((inputs, count * outputs))), out_dtype=expr.attrs["out_dtype"] or None
    )
    apart = reshape(product, ShapeExpr((sizes[0], sizes[1], count, outputs)))
    chosen = creator("take", release)(apart, places, 2, **_mode(call))
    return creator("einsum", release)((chosen,), "ijik->ijk")


def _mode(call: Any) -> dict[str, Any]:
    return {"mode": call.attrs["mode"]} if "mode" in call.attrs else {}


def _rank(expr: Expr) -> int:
    found = type_of(expr)
    assert isinstance(found, TensorType)
    return found.ndim


def _sizes(expr: Expr) -> Any:
    found = type_of(expr)
    assert isinstance(found, TensorType)
    return found.shape.values if isinstance(found.shape, ShapeExpr) else None
