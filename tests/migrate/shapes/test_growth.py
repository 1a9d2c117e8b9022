"""What a size costs does not grow with the rank's power, nor when a program goes there and back and there again."""

import pytest
from dynamic_cases import HEADER
from steps import steps

import migrate


def reshape(rank: int) -> str:
    """A reshape by an argument of this many codes."""
    dims = ", ".join(["?"] * rank)
    params = f"%x: Tensor[({dims}), float32], %s: Tensor[({rank}), int64]"
    return f"{HEADER}def @main({params}) {{ dyn.reshape(%x, %s, newshape=[]) }}"


def test_codes_read_at_run_time_cost_what_their_number_is():
    migrate.convert(migrate.load(reshape(2)))
    small, large = (steps(lambda rank=rank: migrate.convert(migrate.load(reshape(rank)))) for rank in (3, 12))
    assert large < 5 * small


def unsqueezed(count: int) -> str:
    """So many axes put in by arguments, one after the other."""
    value = "%x"
    for place in range(count):
        value = f"dyn.expand_dims({value}, %a{place})"
    params = ", ".join(f"%a{place}: int64" for place in range(count))
    return f"{HEADER}def @main(%x: Tensor[(3, 4), float32], {params}) {{ {value} }}"


def test_axes_read_at_run_time_cost_what_their_number_is():
    small, large = (len(migrate.convert(migrate.load(unsqueezed(count))).script()) for count in (2, 6))
    assert large < 6 * small


@pytest.mark.parametrize("rank", [2, 6])
def test_there_and_back_and_there_again_ends(rank: int):
    once = migrate.convert(migrate.load(reshape(rank)))
    back = migrate.revert(once.module).module
    first = steps(lambda: migrate.convert(migrate.load(reshape(rank))))
    assert steps(lambda: migrate.convert(back)) < 20 * first
