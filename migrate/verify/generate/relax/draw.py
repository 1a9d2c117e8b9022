"""The doors of the generator of Relax programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from migrate.verify.generate.choices import Choices, of_hypothesis
from migrate.verify.generate.literals import array_of
from migrate.verify.generate.program import Program
from migrate.verify.generate.relax.script import Script
from migrate.verify.generate.relax.statements import block, branch, closing, effects
from relax_core.text.reader import read
from tensor_core.types import TensorType

SIZE = 8
"""How many bindings a program is to hold unless it is said."""
RELEASE = "0.27"


def draw_relax_program(choices: Choices, size: int = SIZE) -> Program:
    """A well-formed Relax module with about ``size`` bindings, and arguments for its ``main``. Every choice gives one.

    Its blocks are dataflow blocks, choices and effects in turn; sizes are numbers, those of parameters, or ones that a
    ``match_cast`` defines. What it calls beside operators: a tensor program, and the packed function
    :data:`~migrate.verify.generate.relax.script.PACKED`, which this module registers.
    """
    script = Script(choices)
    while script.bindings < size:
        choices.choose((block, block, branch, effects))(script)
    module = read(script.text(closing(script)), release=RELEASE)
    sizes: dict[str, int] = {name: choices.choose((2, 3, 1)) for name in script.sizes}
    shapes = [tuple(dim if isinstance(dim, int) else sizes[dim] for dim in shape) for _, shape in script.params]
    args = [array_of(TensorType(shape, "float32"), choices) for shape in shapes]
    return Program(module, (*args, np.asarray(choices.flag())))


@st.composite
def relax_programs(draw: Callable[[st.SearchStrategy[Any]], Any], size: int = SIZE) -> Program:
    """Programs as :func:`draw_relax_program` makes them, from choices that hypothesis records and shrinks."""
    return draw_relax_program(of_hypothesis(draw), size)
