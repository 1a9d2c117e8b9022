"""Attributes of calls are checked against the card: what is taken, in which form, and what is said of the rest."""

import numpy as np
import pytest

from relay_compat.attributes import AttributeProblem, op_attrs
from relay_compat.ir.values import TypedInt
from tensor_core.ops.registry import registry
from tensor_core.prim import Imm

CARDS = registry().by_name


def test_a_list_holds_only_what_its_kind_says() -> None:
    with pytest.raises(AttributeProblem, match="attribute axes of transpose must be of kind ints, not a tuple"):
        op_attrs(CARDS["transpose"], {"axes": (0, "1")})
    with pytest.raises(AttributeProblem, match="must be of kind ints, not 'ab'"):
        op_attrs(CARDS["transpose"], {"axes": "ab"})


def test_integers_of_numpy_keep_their_width_in_lists() -> None:
    attrs = op_attrs(CARDS["transpose"], {"axes": (np.int64(1), np.int32(0))})
    assert attrs is not None
    wide, plain = attrs["axes"]
    assert (type(wide), wide, wide.dtype) == (TypedInt, 1, "int64")
    assert (type(plain), plain) == (Imm, 0)


def test_none_is_taken_where_it_is_the_default() -> None:
    assert op_attrs(CARDS["sum"], {"axis": None}) == op_attrs(CARDS["sum"], {})
    with pytest.raises(AttributeProblem, match="attribute keepdims of sum must be of kind bool, not None"):
        op_attrs(CARDS["sum"], {"keepdims": None})


@pytest.mark.parametrize(("length", "said"), [(37, repr("x" * 37)), (38, "a str")])
def test_short_values_are_shown(length: int, said: str) -> None:
    with pytest.raises(AttributeProblem) as refused:
        op_attrs(CARDS["transpose"], {"axes": "x" * length})
    assert refused.value.message.endswith(f"not {said}")
