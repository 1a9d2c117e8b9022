"""Makers of cards for the large families of near-twins: functions of one element, and of two broadcast elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import bools, draw, rules
from tensor_core.ops.card import (
    Domain,
    ErrorModel,
    Exact,
    Input,
    Law,
    NoParams,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Gradient
from tensor_core.ops.indexing import broadcast_index
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import Type

Card = OpCard[NoParams]

ANYWHERE = Domain()
EXACT = Exact()


def unary(
    name: str,
    reference: Callable[[Array], Array],
    element: Callable[[PrimExpr], PrimExpr],
    *,
    relax: str | None = "",
    relay: bool = True,
    since: str = "0.19",
    infer: Callable[..., Type] = rules.identity,
    expand: Callable[..., Any] | None = None,
    gradient: Gradient | None = None,
    relax_gradient: Gradient | None = None,
    domain: Domain = ANYWHERE,
    error: ErrorModel = EXACT,
    laws: Iterable[Law] = (),
    of: Iterable[str] = draw.FLOATS,
    drawn: Callable[[Draw], Drawn] | None = None,
    undefined: Callable[..., Any] | None = None,
    margin: Callable[..., Any] | None = None,
) -> Card:
    """A card whose result element is a function of the one input element at the same place.

    ``relax`` is the Relax name after ``relax.``: the same name when empty, no spelling when None; ``since`` is the
    first release that has it. ``relay``: whether Relay has the op, under the card's name. ``of``: the element types of
    drawn calls, unless ``drawn`` draws them in its own way.
    """

    def apply(_params: NoParams, x: Array) -> Array:
        result = np.asarray(reference(x))
        if result.dtype.kind == "f" and x.dtype.kind in "iub":
            raise Reject(f"it is computed on floats, not on {x.dtype}", 0)
        return result

    def lower(_params: NoParams, b: LoopBuilder, x: Tensor) -> Tensor:
        return b.compute(x.shape, lambda *i: element(x[i]), name=stage(name))

    return OpCard(
        name=name,
        inputs=(Input("data", domain),),
        params=NoParams,
        infer=infer,
        reference=apply,
        lower=lower,
        expand=expand,
        gradient=gradient,
        relay=RelaySpelling(name=name) if relay else None,
        relax=_relax(name, relax, (Operand("data"),), since, relax_gradient),
        pattern=Pattern.ELEMENTWISE,
        error=error,
        laws=frozenset(laws),
        draw=drawn or draw.pointwise(*of),
        undefined=undefined,
        margin=margin,
    )


def binary(
    name: str,
    reference: Callable[[Array, Array], Array],
    element: Callable[[PrimExpr, PrimExpr], PrimExpr],
    *,
    relay: bool = True,
    relax: str | None = "",
    since: str = "0.19",
    infer: Callable[..., Type] = rules.broadcast,
    expand: Callable[..., Any] | None = None,
    gradient: Gradient | None = None,
    relax_gradient: Gradient | None = None,
    domains: tuple[Domain, Domain] = (ANYWHERE, ANYWHERE),
    error: ErrorModel = EXACT,
    laws: Iterable[Law] = (),
    of: Iterable[str] = draw.NUMBERS,
    drawn: Callable[[Draw], Drawn] | None = None,
    undefined: Callable[..., Any] | None = None,
    margin: Callable[..., Any] | None = None,
) -> Card:
    """A card whose result element is a function of two elements, the operands broadcast against each other.

    ``relay``: whether Relay has it. ``relax`` is the Relax name after ``relax.``: the same name when empty, no spelling
    when None; ``since`` is the first release that has it. ``relax_gradient``: the gradient as Relax writes it, where
    that is another form. ``of``: the element types of drawn calls, unless ``drawn`` draws them in its own way.
    """

    def apply(_params: NoParams, x: Array, y: Array) -> Array:
        return np.asarray(reference(x, y))

    def lower(_params: NoParams, b: LoopBuilder, x: Tensor, y: Tensor) -> Tensor:
        def value(*i: PrimExpr) -> PrimExpr:
            return element(x[broadcast_index(i, x.shape)], y[broadcast_index(i, y.shape)])

        return b.compute(rules.broadcast_shape(x.shape, y.shape), value, name=stage(name))

    return OpCard(
        name=name,
        inputs=(Input("lhs", domains[0]), Input("rhs", domains[1])),
        params=NoParams,
        infer=infer,
        reference=apply,
        lower=lower,
        expand=bools.expansion(name) if expand is None and name in bools.MEANINGS else expand,
        gradient=gradient,
        relay=RelaySpelling(name=name) if relay else None,
        relax=_relax(name, relax, (Operand("lhs"), Operand("rhs")), since, relax_gradient),
        pattern=Pattern.BROADCAST,
        error=error,
        laws=frozenset(laws),
        draw=drawn or draw.broadcast(*of),
        undefined=undefined,
        margin=margin,
    )


def stage(name: str) -> str:
    """The buffer name of an op's result in tensor programs."""
    return f"T_{name.rpartition('.')[2]}"


def _relax(
    name: str, relax: str | None, operands: tuple[Operand, ...], since: str, gradient: Gradient | None
) -> tuple[RelaxSpelling, ...]:
    if relax is None:
        return ()
    fits = bools.fits if name in bools.MEANINGS else None
    return (RelaxSpelling(name=f"relax.{relax or name}", operands=operands, since=since, gradient=gradient, fits=fits),)
