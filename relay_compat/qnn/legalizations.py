"""What TVM 0.19 makes of quantized operators before it lowers them: the values of FTVMQnnLegalize.

Functions of one element become tables of 256 numbers. Products get operands of the types that the current target
multiplies fast; without a target they stay. TVM's padding of channels for Hexagon is not among them: calls for that
target stay as they are, which computes the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.op_attributes import declare
from relay_compat.passes.building import as_tensor, scalar
from relay_compat.qnn.canonical.rescaling import is_number
from relay_compat.target import Target
from relay_compat.target_features import has_asimd, has_dotprod, has_sse
from tensor_core.reference import NumpyFragment

KEY = "FTVMQnnLegalize"
Array = np.ndarray[Any, Any]
Rule = Callable[[Any, Sequence[Expr], Sequence[Any]], Expr | None]


def _hardswish(x: Array) -> Array:
    return x * np.clip(x + 3.0, 0.0, 6.0) / 6.0


def _erf(x: Array) -> Array:
    return np.asarray([math.erf(item) for item in x.tolist()], x.dtype)


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "qnn.abs": np.abs,
    "qnn.erf": _erf,
    "qnn.exp": np.exp,
    "qnn.hardswish": _hardswish,
    "qnn.log": np.log,
    "qnn.rsqrt": lambda x: 1 / np.sqrt(x),
    "qnn.sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "qnn.sqrt": np.sqrt,
    "qnn.tanh": np.tanh,
}


def _run(name: str, *args: Array, **params: Any) -> Array:
    return np.asarray(NumpyFragment().call(name, *args, **params))


def _by_table(function: Callable[[Array], Array]) -> Rule:
    """The bits of an element, read as a number without sign, are its place in the table."""

    def rule(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
        del attrs
        known = [arg.data for arg in args[1:] if isinstance(arg, Constant)]
        if len(known) < 4:
            return None
        dtype = as_tensor(types[0]).dtype
        places = np.arange(256, dtype="uint8").view(dtype)
        given = _run("qnn.dequantize", places, *known[:2], out_dtype="float32")
        with np.errstate(all="ignore"):
            found = np.asarray(function(given), "float32")
            table = _run("qnn.quantize", found, *known[2:], out_dtype=dtype)
        index = call("reinterpret", args[0], dtype="uint8")
        return call("take", Constant(table), index, axis=0, mode="fast")

    return rule


def _shifted(value: Expr, zero: Expr, kind: Any, axis: int) -> Expr:
    """The value in int16 less its zero point, a number or a vector along the axis."""
    wide, shift = call("cast", value, dtype="int16"), call("cast", zero, dtype="int16")
    if not as_tensor(kind).shape:
        return call("subtract", wide, shift)
    return call("nn.bias_add", wide, call("negative", shift), axis=axis)


def _conv2d_transpose(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """For every target: int16 operands, whose zero points are subtracted first."""
    data, weight = (_shifted(args[n], args[n + 2], types[n + 2], 1) for n in (0, 1))
    return call("nn.conv2d_transpose", data, weight, **attrs)


def _plain(attrs: Any, args: Sequence[Expr], types: Sequence[Any], operator: str) -> Expr:
    """The plain operator on int16 operands, for CPUs without fast products of bytes."""
    axis = attrs.kernel_layout.index("O") if operator == "nn.conv2d" else 0
    data = _shifted(args[0], args[2], types[2], 1)
    return call(operator, data, _shifted(args[1], args[3], types[3], axis), **attrs)


def _retyped(attrs: Any, args: Sequence[Expr], types: Sequence[Any], operator: str, *wanted: str) -> Expr | None:
    """The same operator on operands of the wanted types; None where they have them."""
    dtypes = [as_tensor(types[n]).dtype for n in (0, 1)]
    if dtypes == list(wanted):
        return None
    new = list(args)
    for n, dtype in enumerate(wanted):
        if dtypes[n] != dtype:
            new[n], new[n + 2] = _moved(args[n], args[n + 2], 128 if dtype == "uint8" else -128, dtype)
    return call(operator, *new, **attrs)


def _moved(value: Expr, zero: Expr, shift: int, dtype: str) -> tuple[Expr, Expr]:
    """Bytes and their zero point, both moved by 128, so that they stand for the same."""
    wide = call("add", call("cast", value, dtype="int32"), scalar(shift, "int32"))
    if isinstance(zero, Constant) and is_number(zero):
        new: Expr = scalar(int(zero.data.item()) + shift, "int32")
    else:
        new = call("add", zero, scalar(shift, "int32"))
    return call("cast", wide, dtype=dtype), new


def _product(name: str) -> Rule:
    """qnn.NAME as the current target prefers it (``_FOR``)."""

    def rule(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
        target = Target.current()
        key = next((key for key in target.keys if key in _FOR), None) if target else None
        return _FOR[key](target, name, attrs, args, types) if target and key else None

    return rule


def _for_arm(target: Target, name: str, attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
    bytes_are_fast = has_dotprod(target) or (name == "conv2d" and _is_dense_nhwc(attrs, types))
    if has_asimd(target) and not bytes_are_fast:
        return _plain(attrs, args, types, f"nn.{name}")
    return _same_types(name, attrs, args, types)


def _is_dense_nhwc(attrs: Any, types: Sequence[Any]) -> bool:
    data, weight, groups = as_tensor(types[0]).shape, as_tensor(types[1]).shape, (attrs.groups,) * 2
    channels: Any = (data[attrs.data_layout.index("C")], weight[attrs.kernel_layout.index("O")])
    return attrs.data_layout == "NHWC" and channels != groups


def _same_types(name: str, attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
    weight = as_tensor(types[1]).dtype
    return _retyped(attrs, args, types, f"qnn.{name}", weight, weight)


def _for_x86(target: Target, name: str, attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
    if has_sse("sse4.2", target):
        return _retyped(attrs, args, types, f"qnn.{name}", "uint8", "int8")
    return _plain(attrs, args, types, f"nn.{name}")


def _for_gpu(target: Target, name: str, attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
    if target.kind.name == "vulkan":
        return _same_types(name, attrs, args, types)
    if target.kind.name in ("cuda", "rocm"):
        return _retyped(attrs, args, types, f"qnn.{name}", "int8", "int8")
    return None


def _stays(*call: Any) -> None:
    del call


_FOR: dict[str, Callable[..., Expr | None]] = {
    "hexagon": _stays,
    "arm_cpu": _for_arm,
    "cpu": _for_x86,
    "cuda": _for_gpu,
    "gpu": _for_gpu,
}
"""By a key of the target, the first of its keys that is here."""

_RULES: dict[str, Rule] = {
    **{name: _by_table(function) for name, function in _FUNCTIONS.items()},
    "qnn.conv2d": _product("conv2d"),
    "qnn.conv2d_transpose": _conv2d_transpose,
    "qnn.dense": _product("dense"),
}

declare(KEY, _RULES.get)
