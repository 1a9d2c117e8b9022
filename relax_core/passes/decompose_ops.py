"""DecomposeOpsForInference and DecomposeOpsForTraining (relax.transform of TVM 0.19 to 0.27).

For inference ``nn.batch_norm`` becomes arithmetic on the moving statistics, whatever its ``training`` says, and
``tensor_to_shape`` a call of the runtime whose sizes become symbolic variables. For training ``nn.batch_norm`` takes
the statistics of the batch and updates the moving ones, and ``nn.layer_norm`` is written out, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relax_core.ir.expr import Call, Constant, Expr, ExternFunc, Function, IRModule, ShapeExpr, Tuple
from relax_core.ir.types import ShapeType, TensorType
from relax_core.passes.call_lowering import CallLowering, Change, lower_calls
from relax_core.passes.function_pass import FunctionPass, relax_release, updated
from relax_core.types.deduce import type_of
from relax_core.visit import op_name
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo, Sequential
from tensor_core.prim import Var as SymbolicVar


def DecomposeOpsForInference(func_name: str | None = None) -> Pass:
    """The pass over one function, or over all."""
    return _decomposing("DecomposeOps", _for_inference, func_name)


def DecomposeOpsForTraining(func_name: str | None = None) -> Pass:
    """The pass over one function, or over all. What training leaves is decomposed as for inference."""
    name = "DecomposeOpsForTraining"
    passes = [_decomposing("MutateOpsForTraining", _for_training, func_name), DecomposeOpsForInference(func_name)]
    return Sequential(passes, name=name)


def _decomposing(name: str, change: Change, func_name: str | None) -> Pass:
    if func_name is None:

        def apply(function: Function, module: IRModule, context: PassContext) -> Function:
            del context
            return lower_calls(function, change, relax_release(module))

        return FunctionPass(PassInfo(0, name), apply)

    def apply_to_one(module: IRModule, context: PassContext) -> IRModule:
        del context
        release = relax_release(module)
        return updated(
            module,
            {
                var: lower_calls(function, change, release)
                for var, function in module.functions.items()
                if var.name == func_name and isinstance(function, Function)
            },
        )

    return ModulePass(PassInfo(0, f"ApplyDecomposeTo{func_name}"), apply_to_one)


def _for_inference(lowering: CallLowering, call: Call) -> Expr | None:
    change = _INFERENCE.get(op_name(call))
    return change(lowering, call) if change else None


def _for_training(lowering: CallLowering, call: Call) -> Expr | None:
    change = _TRAINING.get(op_name(call))
    return change(lowering, call) if change else None


def _batch_norm(lowering: CallLowering, call: Call) -> Expr:
    """``(x - mean) / sqrt(var + epsilon) * gamma + beta``, and the statistics as they were."""
    data, gamma, beta, mean, variance = call.args
    attrs = _attrs(call)
    rank = _tensor(data).ndim

    def along(vector: Expr) -> Expr:
        axes = [axis for axis in range(rank) if axis != attrs["axis"] % rank]
        return lowering.op("expand_dims", vector, axes)

    centered = lowering.op("subtract", data, along(mean))
    out = _normalized(lowering, data, centered, along(variance), attrs["epsilon"])
    if attrs["scale"]:
        out = lowering.op("multiply", out, along(gamma))
    if attrs["center"]:
        out = lowering.op("add", out, along(beta))
    return _typed(Tuple((out, mean, variance)))


def _normalized(lowering: CallLowering, data: Expr, centered: Expr, variance: Expr, epsilon: float) -> Expr:
    shifted = lowering.op("add", variance, _scalar(epsilon, data))
    return lowering.op("divide", centered, lowering.op("sqrt", shifted))


def _layer_norm(lowering: CallLowering, call: Call) -> Expr:
    data, gamma, beta = call.args
    attrs = _attrs(call)
    axes = list(attrs["axes"])
    centered = lowering.op("subtract", data, lowering.op("mean", data, axes, True))
    variance = lowering.op("variance", data, axes, True)
    out = _normalized(lowering, data, centered, variance, attrs["epsilon"])
    if attrs["scale"]:
        out = lowering.op("multiply", out, gamma)
    if attrs["center"]:
        out = lowering.op("add", out, beta)
    return out


def _training_batch_norm(lowering: CallLowering, call: Call) -> Expr:
    data, gamma, beta, *moving = call.args
    attrs = _attrs(call)
    axes = [axis for axis in range(_tensor(data).ndim) if axis != attrs["axis"]]
    batch = [lowering.op("mean", data, axes, False), lowering.op("variance", data, axes, False)]
    inner = call.replace(args=(data, gamma, beta, *batch))
    inner.memo("ty", call.ty)
    normalized = lowering.bind(inner, "lv" if lowering.in_dataflow else "gv")
    out = lowering.item(normalized, 0)
    kept, taken = _scalar(1 - attrs["momentum"], data), _scalar(attrs["momentum"], data)
    new = [
        lowering.op("add", lowering.op("multiply", kept, old), lowering.op("multiply", taken, seen))
        for old, seen in zip(moving, batch, strict=True)
    ]
    return _typed(Tuple((out, *new)))


def _tensor_to_shape(lowering: CallLowering, call: Call) -> Expr:
    """The sizes as symbolic variables, which a ``match_cast`` of the runtime's answer defines."""
    found = type_of(call)
    assert isinstance(found, ShapeType)
    if found.ndim < 0:
        raise fail(codes.UNRESOLVED_TYPE, "the rank of the shape is not known", call.span)
    asked = lowering.call("relax.call_pure_packed", (ExternFunc("vm.builtin.tensor_to_shape"), *call.args), (found,))
    sizes = ShapeExpr(tuple(SymbolicVar("x", "int64") for _ in range(found.ndim)))
    lowering.match_cast(lowering.bind(asked, "gv"), _typed(sizes).ty, "y")
    return sizes


_Changes = dict[str, Callable[[CallLowering, Call], Expr]]
_INFERENCE: _Changes = {"relax.nn.batch_norm": _batch_norm, "relax.tensor_to_shape": _tensor_to_shape}
_TRAINING: _Changes = {"relax.nn.batch_norm": _training_batch_norm, "relax.nn.layer_norm": _layer_norm}


def _attrs(call: Call) -> Any:
    return call.attrs


def _tensor(expr: Expr) -> TensorType:
    found = type_of(expr)
    if not isinstance(found, TensorType) or found.ndim < 0:
        raise fail(codes.UNRESOLVED_TYPE, "the rank of the data is not known", expr.span)
    return found


def _scalar(value: float, like: Expr) -> Constant:
    dtype = _tensor(like).dtype
    return _typed(Constant(np.asarray(value, dtypes.to_numpy(str(dtype)))))


def _typed(expr: Any) -> Any:
    type_of(expr)
    return expr
