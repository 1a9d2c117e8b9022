"""Calls that take sizes as parameters, said in Relay's operators that take them as tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

import relay_compat.ir.expr as relay
from relay_compat.fragment import RelayFragment
from tensor_core.attrs import Attrs
from tensor_core.module import Expr
from tensor_core.ops.card import Reject
from tensor_core.ops.elementwise.whole import AWAY
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.shapes import Dim
from tensor_core.spans import Span

_FAR = (1 << 31) - 1
"""A position behind every element."""


class Tells(Protocol):
    """Tells sizes as tensors."""

    def tensor(self, dims: Sequence[Dim], fragment: RelayFragment, span: Span | None = None) -> Expr:
        """Sizes as a vector of int64."""
        ...

    def scalar(self, dim: Dim, fragment: RelayFragment, span: Span | None = None) -> Expr:
        """A size as a scalar of int64."""
        ...


Form = Callable[[Any, Sequence[Expr], RelayFragment, Tells, "Span | None"], tuple[Expr, str]]


def _strided_slice(
    params: Any, args: Sequence[Expr], f: RelayFragment, sizes: Tells, span: Span | None
) -> tuple[Expr, str]:
    rank = f.tensor_type(args[0]).rank
    begin, end, strides = [0] * rank, [_FAR] * rank, [1] * rank
    wanted: tuple[tuple[list[Any], Sequence[Dim]], ...] = (
        (begin, params.begin), (end, params.end), (strides, params.strides),
    )  # fmt: skip
    for whole, own in wanted:
        for axis, value in zip(params.axes, own, strict=True):
            whole[axis] = value
    operands = (sizes.tensor(whole, f, span) for whole, _ in wanted)
    return f.call("dyn.strided_slice", args[0], *operands, slice_mode="end"), "dyn.strided_slice"


def _resize(params: Any, args: Sequence[Expr], f: RelayFragment, sizes: Tells, span: Span | None) -> tuple[Expr, str]:
    if params.method == "nearest_neighbor" and params.tie != AWAY and params.rounding_method == "round":
        raise Reject("Relay takes halves away from zero")
    said = {name: getattr(params, name) for name in _RESIZE}
    region = f.constant(np.asarray(params.roi, "float32"), "float32")
    made = f.call("dyn.image.resize2d", args[0], sizes.tensor(params.size, f, span), region, **said)
    return made, "dyn.image.resize2d"


_RESIZE = (
    "layout", "method", "coordinate_transformation_mode", "rounding_method", "cubic_alpha", "cubic_exclude",
    "extrapolation_value", "out_dtype",
)  # fmt: skip


def _arange(params: Any, _args: Sequence[Expr], f: RelayFragment, sizes: Tells, span: Span | None) -> tuple[Expr, str]:
    def operand(value: Any) -> Expr:
        if isinstance(value, float):
            return f.constant(value, params.dtype)
        found = sizes.scalar(value, f, span)
        return found if params.dtype == "int64" else f.call("cast", found, dtype=params.dtype)

    # Relay's attributes repeat the operands.
    given = {name: operand(getattr(params, name)) for name in ("start", "stop", "step")}
    return spelled("arange", {**given, "dtype": params.dtype}, tuple(given.values()), f, span), "arange"


def spelled(
    name: str, attrs: Mapping[str, Any], args: Sequence[Expr], fragment: RelayFragment, span: Span | None
) -> relay.Call:
    """A call of a Relay operator with these attributes and defaults for the others."""
    card = registry().by_relay[name]
    assert card.relay is not None
    assert card.relay.attrs_type is not None
    types = [fragment.type_of(arg) for arg in args]
    written = complete(card.relay.fields, attrs)
    made = relay.Call(relay.op(name), tuple(args), Attrs(card.relay.attrs_type, written), span=span)
    made.memo("checked", card.infer(relay_params(card, written, types), *types))
    return made


def _to_dense(params: Any, args: Sequence[Expr], f: RelayFragment, sizes: Tells, span: Span | None) -> tuple[Expr, str]:
    shape = sizes.tensor(params.output_shape, f, span)
    return f.call("dyn.sparse_to_dense", *args, shape), "dyn.sparse_to_dense"


FORMS: Mapping[str, Form] = {
    "arange": _arange,
    "image.resize2d": _resize,
    "sparse_to_dense": _to_dense,
    "strided_slice": _strided_slice,
}
"""By card."""
