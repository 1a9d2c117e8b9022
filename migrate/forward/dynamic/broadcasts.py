"""Sizes that meet in a broadcast: which may be 1, what the result has, and to what the operands are spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import relay_compat.ir.expr as relay
from migrate.forward.dynamic import guards
from tensor_core import shapes
from tensor_core.ops.card import OpCard, Pattern, Reject
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type

if TYPE_CHECKING:
    from migrate.forward.dynamic.solve import Sizes

_ALONG_AN_AXIS = frozenset({"nn.bias_add", "nn.prelu", "fixed_point_multiply_per_axis"})
"""Operators whose second operand stands along one axis of the first, wherever that is: their sizes are equal."""
_QUANTIZED = frozenset({"qnn.add", "qnn.subtract", "qnn.mul"})
"""Operators of which the first two operands broadcast; behind them are scales and zero points along an axis."""


class Broadcasts:
    """The broadcasts of one function."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes

    def spread(self, call: relay.Call, card: OpCard[Any], params: Any, types: Sequence[Type]) -> Sequence[Type]:
        """The arguments' types as they are once dimensions that may be 1 are spread to those beside them."""
        if card.pattern is not Pattern.BROADCAST or not all(isinstance(item, TensorType) for item in types):
            return types
        if card.name in _ALONG_AN_AXIS:
            return types
        if card.name in _QUANTIZED:
            return [*self._spread(call, params, card, types[:2]), *types[2:]]
        return self._spread(call, params, card, types)

    def _spread(self, call: relay.Call, params: Any, card: OpCard[Any], types: Sequence[Type]) -> Sequence[Type]:
        given = cast("Sequence[TensorType]", types)
        wanted: Shape | None = getattr(params, "shape", None) if card.name == "broadcast_to" else None
        if wanted is None and len(given) > 1:
            wanted = self._joint(call, [item.shape for item in given])
        if wanted is None:
            return types
        targets = [self._target(item.shape, wanted) for item in given]
        if any(target is not None for target in targets):
            self._sizes.spreads[call] = tuple(targets)
        return [
            self._sizes.symbols.resolved(item) if target is None else TensorType(target, item.dtype)
            for item, target in zip(given, targets, strict=True)
        ]

    def _joint(self, call: relay.Call, found: Sequence[Shape]) -> Shape:
        rank = max(map(len, found))
        result: list[Dim] = []
        for place in range(-rank, 0):
            dims = [self._sizes.symbols.resolve(shape[place]) for shape in found if len(shape) >= -place]
            first, *rest = sorted(dims, key=lambda dim: not isinstance(dim, int) or dim == 1)
            for dim in rest:
                first = self._pair(call, first, dim)
            result.append(first)
        return tuple(result)

    def _pair(self, call: relay.Call, a: Dim, b: Dim) -> Dim:
        known = shapes.broadcast_dim(a, b)
        if known is not None:
            return known
        if isinstance(a, int) and isinstance(b, int):
            raise Reject(f"sizes {a} and {b} do not broadcast")
        if self._sizes.known.assume_equal and self._sizes.symbols.equate(a, b, self._sizes.floor):
            self._sizes.assume(
                f"{shapes.to_text(a)} equals {shapes.to_text(b)}", "broadcast partners, as asked for", call.span
            )
            return self._sizes.symbols.resolve(a)
        self._sizes.guard(
            call,
            guards.broadcastable(
                shapes.substitute(a, self._sizes.definitions), shapes.substitute(b, self._sizes.definitions)
            ),
        )
        joint = guards.joint(a, b)
        if isinstance(joint, int):
            return joint
        return self._sizes.defined(call, joint, f"{guards.label_of(a)}_with_{guards.label_of(b)}")

    def _target(self, shape: Shape, wanted: Shape) -> Shape | None:
        """The part of ``wanted`` that an operand is to be spread to; None where it broadcasts as it is."""
        own = map(self._sizes.symbols.resolve, wanted[len(wanted) - len(shape) :])
        pairs = list(zip(map(self._sizes.symbols.resolve, shape), own, strict=True))
        stays = [isinstance(dim, int) or shapes.prove_equal(dim, target) for dim, target in pairs]
        if all(stays):
            return None
        return tuple(dim if stay else target for stay, (dim, target) in zip(stays, pairs, strict=True))
