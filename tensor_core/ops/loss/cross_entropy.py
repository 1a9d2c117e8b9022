"""nn.cross_entropy and nn.cross_entropy_with_logits: the mean over the batch of ``-sum(log(x) * y)``.

With logits, x is a logarithm already. Relay takes two dimensions, Relax any number: the first is the batch unless it is
the only one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Domain,
    Input,
    Law,
    NoParams,
    OpCard,
    Operand,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


def _infer(params: NoParams, x: Type, y: Type) -> Type:
    del params
    first, second = rules.tensor(x, 0), rules.tensor(y, 1)
    if first.rank != second.rank:
        raise Reject(f"{first.rank} and {second.rank} dimensions differ", 1)
    if any(rules.unify(a, b) is None for a, b in zip(first.shape, second.shape, strict=True)):
        raise Reject(f"shapes {rules.show(first.shape)} and {rules.show(second.shape)} differ", 1)
    return TensorType((), first.dtype)


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    for argument, operand in enumerate(types):
        if isinstance(operand, TensorType) and operand.rank != 2:
            raise Reject(f"expected two dimensions, got {rules.show(operand.shape)}", argument)
    return attrs


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    first, second = rules.tensor(types[0], 0), rules.tensor(types[1], 1)
    if first.dtype != second.dtype:
        raise Reject(f"operands have different element types: {first.dtype} and {second.dtype}", 1)
    return attrs


def _batch(shape: Sequence[Any]) -> int:
    """By how much the sum is divided."""
    batch = shape[0] if len(shape) > 1 else 1
    if not isinstance(batch, int):
        raise Reject("the size of the batch must be known", 0)
    return batch


def _expander(with_logits: bool) -> Callable[..., Any]:
    def expand(params: NoParams, f: Fragment[Any], x: Any, y: Any) -> Any:
        del params
        source = f.tensor_type(x)
        batch = _batch(source.shape)
        terms = f.call("multiply", x if with_logits else f.call("log", x), y)
        total = f.call("negative", f.call("sum", terms, axis=tuple(range(source.rank))))
        return f.call("divide", total, f.constant(batch, source.dtype))

    return expand


def _lowering(with_logits: bool) -> Callable[..., Any]:
    def lower(params: NoParams, b: LoopBuilder, x: Tensor, y: Tensor) -> Tensor:
        del params

        def term(*i: PrimExpr) -> PrimExpr:
            return (x[i] if with_logits else prim.intrinsic("log", x[i])) * y[i]

        total = b.reduce((), x.shape, term, Combiner.SUM, name="total")
        batch = shapes.as_expr(x.shape[0]).astype(x.dtype) if x.rank > 1 else prim.const(1, x.dtype)
        return b.compute((), lambda: (prim.const(0, x.dtype) - total[()]) / batch, name="mean")

    return lower


def _gradient(with_logits: bool) -> Gradient:
    def adjoints(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
        x, y = args
        share = g / x.extent(0) if len(x.shape) > 1 else g
        return [-share * y, -share * x] if with_logits else [-share * y / x, -share * x.call("log")]

    return derivatives(adjoints)


def _factor(params: NoParams, x: TensorType, y: TensorType) -> float:
    del params, y
    return float(np.prod([dim if isinstance(dim, int) else 256 for dim in x.shape]))


def _magnitude(with_logits: bool) -> Callable[..., Array]:
    def magnitude(params: NoParams, x: Array, y: Array) -> Array:
        del params
        # The logarithm's own error counts as one.
        size = np.abs(x) if with_logits else 1 + np.abs(np.log(x))
        return np.asarray(np.sum(size * np.abs(y)) / (x.shape[0] if x.ndim > 1 else 1), x.dtype)

    return magnitude


def _draw(with_logits: bool) -> Callable[[Draw], Drawn]:
    def draw(d: Draw) -> Drawn:
        # Relay has no other rank than 2, Relax only logits.
        given = TensorType(d.shape(1, 3) if with_logits and d.flag() else d.extents(2), d.one_of(*FLOATS))
        return Drawn(NoParams(), (given, given))

    return draw


def _card(name: str, with_logits: bool, domain: Domain) -> OpCard[NoParams]:
    return OpCard(
        name=name,
        inputs=(Input("x", domain), Input("y")),
        params=NoParams,
        infer=_infer,
        lower=_lowering(with_logits),
        expand=_expander(with_logits),
        gradient=_gradient(with_logits),
        relay=RelaySpelling(name=name, read=_read_relay),
        relax=(RelaxSpelling(name=f"relax.{name}", operands=(Operand("x"), Operand("y")), read=_read_relax),)
        if with_logits
        else (),
        error=Rounding(ulps=8, factor=_factor, magnitude=_magnitude(with_logits)),
        laws=frozenset((Law.ODD, Law.SCALES)) if with_logits else frozenset(),
        draw=_draw(with_logits),
    )


CARDS = (
    _card("nn.cross_entropy", False, Domain(0.01, 1.0)),
    _card("nn.cross_entropy_with_logits", True, Domain()),
)
