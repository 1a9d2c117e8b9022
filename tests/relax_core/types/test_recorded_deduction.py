"""Deduction on arguments of which only a part is known, against what real TVM deduced (tests/corpus/types).

Every operator, argument by argument: symbolic sizes, ranks alone, nothing, unknown element types, shapes that are
variables, virtual devices, wrong kinds. Results are compared as they are written, forms of dimensions included. Here
every eighth case is taken; `tests/corpus/count_types.py` counts all of them.
"""

from collections import Counter

import pytest
from recorded_deduction import deduced, recorded

STEP = 8
DIFFERENT = {
    # Steps downward: TVM counts one too many, and computes as many as there are.
    ("relax.arange", "#int64:10 #int64:1 #int64:-2"),
    # A variable of scalar type is a symbolic size only where it is written as one.
    ("relax.eye", "P[int64] #int64:4 #int64:0"),
    # A vector of unknown length, where TVM writes -1 for it.
    ("relax.shape_to_tensor", "S[?]"),
    # The shape of a vector whose length a variable says, or nothing does.
    ("relax.tensor_to_shape", "i64[$s0:?1]"),
    ("relax.tensor_to_shape", "i64[$s0:3]"),
    ("relax.tensor_to_shape", "i64[$s0:n]"),
    # The same sizes in another form.
    ("relax.layout_transform", "f32[((x0*2)+1),6]"),
    ("relax.layout_transform", "f32[(n+1),6]"),
    ("relax.strided_slice", "f32[((x0*2)+1),9] [#int64:0] [#int64:-3] [#int64:-1]"),
}
"""Cases in which we say something else than TVM on purpose, or the same otherwise."""


@pytest.mark.parametrize("release", ["0.19", "0.27"])
def test_types_are_those_that_tvm_deduced(release):
    taken, differ = Counter(), []
    for number, (name, args, attrs, expected) in enumerate(recorded(release)):
        if number % STEP or (name, args) in DIFFERENT:
            continue
        taken[name] += 1
        found = deduced(name, args, attrs, release)
        if found != expected:
            differ.append((name, args, attrs, expected, found))
    assert not differ, differ[:3]
    assert sum(taken.values()) >= 2_900
    assert len(taken) >= 140


def test_the_comparison_can_fail():
    name, args, attrs, expected = next(item for item in recorded("0.27") if item[0] == "relax.matmul")
    assert deduced(name, args, attrs, "0.27") == expected
    assert deduced(name, args.replace("4", "5", 1), attrs, "0.27") == "!"
