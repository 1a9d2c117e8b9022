"""ForwardFoldScaleAxis: factors along channels go into the weights of the convolution or dense that follows (TVM 0.19).

First it is worked out, from users to operands, which scales would find a taker; then multiplications hand theirs on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.ir.temporary import TempExpr
from relay_compat.op.call import call
from relay_compat.passes.building import tensor_type
from relay_compat.passes.forward_rewrite import Rule, forward_rewrite
from relay_compat.passes.scale_axis import (
    channel_scaling,
    intersect,
    is_depthwise,
    scale_along,
    scaled_weight,
    to_axes,
)
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node, node
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.scaling import Scaling, broadcasts_along


def ForwardFoldScaleAxis() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        wanted = _wanted(function)
        if not any(wanted.values()):
            return function
        return forward_rewrite(function, lambda found: _rule(found, wanted))

    info = PassInfo(3, "ForwardFoldScaleAxis", ("InferType",), contract=Contract.REASSOCIATING)
    return FunctionPass(info, run)


@node
class _Scaled(TempExpr):
    """A value that is still to be scaled along axes."""

    value: Expr
    axes: tuple[int, ...]
    scale: Expr

    def realize(self) -> Expr:
        raise fail(codes.ILL_FORMED, "a scale was handed on and nobody took it")


# ---------------------------------------------------------------- which scales are wanted

Prepare = Callable[[Call, "Scaling | None"], "tuple[Scaling | None, ...]"]


def _wanted(root: Function) -> dict[Node, Scaling | None]:
    """For every value, the scale that all its users would take off it."""
    wanted: dict[Node, Scaling | None] = {}

    def ask(operand: Node, scaling: Scaling | None) -> None:
        wanted[operand] = intersect(wanted[operand], scaling) if operand in wanted else scaling

    ask(root, None)
    for item in reversed(reachable(root)):
        prepare = _PREPARE.get(item.op.name) if isinstance(item, Call) and isinstance(item.op, Op) else None
        if prepare is None or not isinstance(item, Call):
            for operand in item.iter_children():
                ask(operand, None)
        else:
            for operand, scaling in zip(item.args, prepare(item, wanted.get(item)), strict=True):
                ask(operand, scaling)
    return wanted


def _through_relu(_: Call, wanted: Scaling | None) -> tuple[Scaling | None, ...]:
    return (None if wanted is None else Scaling(wanted.axes, True),)


def _through_add(found: Call, wanted: Scaling | None) -> tuple[Scaling | None, ...]:
    left, right = map(tensor_type, found.args)
    if wanted is not None and broadcasts_along(left.shape, right.shape, wanted.axes):
        return wanted, None
    if wanted is not None and broadcasts_along(right.shape, left.shape, wanted.axes):
        return None, wanted
    return None, None


def _into_convolution(found: Call, _: Scaling | None) -> tuple[Scaling | None, ...]:
    assert found.attrs is not None
    return channel_scaling(found, found.attrs.data_layout), None


def _into_dense(_: Call, __: Scaling | None) -> tuple[Scaling | None, ...]:
    return Scaling((1,)), None


_PREPARE: dict[str, Prepare] = {
    "add": _through_add,
    "nn.conv2d": _into_convolution,
    "nn.conv3d": _into_convolution,
    "nn.dense": _into_dense,
    "nn.leaky_relu": _through_relu,
    "nn.relu": _through_relu,
    "subtract": _through_add,
}


# ---------------------------------------------------------------- handing scales on


def _rule(found: Call, wanted: dict[Node, Scaling | None]) -> Rule | None:
    if not isinstance(found.op, Op):
        return None
    if found.op.name == "multiply":
        return lambda old, args: _multiply(old, args, wanted.get(old))
    return _RULES.get(found.op.name)


def _multiply(old: Call, args: Sequence[Expr], wanted: Scaling | None) -> Expr | None:
    if wanted is None or not wanted.axes:
        return None
    (left, right), (left_type, right_type) = args, map(tensor_type, old.args)
    scale = scale_along(left_type, right, right_type, wanted)
    if scale is not None:
        return _Scaled(left, wanted.axes, scale)
    scale = scale_along(right_type, left, left_type, wanted)
    return None if scale is None else _Scaled(right, wanted.axes, scale)


def _relu(old: Call, args: Sequence[Expr]) -> Expr | None:
    (data,) = args
    if not isinstance(data, _Scaled):
        return None
    return _Scaled(Call(old.op, (data.value,), old.attrs, old.type_args), data.axes, data.scale)


def _add(old: Call, args: Sequence[Expr]) -> Expr | None:
    for place in (0, 1):
        scaled, other = args[place], args[1 - place]
        if isinstance(scaled, _Scaled):
            factor = to_axes(scaled.scale, tensor_type(old.args[place]).shape, scaled.axes)
            if factor is None:
                return None
            parts = (scaled.value, call("divide", other, factor))
            value = Call(old.op, parts if place == 0 else parts[::-1], old.attrs, old.type_args)
            return _Scaled(value, scaled.axes, scaled.scale)
    return None


def _convolution(old: Call, args: Sequence[Expr]) -> Expr | None:
    data, weight = args
    if not isinstance(data, _Scaled) or isinstance(weight, _Scaled):
        return None
    weight = scaled_weight(old, weight, data.scale, "O" if is_depthwise(old) else "I")
    return None if weight is None else Call(old.op, (data.value, weight), old.attrs, old.type_args)


def _dense(old: Call, args: Sequence[Expr]) -> Expr | None:
    data, weight = args
    if not isinstance(data, _Scaled) or isinstance(weight, _Scaled):
        return None
    return Call(old.op, (data.value, call("multiply", weight, data.scale)), old.attrs, old.type_args)


_RULES: dict[str, Rule] = {
    "add": _add,
    "nn.conv2d": _convolution,
    "nn.conv3d": _convolution,
    "nn.dense": _dense,
    "nn.leaky_relu": _relu,
    "nn.relu": _relu,
    "subtract": _add,
}
