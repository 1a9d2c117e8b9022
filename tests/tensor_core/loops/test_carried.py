"""No kernel of a card leaves values in a scratch buffer from one iteration of a loop to the next: TVM loses them."""

import recorded_ops
from carried import carried

from tensor_core.loops.builder import LoopBuilder, loop, sequence, store, when
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import Reject
from tensor_core.types import TensorType

COUNTED = {"kept"}
"""Lists that are read up to a count alone, which each iteration begins at 0."""


def test_what_kernels_carry_along_is_set_before_the_loop() -> None:
    found: dict[str, list[str]] = {}
    for call in recorded_ops.calls():
        # One call of a card has the same loops as another.
        if call.failed is None and call.card.lower and call.card.name not in found:
            try:
                kernel = lower_card(call.card, call.params(), call.types)
            except Reject:
                continue
            found[call.card.name] = [name for name in carried(kernel) if name not in COUNTED]
    assert {card: names for card, names in found.items() if names} == {}


def running_sum(is_set: bool) -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((4,), "int32"))
    total, result = b.scratch((), "int32", "total"), b.scratch((4,), "int32", "result")
    if is_set:
        b.emit(store(total, (), 0))

    def step(n):
        first = [] if is_set else [when(n.equal(0), store(total, (), 0))]
        return sequence(*first, store(total, (), total[()] + x[n]), store(result, [n], total[()]))

    b.emit(loop(4, step))
    return b.finish("running_sum", [result])


def test_what_is_set_within_the_loop_is_found() -> None:
    assert carried(running_sum(is_set=False)) == ["total"]
    assert carried(running_sum(is_set=True)) == []
