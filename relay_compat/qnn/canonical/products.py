"""qnn.dense and qnn.batch_matmul in plain operators (QNN of TVM 0.19).

The product of (x - a) by (y - b) is that of the integers themselves, less b times the sums of x, less a times those of
y, plus a times b as often as there are factors; terms whose zero point is 0 are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.passes.building import as_tensor, expand_to_axis, scalar
from relay_compat.qnn.canonical.rescaling import cast, is_number
from tensor_core import codes
from tensor_core.diagnostics import fail


def known(*values: Expr) -> tuple[int, ...] | None:
    """The numbers behind constant scalars, None when one of them is another value."""
    found = [int(value.data.item()) for value in values if isinstance(value, Constant) and is_number(value)]
    return tuple(found) if len(found) == len(values) else None


def wrapped(number: int) -> int:
    """As int32, which wraps."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def combined(terms: Sequence[Expr], zeros: tuple[int, ...] | None) -> Expr:
    """The four terms, without those of zero points that are known to be 0."""
    first, second, third, fourth = terms
    if zeros is not None and not all(zeros):
        if not any(zeros):
            return first
        return call("subtract", first, third if zeros[0] else second)
    return call("add", call("subtract", first, second), call("subtract", fourth, third))


def extent(dim: Any) -> int:
    """A dimension that must be known. DiagnosticError R2R0602 for another."""
    if not isinstance(dim, int):
        raise fail(
            codes.EXECUTION_FAILED,
            f"a dimension of quantized operands is {dim}",
            hint="TVM 0.19 canonicalizes products of static shapes only",
        )
    return dim


def _last(zeros: tuple[int, ...] | None, first: Expr, second: Expr, count: int) -> Expr:
    if zeros is None:
        return call("multiply", call("multiply", first, second), scalar(count, "int32"))
    return scalar(wrapped(zeros[0] * zeros[1] * count), "int32")


def dense(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.dense; the zero point of the weight may be a vector, one for each unit."""
    data, weight, data_zero, weight_zero = args[:4]
    zeros = known(data_zero, weight_zero)
    if attrs.out_dtype != "int32" and zeros != (0, 0):
        return _subtracted_first(attrs, args, len(as_tensor(types[3]).shape))
    count, units = extent(as_tensor(types[0]).shape[1]), extent(as_tensor(types[1]).shape[0])
    first = call("nn.dense", data, weight, units=attrs.units, out_dtype=attrs.out_dtype)
    sums = call("sum", cast(data, "int32"), axis=(1,), keepdims=True)
    if not is_number(weight_zero):
        sums = call("repeat", sums, repeats=units, axis=1)
    second = call("multiply", weight_zero, sums)
    third = call("multiply", data_zero, call("sum", cast(weight, "int32"), axis=(1,)))
    return combined((first, second, third, _last(zeros, data_zero, weight_zero, count)), zeros)


def _subtracted_first(attrs: Any, args: Sequence[Expr], vectors: int) -> Expr:
    """For results of other types than int32, in which TVM's terms would not be of one type."""
    dtype = attrs.out_dtype
    zeros = [cast(args[2], dtype), cast(args[3], dtype)]
    if vectors:
        zeros[1] = expand_to_axis(zeros[1], 2, 0)
    operands = (call("subtract", cast(value, dtype), zero) for value, zero in zip(args[:2], zeros, strict=True))
    return call("nn.dense", *operands, **attrs)


def batch_matmul(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.batch_matmul with its second operand transposed, the only one that TVM 0.19 knows. R2R0602 for other
    operands, and for zero points that are vectors.
    """
    if attrs.transpose_a or not attrs.transpose_b:
        raise fail(
            codes.EXECUTION_FAILED,
            "qnn.batch_matmul of operands that are transposed otherwise",
            hint="TVM 0.19 canonicalizes transpose_a=False, transpose_b=True only",
        )
    x, y, x_zero, y_zero = args[:4]
    if as_tensor(types[2]).shape or as_tensor(types[3]).shape:
        raise fail(codes.EXECUTION_FAILED, "qnn.batch_matmul of zero points that are vectors")
    count, columns = extent(as_tensor(types[0]).shape[2]), extent(as_tensor(types[1]).shape[1])
    first = call("nn.batch_matmul", x, y, out_dtype=attrs.out_dtype, transpose_a=False, transpose_b=True)
    second = call("multiply", y_zero, call("sum", cast(x, "int32"), axis=(2,), keepdims=True))
    sums = call("multiply", x_zero, call("sum", cast(y, "int32"), axis=(2,), keepdims=True))
    third = call("reshape", sums, newshape=(0, 1, columns))
    zeros = known(x_zero, y_zero)
    return combined((first, second, third, _last(zeros, x_zero, y_zero, count)), zeros)
