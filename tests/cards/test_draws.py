"""Which cards draw calls, and that whatever the choices are, what is drawn is legal."""

import random
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawn_calls import DRAWING, draw_one

from tensor_core.ops.card import OpCard
from tensor_core.ops.draw import arguments
from tensor_core.ops.registry import registry
from tensor_core.shapes import static
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of

UNDRAWN = {
    "annotation.with_funcid",
    "call_lowered",
    "memory.alloc_storage",
    "memory.alloc_tensor",
    "memory.kill",
    "vm.invoke_tvm_op",
}
"""What lowering and memory planning leave in programs: their arguments are lowered functions and storage, which only
such programs have, and no card computes with them. What has no type rule has no legal call.
"""


def test_all_cards_but_these_draw() -> None:
    assert {card.name for card in registry() if card.draw is None} == UNDRAWN


@pytest.mark.parametrize("card", DRAWING, ids=lambda card: card.name)
def test_whatever_the_choices_a_legal_call_is_drawn(card: OpCard[Any]) -> None:
    source = random.Random(zlib.crc32(card.name.encode()))
    sources: list[Callable[[int, int], int]] = [lambda low, _: low, lambda _, high: high]
    for integer in [*sources, *[source.randint] * 30]:
        drawn = draw_one(card, integer)
        card.infer(drawn.params, *drawn.types)
        for type_, value in zip(drawn.types, arguments(card, drawn, np.random.default_rng(0)), strict=True):
            assert_fits(value, type_)


def assert_fits(value: Any, type_: Type) -> None:
    if isinstance(type_, TupleType):
        assert isinstance(value, tuple)
        for item, field in zip(value, type_.fields, strict=True):
            assert_fits(item, field)
        return
    assert isinstance(type_, TensorType)
    assert tensor_type_of(value) == TensorType(static(type_.shape), type_.dtype)
