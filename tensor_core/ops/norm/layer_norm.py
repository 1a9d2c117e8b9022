"""layer_norm: zero mean and unit variance over the given axes, then scale and shift.

Relay normalises one axis (LayerNormAttrs in TVM 0.19), Relax a list. Relay has no kernel for it: SimplifyInference
expands it, which is the expansion below. The kernel of Relax 0.19 to 0.27 applies gamma and beta whatever ``scale``
and ``center`` say, so that is what a Relax call means here, and a call without either is expanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import moments, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """``axes`` are normalised together; ``gamma`` scales if ``scale``, ``beta`` shifts if ``center``."""

    axes: tuple[int, ...]
    epsilon: float
    center: bool
    scale: bool


def _axes(params: LayerNorm, rank: int) -> tuple[int, ...]:
    return tuple(rules.axis(axis, rank) for axis in params.axes)


def _infer(params: LayerNorm, data: Type, gamma: Type, beta: Type) -> Type:
    source = rules.tensor(data, 0)
    expected = tuple(source.shape[axis] for axis in _axes(params, source.rank))
    for argument, type_ in ((1, gamma), (2, beta)):
        shape = rules.elements_of(type_, source.dtype, argument).shape
        if len(shape) != len(expected) or any(map(shapes.prove_different, shape, expected)):
            message = f"expected shape {rules.show(expected)}, the normalised axes; got {rules.show(shape)}"
            raise Reject(message, argument)
    return source


def _assign(params: LayerNorm, data: Type | None, gamma: Type | None, beta: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return data, gamma, beta
    forced = TensorType(tuple(data.shape[axis] for axis in _axes(params, data.rank)), data.dtype)
    return data, gamma or forced, beta or forced


def _reference(params: LayerNorm, x: Array, gamma: Array, beta: Array) -> Array:
    axes = _axes(params, x.ndim)
    shape = shapes.static(moments.aligned(x.shape, axes))
    result = moments.normalised(x, axes, params.epsilon)
    result = result * gamma.reshape(shape) if params.scale else result
    return result + beta.reshape(shape) if params.center else result


def _magnitude(params: LayerNorm, x: Array, gamma: Array, beta: Array) -> Array:
    axes = _axes(params, x.ndim)
    shape = shapes.static(moments.aligned(x.shape, axes))
    result = moments.normalised_size(x, axes, params.epsilon)
    result = result * abs(gamma.reshape(shape)) if params.scale else result
    return result + abs(beta.reshape(shape)) if params.center else result


def _lower(params: LayerNorm, b: LoopBuilder, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    axes = _axes(params, x.rank)
    normal = moments.lower(b, x, axes, params.epsilon)

    def value(*i: PrimExpr) -> PrimExpr:
        place = tuple(i[axis] for axis in sorted(axes))
        result = normal(*i) * gamma[place] if params.scale else normal(*i)
        return result + beta[place] if params.center else result

    return b.compute(x.shape, value, name="T_layer_norm")


def _expand(params: LayerNorm, f: Fragment[Any], data: Any, gamma: Any, beta: Any) -> Any:
    source = f.tensor_type(data)
    axes = _axes(params, source.rank)
    shape = moments.aligned(source.shape, axes)
    result = moments.expand(f, data, axes, params.epsilon)
    if params.scale:
        result = f.call("multiply", result, f.call("reshape", gamma, shape=shape))
    if params.center:
        result = f.call("add", result, f.call("reshape", beta, shape=shape))
    return result


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axes": (attrs["axis"],), **{key: attrs[key] for key in ("epsilon", "center", "scale")}}


def _write_relay(params: LayerNorm, _types: Sequence[Type]) -> Mapping[str, Value]:
    if len(params.axes) != 1:
        raise Reject("Relay normalises exactly one axis")
    return {"axis": params.axes[0], "epsilon": params.epsilon, "center": params.center, "scale": params.scale}


def _read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    axes = attrs["axes"]
    named = (axes,) if isinstance(axes, int) else tuple(axes)
    return {"axes": named, "epsilon": attrs["epsilon"], "center": True, "scale": True}


def _fits_relax(params: LayerNorm, types: Sequence[Type], release: str) -> str | None:
    source = rules.tensor(types[0], 0)
    if release == "0.19" and len(params.axes) == source.rank:
        return "Relax 0.19 makes no kernel where every axis is normalised"
    return moments.fits_relax(params.scale, params.center, source, release)


def _factor(params: LayerNorm, data: TensorType, *_: Type) -> float:
    return 2 * moments.count(data, _axes(params, data.rank))


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1, 4, most=4), d.one_of(*FLOATS)
    axes = moments.drawn_axes(d, range(len(shape)), len(shape))
    vector = TensorType(tuple(shape[axis] for axis in axes), dtype)
    params = LayerNorm(axes, d.one_of(1e-5, 1e-3, 0.5), not d.flag(), not d.flag())
    return Drawn(params, (TensorType(shape, dtype), vector, vector))


CARD = OpCard(
    name="nn.layer_norm",
    inputs=(Input("data"), Input("gamma"), Input("beta")),
    params=LayerNorm,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.layer_norm",
        attrs_type="relay.attrs.LayerNormAttrs",
        fields=(
            Field("axis", Kind.INT, -1),
            Field("epsilon", Kind.FLOAT, 1e-5),
            Field("center", Kind.BOOL, True),
            Field("scale", Kind.BOOL, True),
        ),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.layer_norm",
            attrs_type="relax.attrs.LayerNormAttrs",
            operands=(Operand("data"), Operand("gamma"), Operand("beta")),
            fields=(
                Field("axes", Kind.INTS),
                Field("epsilon", Kind.FLOAT, 1e-5),
                Field("center", Kind.BOOL, True),
                Field("scale", Kind.BOOL, True),
            ),
            read=_read_relax,
            fits=_fits_relax,
        ),
    ),
    pattern=Pattern.OPAQUE,
    error=Rounding(ulps=16, factor=_factor, magnitude=_magnitude),
    draw=_draw,
)
