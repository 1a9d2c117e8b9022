"""nn.batch_flatten: all dimensions but the first become one; a vector gets a second dimension of 1 (Relay)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Input,
    Law,
    NoParams,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import reshaped
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type


def _shape(source: TensorType) -> Shape:
    if not source.rank:
        raise Reject("a scalar has no batch dimension", 0)
    return source.shape[0], shapes.product(source.shape[1:])


def _infer(params: NoParams, data: Type) -> Type:
    del params
    source = rules.tensor(data, 0)
    return TensorType(_shape(source), source.dtype)


def _expand(params: NoParams, f: Fragment[Any], data: Any) -> Any:
    del params
    return f.call("reshape", data, shape=_shape(f.tensor_type(data)))


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    if rules.tensor(types[0], 0).rank < 2:
        raise Reject("expected at least two dimensions", 0)
    return attrs


def _fits_relax(params: NoParams, types: Sequence[Type], release: str) -> str | None:
    del params, release
    return None if rules.tensor(types[0], 0).rank > 1 else "relax.nn.batch_flatten takes at least two dimensions"


def _draw(d: Draw) -> Drawn:
    return Drawn(NoParams(), (TensorType(d.any_shape(1), d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="nn.batch_flatten",
    inputs=(Input("data"),),
    params=NoParams,
    infer=_infer,
    gradient=reshaped(),
    expand=_expand,
    relay=RelaySpelling(name="nn.batch_flatten"),
    relax=(
        RelaxSpelling(
            name="relax.nn.batch_flatten",
            operands=(Operand("data"),),
            since="0.24",
            read=_read_relax,
            fits=_fits_relax,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.IDEMPOTENT, Law.MOVES}),
    draw=_draw,
)
