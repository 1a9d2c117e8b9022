"""The way back of long programs: no depth is too much, and the work grows as the program does."""

from steps import steps

import migrate
from relay_compat.structural import structural_equal
from tensor_core.module import IRModule


def chain(length: int) -> IRModule:
    lines = "\n".join(f"  %{n} = nn.relu(%{n - 1 if n else 'x'});" for n in range(length))
    text = f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) {{\n{lines}\n  %{length - 1}\n}}\n'
    return migrate.convert(migrate.load(text)).module


def test_work_grows_as_the_program():
    short, long = chain(100), chain(400)
    migrate.revert(short)  # What the first call alone does is no growth.
    assert steps(lambda: migrate.revert(long)) < 4.5 * steps(lambda: migrate.revert(short))


def test_a_deep_chain_comes_back():
    assert len(migrate.revert(chain(2000)).report.conversions) == 2000


def test_positions_in_a_shape_that_was_made_grow_no_casts():
    # Found by generated programs: sizes of Relax are int64, and Relay's positions are of the type of a size.
    body = "argmin(reshape(%x, newshape=[4, 1]), axis=[1])"
    module = migrate.load(f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(2, 2), float32]) {{ {body} }}\n')
    back = migrate.revert(migrate.convert(module).module).module
    assert structural_equal(back, module, map_free_vars=True)
