"""Results of tensor programs outlive their dataflow block.

TVM's ``RewriteDataflowReshape`` (0.19 to 0.27, part of every build) looks at each program that reads one array and
whose result is a dataflow variable, and aborts where that has no root block. Programs are said in plain loops, which
every release reads alike, so their results are outputs of the block: those it does not look at.
"""

from __future__ import annotations

from relax_core.ir.expr import Call, Expr, Op, Var
from relax_core.normalizer import Normalizer
from relax_core.types.leaves import VOID, type_of
from tensor_core.spans import Span


class KernelNormalizer(Normalizer):
    """A normalizer that makes results of ``call_tir`` outputs of their dataflow block."""

    def bind(
        self, value: Expr, hint: str = "", span: Span | None = None, origin: object = None, output: bool = False
    ) -> Var:
        """As that of :class:`Emitter`."""
        return super().bind(value, hint, span, origin, output or outlives(value))


def outlives(value: Expr) -> bool:
    """Whether the result of a right-hand side is an output of its block."""
    # What gives nothing has no name in text, where it would be read back as an inner variable.
    return runs_kernel(value) and type_of(value) != VOID


def runs_kernel(value: Expr) -> bool:
    """Whether a right-hand side is a ``call_tir``."""
    return isinstance(value, Call) and isinstance(value.op, Op) and value.op.name == "relax.call_tir"
