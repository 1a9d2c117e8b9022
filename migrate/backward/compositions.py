"""Operators that only Relax has, written in those of Relay where the card's own expansion does not lead there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import relay_compat.ir.expr as relay
from relay_compat.fragment import RelayFragment
from tensor_core import shapes
from tensor_core.module import Expr
from tensor_core.ops import rules
from tensor_core.ops.card import Reject

Composition = Callable[..., Expr]


def _matmul(params: Any, f: RelayFragment, a: Expr, b: Expr) -> Expr:
    """One of Relay's three products: ``nn.dense`` of a turned matrix, ``nn.matmul`` of another, ``nn.batch_matmul`` of
    batches. Batches of several dimensions are one for as long as the product takes.
    """
    out, ranks = {"out_dtype": params.out_dtype}, (f.tensor_type(a).rank, f.tensor_type(b).rank)
    plain = {"transpose_a": False, "transpose_b": False, "units": None}
    match ranks:
        case _, 1:
            column = _matmul(params, f, a, f.call("expand_dims", b, axis=(1,)))
            return f.call("squeeze", column, axis=(max(ranks[0] - 1, 0),))
        case _, 2:
            weight = turned(b, (1, 0))
            if weight is not None:
                return f.call("nn.dense", a, weight, **{**plain, **out, "transpose_b": True})
            return f.call("nn.matmul", a, b, **plain, **out)
        case 3, 3:
            left, right = turned(a, (0, 2, 1)), turned(b, (0, 2, 1))
            flags = {"transpose_a": left is not None, "transpose_b": right is not None, "units": None}
            return f.call("nn.batch_matmul", left or a, right or b, **flags, **out)
        case 1, _:
            row = _matmul(params, f, f.call("expand_dims", a, axis=(0,)), b)
            return f.call("squeeze", row, axis=(ranks[1] - 2,))
        case _:
            return _in_batches(params, f, a, b)


def _in_batches(params: Any, f: RelayFragment, a: Expr, b: Expr) -> Expr:
    one, two = f.tensor_type(a).shape, f.tensor_type(b).shape
    if not shapes.is_static(one) or not shapes.is_static(two):
        raise Reject("Relay multiplies batches of one dimension, and the sizes of these are not known")
    batch = rules.broadcast_shape(one[:-2], two[:-2])
    size = math.prod(map(int, shapes.static(batch)))

    def flat(value: Expr, shape: Sequence[Any]) -> Expr:
        whole = (*batch, *shape[-2:])
        value = value if tuple(shape) == whole else f.call("broadcast_to", value, shape=whole)
        return f.call("reshape", value, shape=(size, *shape[-2:]))

    product = _matmul(params, f, flat(a, one), flat(b, two))
    return f.call("reshape", product, shape=(*batch, one[-2], two[-1]))


def turned(value: Expr, axes: tuple[int, ...]) -> Expr | None:
    """What a transposition by these axes turned; None for anything else, and for other axes."""
    if not isinstance(value, relay.Call) or not isinstance(value.op, relay.Op) or value.op.name != "transpose":
        return None
    attrs: Mapping[str, Any] = value.attrs or {}
    found = tuple(int(axis) % len(axes) for axis in attrs["axes"] or tuple(reversed(range(len(axes)))))
    return value.args[0] if found == axes else None


def _position(card: str) -> Composition:
    """Relay gives positions as int32, Relax as int64."""

    def said(params: Any, f: RelayFragment, data: Expr) -> Expr:
        if params.dtype == "int32":
            raise Reject("these positions are those of Relay already")
        given = {name: getattr(params, name) for name in params.__dataclass_fields__}
        return f.call("cast", f.call(card, data, **{**given, "dtype": "int32"}), dtype=params.dtype)

    return said


COMPOSITIONS: Mapping[str, Composition] = {
    "argmax": _position("argmax"),
    "argmin": _position("argmin"),
    "matmul": _matmul,
}
"""By the name of the card: the Relay expression for its parameters, a fragment and its arguments."""
