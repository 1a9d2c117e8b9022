"""The way back of long programs: no depth is too much, and the work grows as the program does."""

from steps import steps

import migrate
from tensor_core.module import IRModule


def chain(length: int) -> IRModule:
    lines = "\n".join(f"  %{n} = nn.relu(%{n - 1 if n else 'x'});" for n in range(length))
    text = f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) {{\n{lines}\n  %{length - 1}\n}}\n'
    return migrate.convert(migrate.load(text)).module


def test_work_grows_as_the_program():
    short, long = chain(100), chain(400)
    assert steps(lambda: migrate.revert(long)) < 4.5 * steps(lambda: migrate.revert(short))


def test_a_deep_chain_comes_back():
    assert len(migrate.revert(chain(2000)).report.conversions) == 2000
