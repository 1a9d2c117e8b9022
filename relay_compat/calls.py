"""What several passes ask of programs."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Op, Tuple


def callee_and_args(call: Call) -> tuple[Expr, tuple[Expr, ...]]:
    """What is called with what, ``call_lowered(f, (a, b))`` being a call of ``f``."""
    if isinstance(call.op, Op) and call.op.name == "call_lowered":
        function, args = call.args
        assert isinstance(args, Tuple)
        return function, args.fields
    return call.op, call.args
