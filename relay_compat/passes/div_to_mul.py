"""DivToMul: division by a constant becomes multiplication by its inverse (TVM 0.19).

TVM inverts the first element only and leaves the others undefined; here every element is inverted. A divisor whose
first element is zero, or that holds no floats, stays.
"""

from __future__ import annotations

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Function
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.module import IRModule
from tensor_core.passes import Contract, Pass, PassContext, PassInfo


def DivToMul() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return CallRewriter({"divide": _divide}).rewrite(function)

    info = PassInfo(0, "DivToMul", ("InferType", "FoldConstant"), contract=Contract.REASSOCIATING)
    return FunctionPass(info, run)


def _divide(old: Call, new: Call) -> Expr:
    del old
    data, divisor = new.args
    if not isinstance(divisor, Constant) or divisor.data.dtype.name not in ("float16", "float32", "float64"):
        return new
    if not divisor.data.size or not np.all(divisor.data):
        return new
    # Halves are inverted in single precision.
    wide = divisor.data.astype(np.float32) if divisor.data.dtype == np.float16 else divisor.data
    return call("multiply", data, Constant(np.asarray(1 / wide, divisor.data.dtype)))
