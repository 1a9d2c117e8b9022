"""Properties that fail in known ways on programs that hold a known operator: what campaigns are tried on."""

import os
import time

from migrate.verify.generate import Program
from migrate.verify.properties import Check, Property
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.verdict import Outcome
from relay_compat.ir.expr import Call, Op
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter, reachable
from tensor_core.module import IRModule
from tensor_core.node import Node

FINE = Check(Outcome.EXACT)


def holds(program: Program, op: str) -> bool:
    """Whether the program calls the operator."""
    nodes = reachable(program.module["main"])
    return any(isinstance(node, Call) and isinstance(node.op, Op) and node.op.name == op for node in nodes)


def _dying(program: Program) -> Check:
    if holds(program, "tanh"):
        os.abort()
    return FINE


def _hanging(program: Program) -> Check:
    while holds(program, "tanh"):
        time.sleep(0.1)
    return FINE


def _hungry(program: Program) -> Check:
    return Check(Outcome.EXACT, str(len(bytearray(1 << 40)))) if holds(program, "tanh") else FINE


def _raising(program: Program) -> Check:
    if holds(program, "tanh"):
        infer_types(None)  # pyright: ignore[reportArgumentType]
    return FINE


def _undecided(program: Program) -> Check:
    return Check(Outcome.INCONCLUSIVE, "who knows", "tanh: unknown") if holds(program, "tanh") else FINE


DYING = Property("dying", _dying)
HANGING = Property("hanging", _hanging)
HUNGRY = Property("hungry", _hungry)
RAISING = Property("raising", _raising)
UNDECIDED = Property("undecided", _undecided)


class _Swapped(Rewriter):
    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(new, Call) and isinstance(new.op, Op) and new.op.name == "subtract":
            return Call(new.op, new.args[::-1], new.attrs)
        return super().leave(old, new)


def _subtract_backwards(module: IRModule) -> IRModule:
    result = module.copy()
    result.functions[module.get_global_var("main")] = _Swapped().rewrite(module["main"])
    return infer_types(result)


WRONG = keeps_meaning("wrong", _subtract_backwards, effects=False)
