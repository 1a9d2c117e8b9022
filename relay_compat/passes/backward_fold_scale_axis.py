"""BackwardFoldScaleAxis: factors along channels go into the weights of the convolution or dense before them (TVM 0.19).

First it is worked out, from operands to users, which values could be scaled at their origin; then each multiplication
sends its scale there. Values with several uses are left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.op.call import call
from relay_compat.passes.building import expand_to_axis, tensor_type
from relay_compat.passes.scale_axis import (
    CONVOLUTIONS,
    channel_scaling,
    out_layout,
    scale_along,
    scaled_weight,
    to_axes,
)
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter, reachable
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.scaling import Scaling, broadcasts_along
from tensor_core.trampoline import Steps, run
from tensor_core.types import same_type


def BackwardFoldScaleAxis() -> Pass:
    """The pass."""

    def fold(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        possible = _possible(function)
        return _Folder(possible).rewrite(function) if possible else function

    info = PassInfo(3, "BackwardFoldScaleAxis", ("InferType",), contract=Contract.REASSOCIATING)
    return FunctionPass(info, fold)


# ---------------------------------------------------------------- which values can be scaled at their origin

Prepare = Callable[[Call, "Sequence[Scaling | None]"], "Scaling | None"]


def _possible(root: Function) -> dict[Node, Scaling]:
    nodes = reachable(root)
    uses: Counter[Node] = Counter({root: 1})
    for item in nodes:
        uses.update(item.iter_children())
    possible: dict[Node, Scaling] = {}
    for item in nodes:
        prepare = _PREPARE.get(item.op.name) if isinstance(item, Call) and isinstance(item.op, Op) else None
        if prepare is not None and isinstance(item, Call) and uses[item] == 1:
            found = prepare(item, [possible.get(arg) for arg in item.args])
            if found is not None:
                possible[item] = found
    return possible


def _through_relu(_: Call, args: Sequence[Scaling | None]) -> Scaling | None:
    return None if args[0] is None else Scaling(args[0].axes, True)


def _through_add(found: Call, args: Sequence[Scaling | None]) -> Scaling | None:
    (left, right), (left_type, right_type) = args, map(tensor_type, found.args)
    if left is not None and broadcasts_along(left_type.shape, right_type.shape, left.axes):
        return left
    if right is not None and broadcasts_along(right_type.shape, left_type.shape, right.axes):
        return right
    both = left is not None and right is not None and left.axes == right.axes
    return left if both and same_type(left_type, right_type) else None


def _through_bias(found: Call, args: Sequence[Scaling | None]) -> Scaling | None:
    assert found.attrs is not None
    return args[0] if args[0] is not None and args[0].axes == (int(found.attrs.axis),) else None


def _of_convolution(found: Call, _: Sequence[Scaling | None]) -> Scaling | None:
    return channel_scaling(found, out_layout(found))


def _of_dense(_: Call, __: Sequence[Scaling | None]) -> Scaling | None:
    return Scaling((1,))


_PREPARE: dict[str, Prepare] = {
    "add": _through_add,
    "nn.bias_add": _through_bias,
    "nn.conv2d": _of_convolution,
    "nn.conv3d": _of_convolution,
    "nn.dense": _of_dense,
    "nn.leaky_relu": _through_relu,
    "nn.relu": _through_relu,
    "subtract": _through_add,
}


# ---------------------------------------------------------------- sending scales there


class _Folder(Rewriter):
    def __init__(self, possible: dict[Node, Scaling]) -> None:
        super().__init__()
        self._possible = possible

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Call) and isinstance(old.op, Op) and old.op.name == "multiply":
            return run(self._multiply(old)) or new
        return new

    def _multiply(self, old: Call) -> Steps[Expr | None]:
        for place in (0, 1):
            value, factor = old.args[place], old.args[1 - place]
            scaling = self._possible.get(value)
            if scaling is not None and scaling.axes:
                scale = scale_along(tensor_type(value), factor, tensor_type(factor), scaling)
                return None if scale is None else (yield self._scaled(value, scaling.axes, scale))
        return None

    def _scaled(self, expr: Expr, axes: tuple[int, ...], scale: Expr) -> Steps[Expr | None]:
        """The value multiplied at its origin; None where the scale has no shape there."""
        assert isinstance(expr, Call)
        assert isinstance(expr.op, Op)
        name = expr.op.name
        if name in CONVOLUTIONS or name == "nn.dense":
            return self._at_origin(expr, scale)
        if name in ("add", "subtract"):
            return (yield self._sum(expr, axes, scale))
        data = yield self._scaled(expr.args[0], axes, scale)
        if data is None:
            return None
        rest = [call("multiply", self._plain(arg), scale) for arg in expr.args[1:]]
        return Call(expr.op, (data, *rest), expr.attrs, expr.type_args)

    def _at_origin(self, expr: Call, scale: Expr) -> Expr | None:
        data, weight = map(self._plain, expr.args)
        if isinstance(expr.op, Op) and expr.op.name == "nn.dense":
            scaled: Expr | None = call("multiply", weight, expand_to_axis(scale, 2, 0))
        else:
            scaled = scaled_weight(expr, weight, scale, "O")
        return None if scaled is None else Call(expr.op, (data, scaled), expr.attrs, expr.type_args)

    def _sum(self, expr: Call, axes: tuple[int, ...], scale: Expr) -> Steps[Expr | None]:
        parts: list[Expr] = []
        for place in (0, 1):
            arg = expr.args[place]
            if arg in self._possible:
                part = yield self._scaled(arg, axes, scale)
            else:
                factor = to_axes(scale, tensor_type(expr.args[1 - place]).shape, axes)
                part = None if factor is None else call("multiply", self._plain(arg), factor)
            if part is None:
                return None
            parts.append(part)
        return Call(expr.op, tuple(parts), expr.attrs, expr.type_args)

    def _plain(self, expr: Expr) -> Expr:
        new = self.done[expr]
        assert isinstance(new, Expr)
        return new
