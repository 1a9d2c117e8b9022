"""ExpandMatmulOfSum: ``x @ (A + B)`` becomes ``x @ A + x @ B`` (relax.transform of TVM 0.19 to 0.27).

So low-rank corrections of weights stay apart from the weights. A sum of two weights stays, for it is computed once. The
element type that a product states is kept on both; TVM 0.27 drops it.
"""

from __future__ import annotations

from typing import Any

from relax_core.analysis import computable_at_compile_time
from relax_core.dpl import is_op, rewrite_call, wildcard
from relax_core.dpl.patterns import DFPattern
from relax_core.ir.expr import Expr, Function, IRModule
from relax_core.op import creator
from relax_core.passes.function_pass import FunctionPass, relax_release
from tensor_core.passes import Contract, Pass, PassContext, PassInfo


def ExpandMatmulOfSum() -> Pass:
    """The pass."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return expanded(function, relax_release(module))

    return FunctionPass(PassInfo(1, "ExpandMatmulOfSum", contract=Contract.REASSOCIATING), apply)


def expanded(function: Function, release: str) -> Function:
    """The function with products of sums expanded."""
    known = set(computable_at_compile_time(function))
    x, a, b = wildcard(), wildcard(), wildcard()
    total = is_op("relax.add")(a, b)
    turned = is_op("relax.permute_dims")(total)
    matmul, add, permute = (creator(name, release) for name in ("matmul", "add", "permute_dims"))

    def expand(expr: Expr, found: dict[DFPattern, Expr]) -> Expr:
        parts = [found[a], found[b]]
        if all(part in known for part in parts):
            return expr
        if turned in found:
            axes = _attrs(found[turned])["axes"]
            parts = [permute(part, None if axes is None else list(axes)) for part in parts]
        dtype = _attrs(expr)["out_dtype"] or None
        return add(*(matmul(found[x], part, out_dtype=dtype) for part in parts))

    return rewrite_call(is_op("relax.matmul")(x, total | turned), expand, function)


def _attrs(expr: Any) -> Any:
    return expr.attrs
