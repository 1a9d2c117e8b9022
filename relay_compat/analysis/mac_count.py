"""How many multiply-accumulate steps a network takes (relay.analysis.get_total_mac_number in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from relay_compat.ir.expr import Call, Expr, Op
from relay_compat.visit import reachable
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.types import TensorType, Type

__all__ = ["get_total_mac_number"]


def get_total_mac_number(expr: Expr) -> int:
    """The steps of ``nn.conv2d``, ``nn.conv2d_transpose``, ``nn.dense`` and ``nn.batch_matmul``; others do not count.

    R2R0205 for a program that is not typed, or whose dimensions are not known.
    """
    calls = [node for node in reachable(expr) if isinstance(node, Call) and isinstance(node.op, Op)]
    return sum(_COUNTS[call.op.name](call) for call in calls if isinstance(call.op, Op) and call.op.name in _COUNTS)


def _shape(expr: Expr) -> tuple[int, ...]:
    type_: Type | None = getattr(expr, "checked", None)
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        message = "steps are counted of typed programs with known dimensions"
        raise fail(codes.ILL_FORMED, message, getattr(expr, "span", None), "run InferType first")
    return shapes.static(type_.shape)


def _conv(call: Call) -> int:
    assert call.attrs is not None
    layout = "".join(letter for letter in call.attrs["data_layout"] if letter.isalpha())
    data = _shape(call.args[0])
    channels = data[layout.index("C")] * (data[layout.index("c")] if "c" in layout else 1)
    return prod(_shape(call)) * prod(call.attrs["kernel_size"]) * (channels // call.attrs["groups"])


def _dense(call: Call) -> int:
    return prod(_shape(call.args[0])) * _shape(call.args[1])[0]


def _batch_matmul(call: Call) -> int:
    return prod(_shape(call.args[0])) * _shape(call.args[1])[1]


_COUNTS: dict[str, Callable[[Call], int]] = {
    "nn.batch_matmul": _batch_matmul,
    "nn.conv2d": _conv,
    "nn.conv2d_transpose": _conv,
    "nn.dense": _dense,
}
