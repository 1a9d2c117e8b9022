"""The type rule of a card over open and symbolic dimensions says nothing that known dimensions would contradict."""

from typing import Any

import pytest
from drawn_calls import DRAWING, DrawnCall, calls, examples
from hypothesis import given
from hypothesis import strategies as st

from tensor_core.ops.card import OpCard, Reject
from tensor_core.prim import Var
from tensor_core.shapes import ANY, AnyDim, Dim, evaluate, free_vars
from tensor_core.types import TensorType, TupleType, Type


@pytest.mark.parametrize("card", DRAWING, ids=lambda card: card.name)
@examples(15)
@given(data=st.data())
def test_open_dimensions_are_consistent_with_known_ones(card: OpCard[Any], data: st.DataObject) -> None:
    call = data.draw(calls(card))

    def opened(dim: Dim) -> Dim:
        return ANY if data.draw(st.booleans()) else dim

    assert_consistent(call, [_replaced(type_, opened) for type_ in call.types], {})


@pytest.mark.parametrize("card", DRAWING, ids=lambda card: card.name)
@examples(15)
@given(data=st.data())
def test_symbolic_dimensions_are_consistent_with_known_ones(card: OpCard[Any], data: st.DataObject) -> None:
    call = data.draw(calls(card))
    sizes: dict[Var, int] = {}
    by_size: dict[Any, Var] = {}

    def symbol(dim: Dim) -> Dim:
        if not isinstance(dim, int) or not data.draw(st.booleans()):
            return dim
        # The same variable for equal dimensions, which a rule may ask for, or one of their own.
        key = dim if data.draw(st.integers(0, 3)) else len(sizes) + 1000
        var = by_size.setdefault(key, Var(f"n{len(sizes)}"))
        sizes[var] = dim
        return var

    assert_consistent(call, [_replaced(type_, symbol) for type_ in call.types], sizes)


def assert_consistent(call: DrawnCall, types: list[Type], sizes: dict[Var, int]) -> None:
    try:
        found = call.card.infer(call.params, *types)
    except Reject:
        return
    assert _fits(found, call.infer(), sizes), (types, found, call.infer())


def _replaced(type_: Type, dimension: Any) -> Type:
    if isinstance(type_, TupleType):
        return TupleType(tuple(_replaced(item, dimension) for item in type_.fields))
    assert isinstance(type_, TensorType)
    return TensorType(tuple(dimension(dim) for dim in type_.shape), type_.dtype)


def _fits(general: Type, known: Type, sizes: dict[Var, int]) -> bool:
    """Whether a type with open dimensions can be the known one."""
    if isinstance(known, TupleType):
        return (
            isinstance(general, TupleType)
            and len(general.fields) == len(known.fields)
            and all(_fits(a, b, sizes) for a, b in zip(general.fields, known.fields, strict=True))
        )
    if not isinstance(known, TensorType) or not isinstance(general, TensorType):
        return type(known) is type(general)
    if known.dtype != general.dtype or known.rank != general.rank:
        return False
    return all(_size(a, sizes) in (None, _size(b, sizes)) for a, b in zip(general.shape, known.shape, strict=True))


def _size(dim: Dim, sizes: dict[Var, int]) -> int | None:
    """None for an open dimension, and for one that a new variable stands for."""
    if isinstance(dim, AnyDim) or any(var not in sizes for var in free_vars(dim)):
        return None
    return evaluate(dim, sizes)
