"""Rules of normalisations, softmax and what else works along the channels."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    check_floats,
    of_rank,
)
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.prim import NE, FloorMod
from tensor_core.shapes import Shape, as_expr


def _softmax(given: Arguments) -> Type:
    data = given.tensor(0)
    if data.ndim >= 0:
        check_floats(given, data)
        rules.axis(given.attrs["axis"], data.ndim, 0)
    return data


def _certain(given: Arguments, types: Sequence[TensorType], axes: Sequence[int]) -> bool:
    """Whether all parameters provably have the sizes of the axes; Reject when one provably has not."""
    data = types[0]
    places = rules.axes(tuple(axes), data.ndim) if data.ndim >= 0 else ()
    check_floats(given, data)
    for n, item in enumerate(types[1:], 1):
        if item.dtype != data.dtype:
            raise Reject(f"element types differ: {data.dtype} and {item.dtype}", n)
        if item.ndim != len(axes):
            raise Reject(f"expected {len(axes)} dimensions, got {item}", n)
    lengths: list[Shape] = [] if data.dims is None else [tuple(data.dims[n] for n in places)]
    lengths += [item.dims for item in types[1:] if item.dims is not None]
    for other in lengths[1:]:
        for mine, theirs in zip(lengths[0], other, strict=True):
            if terms.differ(mine, theirs):
                raise Reject(f"sizes {rules.show(lengths[0])} and {rules.show(other)} differ")
            if not terms.equal(mine, theirs):
                return False
    return True


def _layer_norm(given: Arguments) -> Type:
    types = [given.tensor(n) for n in range(len(given))]
    certain = _certain(given, types, rules.many(given.attrs["axes"]))
    return types[0] if certain else of_rank(types[0], types[0].ndim)


def _batch_norm(given: Arguments) -> Type:
    types = [given.tensor(n) for n in range(5)]
    if _certain(given, types, (given.attrs["axis"],)):
        return TupleType((types[0], types[3], types[4]))
    return TupleType((of_rank(types[0], types[0].ndim), of_rank(types[0], 1), of_rank(types[0], 1)))


def _channel_norm(given: Arguments) -> Type:
    types = [given.tensor(n) for n in range(3)]
    data, groups = types[0], given.attrs.get("num_groups")
    channel: int | None = None
    if data.ndim >= 0:
        channel = rules.axis(given.attrs["channel_axis"], data.ndim, 0)
        if channel in rules.axes(rules.many(given.attrs["axes"]), data.ndim):
            raise Reject("the channels are among the axes that are normalised")
    if groups is not None:
        check_floats(given, data)
        if data.dims is not None and channel is not None:
            rest = FloorMod(as_expr(data.dims[channel]), as_expr(groups))
            if terms.proven(NE(rest, as_expr(0))):
                raise Reject(f"the channels cannot be divided into {groups} groups", 0)
    for n, item in enumerate(types[1:], 1):
        if item.dtype != data.dtype:
            raise Reject(f"element types differ: {data.dtype} and {item.dtype}", n)
        if item.ndim != 1:
            raise Reject(f"expected a vector, got {item}", n)
        own = data.dims[channel] if channel is not None and data.dims is not None else None
        if own is not None and item.dims is not None and terms.differ(own, item.dims[0]):
            raise Reject("expected a number for each channel", n)
    return data


def _dropout(given: Arguments) -> Type:
    return TupleType((given.tensor(0),) * 2)


def _prelu(given: Arguments) -> Type:
    data = given.tensor(0)
    given.tensor(1)
    if data.ndim >= 0:
        check_floats(given, data)
        rules.axis(given.attrs["axis"], data.ndim, 0)
    return data


RULES: dict[str, Rule] = {
    "relax.nn.softmax": _softmax,
    "relax.nn.log_softmax": _softmax,
    "relax.nn.layer_norm": _layer_norm,
    "relax.nn.rms_norm": _layer_norm,
    "relax.nn.batch_norm": _batch_norm,
    "relax.nn.group_norm": _channel_norm,
    "relax.nn.instance_norm": _channel_norm,
    "relax.nn.dropout": _dropout,
    "relax.nn.prelu": _prelu,
}
