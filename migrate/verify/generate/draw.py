"""The doors of the generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

import relay_compat.ir.module as relay
from migrate.verify.generate.choices import Choices, of_hypothesis
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.productions import PRODUCTIONS, Production
from migrate.verify.generate.program import Program
from relay_compat.ir.expr import Function, GlobalVar
from relay_compat.types.infer import infer_types


def draw_program(choices: Choices, size: int = 10, table: Sequence[Production] = PRODUCTIONS) -> Program:
    """A program of about ``size`` nodes at most, made of the operators in ``table``. Every choice gives a legal one."""
    maker = Maker(choices, size, table)
    body = maker.skeleton(maker.wanted_type())
    function = Function(tuple(maker.params), body)
    module = infer_types(relay.IRModule({GlobalVar("main"): function}))
    return Program(module, tuple(maker.args))


@st.composite
def programs(
    draw: Callable[[st.SearchStrategy[Any]], Any], size: int = 10, table: Sequence[Production] = PRODUCTIONS
) -> Program:
    """Programs as :func:`draw_program` makes them, from choices that hypothesis records and shrinks."""
    return draw_program(of_hypothesis(draw), size, table)
