"""What several passes ask of programs."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Call, Expr, Op, Tuple


def callee_and_args(call: Call) -> tuple[Expr, tuple[Expr, ...]]:
    """What is called with what, ``call_lowered(f, (a, b))`` being a call of ``f``."""
    if isinstance(call.op, Op) and call.op.name == "call_lowered":
        function, args = call.args
        assert isinstance(args, Tuple)
        return function, args.fields
    return call.op, call.args


def only_reshapes(call: Call) -> bool:
    """Whether a lowered call is of a function that gives its operand another shape."""
    if not isinstance(call.op, Op) or call.op.name != "call_lowered" or call.attrs is None:
        return False
    metadata: Any = call.attrs["metadata"]
    return bool(metadata.get("relay_attrs", {}).get("relay.reshape_only"))
