"""Kernels whose sizes no array of theirs tells alone."""

import numpy as np

from migrate.execution import execute
from migrate.forward.convert import convert
from relay_compat.text.parser import parse


def test_sizes_that_no_array_tells_alone_reach_the_loops() -> None:
    # Found by a campaign: the kernel's result has 3 - n places, its weights n + 1.
    module = parse(
        '#[version = "0.0.5"]\n'
        "def @main(%x: Tensor[(1, 1, 1, 1), float32], %a: Tensor[(1, 1, 1), float32],"
        " %b: Tensor[(1, 1, ?), float32]) {\n"
        "  image.dilation2d(%x, concatenate((%a, %b), axis=2), padding=[1, 1, 1, 1])\n}"
    )
    args = [np.ones((1, 1, 1, 1), "float32"), np.ones((1, 1, 1), "float32"), np.ones((1, 1, 1), "float32")]
    converted = convert(module).module
    for executor in ("interpreter", "backend"):
        expected = execute(module, args, executor="interpreter")
        assert execute(converted, args, executor=executor).tolist() == expected.tolist()
