"""Which calls of a run round, and whether a single one makes the result uncertain.

A run is observed as either interpreter shows it: nodes of whichever IR, with :class:`~tensor_core.observed.OpCall`.
"""

from __future__ import annotations

from typing import Any

import relay_compat.ir.expr as relay
from migrate.values import Array, Value, is_tuple, leaves
from migrate.verify import condition
from migrate.verify.bounds import undefined_places
from migrate.verify.condition import Noise
from migrate.verify.watch import Watch
from relax_core.kernel_card import KernelParams
from tensor_core import dtypes
from tensor_core.observed import OpCall
from tensor_core.ops.card import OpCard, Rounding
from tensor_core.ops.spelling import relay_params
from tensor_core.types import Type


class Observed(Watch):
    """What a native run shows of its calls: the typical rounding of each node, whether TVM leaves something undefined,
    and whether an operator jumps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.noises: dict[Any, Noise] = {}
        self.undefined = False
        self.jumps = False
        self._uncertain: tuple[OpCall, Value] | None = None
        self._carried: list[Array] = []
        self._only = True

    def called(self, node: Any, call: OpCall, value: Value) -> None:
        """What a call gave."""
        self.jumps = self.jumps or jumps(call)
        self.undefined = self.undefined or any(mask.any() for mask in undefined_places(call))
        noise = self.noises.get(node)
        if noise is None:
            noise = self.noises[node] = noise_of(call, value)
        if self._carried:
            self._carry(call, value)
        elif noise.size > 0 and not noise.held:
            self._uncertain, self._carried = (call, value), leaves(value)

    def _carry(self, call: OpCall, value: Value) -> None:
        """What comes after the uncertain call may only widen its result."""
        if _is_widening(call) and len(self._carried) == 1 and call.args[0] is self._carried[0]:
            self._carried = leaves(value)
        else:
            self._only = False

    def only_uncertain(self, result: Value) -> OpCall | None:
        """The call that alone makes the result uncertain, where there is such a one: every other one rounds once at
        most, which leaves it no freedom, and its result is the run's, but for casts to wider types.
        """
        if not self._only or self._uncertain is None:
            return None
        found = leaves(result)
        if len(found) != len(self._carried) or not all(a is b for a, b in zip(found, self._carried, strict=True)):
            return None
        call, value = self._uncertain
        return call if not is_tuple(value) or not any(map(is_tuple, value)) else None


def jumps(call: OpCall) -> bool:
    """Whether a small change of an operand may change a result by much; what a tensor program does is not asked."""
    return call.card.margin is not None or call.card.params is KernelParams


def noise_of(call: OpCall, value: Value) -> Noise:
    """Typical rounding of one evaluated call."""
    if not isinstance(call.card.error, Rounding):
        return condition.NONE
    results = [dtypes.from_numpy(array.dtype) for array in leaves(value)]
    return condition.noise(call, [dtype for dtype in results if dtypes.is_float(dtype)])


def operand_types(call: relay.Call) -> tuple[Type, ...]:
    """The types of a Relay call's operands."""
    return tuple(arg.checked_type for arg in call.args if isinstance(arg, relay.RelayExpr))


def read(call: relay.Call) -> tuple[OpCard[Any], Any]:
    """The card and the parameters of a Relay call of an op that has a card."""
    assert isinstance(call.op, relay.Op)
    card = call.op.card
    assert card is not None
    return card, relay_params(card, call.attrs or {}, operand_types(call))


def _is_widening(call: OpCall) -> bool:
    if call.card.name != "cast":
        return False
    (source,), target = call.types, call.params.dtype
    dtype = getattr(source, "dtype", "")
    return dtypes.is_float(dtype) and target in ("float32", "float64") and dtype != "float64"
