"""ComputePrimValue: scalars come out of programs, with the values that they had."""

from typing import Any

import pytest
from relax_run import module, numbers, same

from cpu_backend.machine import Machine
from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule, PrimFunc
from relax_core.lower import lower
from relax_core.text.reader import read
from relax_core.transform import ComputePrimValue
from relax_core.well_formed import check

BODY = """
@R.function
def main(x: R.Tensor(("n",), "float32")):
    n = T.int64()
    s = R.prim_value(n * 2 + 1)
    if n % 2 == 0:
        a = R.add(x, x)
        y = a
    else:
        b = R.multiply(x, x)
        y = b
    t = (y, R.prim_value(n * 2 + 1), R.prim_value(n), R.prim_value(3))
    return (t, s)
"""


def programs(given: IRModule) -> list[PrimFunc]:
    return [item for item in given.functions.values() if isinstance(item, PrimFunc)]


@pytest.mark.parametrize("size", [3, 4])
def test_programs_compute_what_is_no_variable_and_no_constant(size: int):
    before = module(BODY)
    after = ComputePrimValue()(before)
    assert not check(after)
    # Equal expressions have one program.
    assert len(programs(after)) == 2
    expected = evaluate(before, [numbers(size)])
    same(evaluate(after, [numbers(size)]), expected)
    same(Machine(lower(after, "main")).run([numbers(size)], "main"), expected)


def test_nothing_to_compute_leaves_the_module():
    before = module("""
    @R.function
    def main(x: R.Tensor(("n",), "float32")):
        n = T.int64()
        return (R.shape([n * 2]), R.prim_value(n), R.prim_value(2))
    """)
    assert ComputePrimValue()(before) is before


@pytest.mark.parametrize(
    ("release", "names"), [("0.19", {"tir.is_host_func"}), ("0.27", {"tirx.is_host_func", "s_tir"})]
)
def test_programs_say_that_they_run_on_the_host_as_the_release_does(release: str, names: set[str]):
    text = "@I.ir_module\nclass Module:\n    " + BODY.strip().replace("\n", "\n    ")
    after: Any = ComputePrimValue()(read(text, release=release))
    assert {name for item in programs(after) for name in item.attrs} == names


def test_constants_of_every_element_type_stay() -> None:
    before = module("""
    @R.function
    def main(x: R.Tensor((2,), "float32")):
        y = R.arange(
            R.prim_value(T.float32(3)), R.prim_value(T.float32(1)), R.prim_value(T.float32(-1)), dtype="float32"
        )
        z = R.add(x, y)
        return z
    """)
    assert ComputePrimValue()(before) is before
