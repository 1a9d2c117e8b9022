"""SimplifyInference: normalisations become arithmetic, dropout its input (TVM 0.19).

Of ``nn.batch_norm`` and ``nn.dropout`` it is the first result that is replaced, where it is taken; uses of the others
keep the call.
"""

from __future__ import annotations

import numpy as np

from relay_compat.ir.expr import Call, Expr, Function, TupleGetItem
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter, expand_to_axis, is_call_of, scalar, tensor_type
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.shapes import is_static, static


def SimplifyInference() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Simplifier().rewrite(function)

    return FunctionPass(PassInfo(0, "SimplifyInference", ("InferType",), contract=Contract.REASSOCIATING), run)


class _Simplifier(CallRewriter):
    def __init__(self) -> None:
        super().__init__({
            "nn.layer_norm": _layer_norm, "nn.group_norm": _group_norm, "nn.instance_norm": _instance_norm,
            "nn.l2_normalize": _l2_normalize,
        })  # fmt: skip

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, TupleGetItem) and isinstance(new, TupleGetItem) and new.index == 0:
            before, after = old.tuple_value, new.tuple_value
            if is_call_of(before, "nn.batch_norm", "nn.dropout"):
                assert isinstance(before, Call)
                assert isinstance(after, Call)
                return _batch_norm(before, after) if is_call_of(before, "nn.batch_norm") else after.args[0]
        return super().leave(old, new)


def _parts(old: Call, new: Call) -> tuple[TensorType, Attrs, int]:
    """The type of the data, the attributes, and the axis counted from the front."""
    assert new.attrs is not None
    type_ = tensor_type(old.args[0])
    return type_, new.attrs, int(new.attrs.axis) % type_.rank


def _batch_norm(old: Call, new: Call) -> Expr:
    type_, attrs, axis = _parts(old, new)
    data, gamma, beta, mean, variance = new.args
    deviation = call("sqrt", call("add", variance, _epsilon(attrs.epsilon, type_.dtype)))
    scale: Expr = call("divide", scalar(1, type_.dtype), deviation)
    if attrs.scale:
        scale = call("multiply", scale, gamma)
    shift: Expr = call("multiply", call("negative", mean), scale)
    if attrs.center:
        shift = call("add", shift, beta)
    scale, shift = expand_to_axis(scale, type_.rank, axis), expand_to_axis(shift, type_.rank, axis)
    return call("add", call("multiply", data, scale), shift)


def _layer_norm(old: Call, new: Call) -> Expr:
    type_, attrs, axis = _parts(old, new)
    return _scaled(_standardized(new.args[0], (int(attrs.axis),), attrs, type_.dtype), new, type_.rank, axis)


def _instance_norm(old: Call, new: Call) -> Expr:
    type_, attrs, axis = _parts(old, new)
    reduced = tuple(n for n in range(1, type_.rank) if n != axis)
    return _scaled(_standardized(new.args[0], reduced, attrs, type_.dtype), new, type_.rank, axis)


def _group_norm(old: Call, new: Call) -> Expr:
    type_, attrs, axis = _parts(old, new)
    if not is_static(type_.shape):
        return new
    shape, groups = static(type_.shape), int(attrs.num_groups)
    split = (*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
    data = call("reshape", new.args[0], newshape=split)
    grouped = _standardized(data, tuple(range(axis + 1, len(split))), attrs, type_.dtype)
    return _scaled(call("reshape", grouped, newshape=shape), new, type_.rank, axis)


def _l2_normalize(old: Call, new: Call) -> Expr:
    (data,) = new.args
    assert new.attrs is not None
    total = call("sum", call("multiply", data, data), axis=new.attrs.axis, keepdims=True)
    # TVM makes it a float32 whatever the data are, which gives a program without types.
    epsilon = _epsilon(new.attrs.eps, tensor_type(old.args[0]).dtype)
    return call("divide", data, call("sqrt", call("maximum", total, epsilon)))


def _standardized(data: Expr, axes: tuple[int, ...], attrs: Attrs, dtype: str) -> Expr:
    mean = call("mean", data, axis=axes, keepdims=True)
    variance = call("variance", data, mean, axis=axes, keepdims=True)
    deviation = call("sqrt", call("add", variance, _epsilon(attrs.epsilon, dtype)))
    return call("divide", call("subtract", data, mean), deviation)


def _scaled(data: Expr, norm: Call, rank: int, axis: int) -> Expr:
    assert norm.attrs is not None
    if norm.attrs.scale:
        data = call("multiply", data, expand_to_axis(norm.args[1], rank, axis))
    if norm.attrs.center:
        data = call("add", data, expand_to_axis(norm.args[2], rank, axis))
    return data


def _epsilon(value: float, dtype: str) -> Expr:
    # TVM rounds it to float32 for float64, too, which moves results by a thousand times their own rounding.
    return scalar(value if dtype == "float64" else np.float32(value), dtype)
