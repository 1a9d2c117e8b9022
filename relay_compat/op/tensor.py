"""Elementwise operators and those that make tensors (tvm.relay.op.tensor in TVM 0.19).

Unary and binary operators are derived from their cards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relay_compat.ir.expr import Call, Expr, Tuple
from relay_compat.op.call import call
from relay_compat.op.declare import apply, declared
from relay_compat.op.normal import known_list, listed
from relay_compat.op.wrappers import derived
from relay_compat.virtual_device import virtual_device
from tensor_core import codes
from tensor_core.diagnostics import fail

__getattr__ = derived("")


@declared("clip")
def clip(a: Expr, a_min: float, a_max: float) -> None:
    """Values limited to an interval."""


def zeros(shape: Any, dtype: str) -> Expr:
    """A tensor of zeros; a shape that is an expression, but no constant, makes a call of dyn.zeros."""
    return filled("zeros", shape, {"dtype": dtype})


def ones(shape: Any, dtype: str) -> Expr:
    """A tensor of ones; a shape that is an expression, but no constant, makes a call of dyn.ones."""
    return filled("ones", shape, {"dtype": dtype})


def filled(name: str, shape: Any, attrs: dict[str, Any], *operands: Expr) -> Expr:
    """A call of an operator whose shape is an attribute, or of its ``dyn.`` variant whose shape is an operand."""
    shape = listed(known_list(shape))
    if isinstance(shape, Expr):
        return call(f"dyn.{name}", *operands, shape, shape=None, **attrs)
    return call(name, *operands, shape=shape, **attrs)


def concatenate(data: Any, axis: Any) -> Expr:
    """Tensors joined along an axis. ``data``: expressions, a tuple, or a call whose result is one.

    ValueError without tensors and for an axis that is no int.
    """
    return _joined("concatenate", data if isinstance(data, Call) else list(data), axis)


def stack(data: Any, axis: Any) -> Expr:
    """Tensors joined along a new axis. ``data``: expressions, or an expression whose value is a tuple.

    ValueError without tensors and for an axis that is no int.
    """
    return _joined("stack", data if isinstance(data, Expr) else list(data), axis)


def _joined(name: str, data: Expr | list[Expr], axis: Any) -> Expr:
    if isinstance(data, list) and not data:
        raise fail(codes.TYPE_MISMATCH, f"relay.{name} requires data to be non-empty.")
    if not isinstance(axis, int):
        raise fail(codes.BAD_ATTRIBUTE, f"relay.{name}: For now, we only support integer axis")
    return call(name, data if isinstance(data, Expr) else Tuple(tuple(data)), axis=axis)


def einsum(data: Any, equation: Any) -> Expr:
    """A sum of products by the Einstein convention. ValueError without tensors and for an equation that is no text.
    Raised as R2R0202 and R2R0105.
    """
    operands = list(cast("Sequence[Expr]", data))
    if not operands:
        raise fail(codes.TYPE_MISMATCH, "relay.einsum requires data to be non-empty.")
    if not isinstance(equation, str):
        raise fail(codes.BAD_ATTRIBUTE, "einsum `equation` must be a str")
    return call("einsum", Tuple(tuple(operands)), equation=equation)


@declared("copy")
def copy(data: Expr) -> None:
    """A copy of a tensor."""


@declared("shape_of")
def shape_of(data: Expr, dtype: str = "int32") -> None:
    """The shape as a tensor."""


@declared("ndarray_size")
def ndarray_size(data: Expr, dtype: str = "int32") -> None:
    """The number of elements."""


def device_copy(data: Expr, src_device: Any, dst_device: Any) -> Expr:
    """The value on another device. Devices are given as devices or by name."""
    devices = {"src_virtual_device": virtual_device(src_device), "dst_virtual_device": virtual_device(dst_device)}
    return apply("device_copy", {"data": data, **devices})


__all__ = [
    "clip", "concatenate", "copy", "device_copy", "einsum", "filled", "ndarray_size", "ones", "shape_of", "stack",
    "zeros",
]  # fmt: skip
