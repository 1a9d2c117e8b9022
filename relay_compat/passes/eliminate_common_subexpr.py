"""EliminateCommonSubexpr: calls of one operator on the same operands become one call (TVM 0.19).

Operands are the same when they are one expression, equal scalar constants, or tuples of such. Calls without operands
and of operators with state stay, as do those that ``fskip`` says yes to.
"""

from __future__ import annotations

from collections.abc import Callable

from relay_compat.ir.expr import Call, Expr, Function, Op, Tuple, TupleGetItem
from relay_compat.passes.building import scalar_key
from relay_compat.structural import structural_equal
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo

Skip = Callable[[Expr], bool]


def EliminateCommonSubexpr(fskip: Skip | None = None) -> Pass:
    """The pass. ``fskip`` is asked about every rewritten call and projection."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Eliminator(fskip).rewrite(function)

    return FunctionPass(PassInfo(3, "EliminateCommonSubexpr", ("InferType",)), run)


class _Eliminator(Rewriter):
    def __init__(self, skip: Skip | None) -> None:
        super().__init__()
        self._skip = skip
        self._calls: dict[object, list[Call]] = {}
        self._items: dict[tuple[Expr, int], TupleGetItem] = {}

    def leave(self, old: Node, new: Node) -> Node:
        del old
        match new:
            case Call(op=Op() as callee) if new.args and not callee.get_attr("TOpIsStateful"):
                return new if self._skip and self._skip(new) else self._call(new)
            case TupleGetItem():
                if self._skip and self._skip(new):
                    return new
                return self._items.setdefault((new.tuple_value, int(new.index)), new)
            case _:
                return new

    def _call(self, call: Call) -> Call:
        alike = self._calls.setdefault((call.op, *map(_key, call.args)), [])
        for candidate in alike:
            if structural_equal(call.attrs, candidate.attrs):
                return candidate
        alike.append(call)
        return call


def _key(arg: Expr) -> object:
    return tuple(map(scalar_key, arg.fields)) if isinstance(arg, Tuple) else scalar_key(arg)
