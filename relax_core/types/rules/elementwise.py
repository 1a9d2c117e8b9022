"""Rules of operators that work element by element: of one tensor, of two that broadcast, and of three."""

from __future__ import annotations

from functools import partial

from relax_core.ir.expr import PrimValue
from relax_core.ir.types import PrimType, TensorType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    any_device,
    arithmetic_dtype,
    broadcast,
    check_floats,
    like,
    made,
    one_device,
    values,
)
from tensor_core.ops.card import Reject
from tensor_core.releases import older
from tensor_core.shapes import Shape

_SAME = (
    "abs", "ceil", "floor", "negative", "round", "sign", "square", "trunc", "nn.relu", "bitwise_not", "logical_not",
)  # fmt: skip
_FLOATS = (
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "erf", "exp", "log", "rsqrt", "sigmoid", "sin",
    "sinh", "sqrt", "tan", "tanh", "nn.gelu", "nn.gelu_tanh", "nn.selu", "nn.silu", "nn.leakyrelu", "nn.softplus",
)  # fmt: skip
_TESTS = ("isnan", "isinf", "isfinite")
_ARITHMETIC = (
    "add", "subtract", "multiply", "divide", "floor_divide", "floor_mod", "mod", "power", "maximum", "minimum",
    "atan2", "log_add_exp", "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "logical_and",
    "logical_or", "logical_xor",
)  # fmt: skip
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


def _unary(floats: bool, dtype: str, given: Arguments) -> Type:
    source = given.tensor(0)
    if floats:
        check_floats(given, source)
    return like(source, dtype or source.dtype)


def _clip(given: Arguments) -> Type:
    for place in (1, 2):
        if not isinstance(given.types[place], PrimType):
            raise Reject(f"expected a scalar, got {given.types[place]}", place)
    return given.types[0]


def _operand(given: Arguments, place: int) -> tuple[TensorType, Shape | None, int]:
    """The type of an operand, its dimensions and its rank; a scalar is a tensor of one element."""
    found = given.types[place]
    if isinstance(found, PrimType):
        return made((), found.dtype), (1,), 1
    source = given.tensor(place)
    return source, values(source), source.ndim


def _binary(dtype: str, given: Arguments) -> Type:
    left, left_dims, left_rank = _operand(given, 0)
    right, right_dims, right_rank = _operand(given, 1)
    out = dtype or arithmetic_dtype(left, right, given.release)
    if isinstance(given.types[0], PrimType) and isinstance(given.types[1], PrimType):
        return PrimType(out)
    device = one_device(left, right)
    ndim = -1 if left_rank < 0 or right_rank < 0 else max(left_rank, right_rank)
    if left_dims is not None and right_dims is not None:
        result = broadcast(left_dims, right_dims)
        if result is not None:
            return made(result, out, device)
    if left.shape is not None and left.shape is right.shape:
        return TensorType(left.shape, out, device)
    return made(None, out, device, ndim)


def _where(given: Arguments) -> Type:
    types = [given.tensor(n) for n in range(3)]
    device = any_device(types)
    condition, left, right = types
    unknown = not condition.dtype and not older(given.release, "0.26")
    if condition.dtype != "bool" and not unknown:
        raise Reject(f"the condition must be of bools, got {condition.dtype}", 0)
    dtype = arithmetic_dtype(left, right, given.release)
    ndim = -1 if any(item.ndim < 0 for item in types) else max(item.ndim for item in types)
    if condition.dims is not None and left.dims is not None and right.dims is not None:
        inner = broadcast(left.dims, right.dims, 2)
        result = None if inner is None else broadcast(condition.dims, inner)
        return made(result, dtype, device, ndim)
    if condition.shape is not None and condition.shape is left.shape and condition.shape is right.shape:
        return TensorType(condition.shape, dtype, device)
    return made(None, dtype, device, ndim)


def _fma(given: Arguments) -> Type:
    types = [given.tensor(n) for n in range(3)]
    first = types[0]
    ranks = {item.ndim for item in types if item.ndim >= 0}
    if len(ranks) > 1:
        raise Reject("the arguments have different numbers of dimensions")
    ndim = next(iter(ranks), -1)
    if any(not item.dtype for item in types):
        dtype = ""
    elif len({item.dtype for item in types}) > 1:
        raise Reject("the arguments have different element types")
    else:
        dtype = first.dtype
    device = any_device(types)
    known = [item.dims for item in types]
    if known[0] is not None and known[1] is not None and known[2] is not None:
        for other in known[1:]:
            if other is None or not all(map(terms.equal, known[0], other)):
                raise Reject("the arguments have different shapes")
        return made(known[0], dtype, device)
    if first.shape is not None and all(item.shape is first.shape for item in types):
        return TensorType(first.shape, dtype, device)
    return made(None, dtype, device, ndim)


def _astype(given: Arguments) -> Type:
    return like(given.tensor(0), given.dtype("dtype"))


def _is_number(given: Arguments, place: int) -> bool:
    return isinstance(given.types[place], PrimType) or isinstance(given.expr(place), PrimValue)


def _triangle(given: Arguments) -> Type:
    source = given.tensor(0)
    if not _is_number(given, 1):
        raise Reject(f"expected a scalar, got {given.types[1]}", 1)
    if 0 <= source.ndim < 2:
        raise Reject("expected at least two dimensions", 0)
    return source


RULES: dict[str, Rule] = {
    **{f"relax.{name}": partial(_unary, False, "") for name in _SAME},
    **{f"relax.{name}": partial(_unary, True, "") for name in _FLOATS},
    **{f"relax.{name}": partial(_unary, False, "bool") for name in _TESTS},
    **{f"relax.{name}": partial(_binary, "") for name in _ARITHMETIC},
    **{f"relax.{name}": partial(_binary, "bool") for name in _COMPARISONS},
    "relax.clip": _clip,
    "relax.where": _where,
    "relax.ewise_fma": _fma,
    "relax.astype": _astype,
    "relax.tril": _triangle,
    "relax.triu": _triangle,
}
