"""The doors of the generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

import relay_compat.ir.module as relay
from migrate.verify.generate.choices import Choices, of_hypothesis
from migrate.verify.generate.features import EVERYTHING, Feature, draw_features
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.opening import opened
from migrate.verify.generate.productions import PRODUCTIONS, Production
from migrate.verify.generate.program import Program
from migrate.verify.generate.skeletons import SKELETONS, Skeleton
from relay_compat.ir.expr import GlobalVar
from relay_compat.types.infer import infer_types

SIZE = 10
"""How many calls of operators a program is to hold unless it is said."""


def draw_program(
    choices: Choices,
    size: int = SIZE,
    table: Sequence[Production] = PRODUCTIONS,
    features: Iterable[Feature] = EVERYTHING,
    skeletons: Sequence[Skeleton] = SKELETONS,
) -> Program:
    """A program of about ``size`` calls of the operators in ``table``. Every choice gives a legal one.

    ``features``: what it may hold beside them; a pass that does not take all of the language is tried on programs
    without the rest. ``skeletons``: what it may be built around, those that need more than ``features`` left out.
    """
    allowed = frozenset(features)
    fitting = [row for row in skeletons if row.needs <= allowed]
    skeleton = choices.choose([row for row in fitting for _ in range(row.weight)])
    held = draw_features(choices, allowed) | skeleton.needs
    maker = Maker(choices, size + size // 4, table, held)
    body = skeleton.make(maker)
    function = maker.build.function(maker.frame.params, body)
    module = relay.IRModule({**maker.functions, GlobalVar("main"): function}, maker.types)
    program = Program(infer_types(module), tuple(maker.frame.args or ()), held, skeleton.name)
    return opened(program, choices) if Feature.DYNAMIC in held else program


@st.composite
def programs(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    size: int = SIZE,
    table: Sequence[Production] | None = None,
    features: Iterable[Feature] | None = None,
    skeletons: Sequence[Skeleton] | None = None,
) -> Program:
    """A hypothesis strategy: well-typed Relay programs with arguments, which shrink to small ones.

    ``size``: about how many calls of the operators in ``table`` a program has. ``features``: what it may hold beside
    them, as let, branches, references; ``PLAIN`` is straight-line code and branches, ``PURE`` all without effects.
    ``skeletons``: what it may be built around. By default everything there is. Tensors are small: a few
    dimensions of a few elements, or of none; ``Program.args`` are numpy arrays of the types of ``main``'s parameters.
    Every program is legal: nothing is filtered, no error is raised.

    Source: types are drawn backwards from the result through the type relations of TVM 0.19, as the op cards state
    them.
    """
    drawn_of = PRODUCTIONS if table is None else table
    held = EVERYTHING if features is None else features
    return draw_program(of_hypothesis(draw), size, drawn_of, held, SKELETONS if skeletons is None else skeletons)
