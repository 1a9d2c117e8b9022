"""Marks of quantization, attributes beside a node's fields."""

import dataclasses

import pytest

from relay_compat.ir.expr import Call
from relay_compat.ir.make import var
from relay_compat.quantize import QAnnotateKind, attach_simulated_quantize


def test_a_value_is_marked_once() -> None:
    x = var("x", shape=(2,))
    marked = attach_simulated_quantize(x, QAnnotateKind.INPUT)
    assert isinstance(marked, Call)
    assert [getattr(arg, "name", "") for arg in marked.args] == ["x", "dom_scale", "clip_min", "clip_max"]
    assert attach_simulated_quantize(marked, QAnnotateKind.INPUT) is marked
    assert attach_simulated_quantize(marked, QAnnotateKind.WEIGHT) is not marked


def test_nodes_take_attributes_beside_their_fields() -> None:
    x, y = var("x"), var("x")
    x.note = 1  # type: ignore[attr-defined]
    assert x.note == 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="note"):
        _ = y.note  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        x.name = "y"  # type: ignore[misc]
