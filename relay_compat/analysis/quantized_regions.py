"""The operators between dequantize and quantize (relay.analysis.list_fake_quantized_op_freqs in TVM 0.19)."""

from __future__ import annotations

from collections import Counter

from relay_compat.ir.expr import Call, Constant, Expr, Op, Tuple, TupleGetItem
from relay_compat.ir.module import IRModule
from relay_compat.visit import reachable

__all__ = ["list_fake_quantized_op_freqs"]

_IN, _OUT = "qnn.dequantize", "qnn.quantize"


def list_fake_quantized_op_freqs(mod: IRModule) -> dict[str, int]:
    """How often each operator is called in regions of "main" that begin with dequantize and end with quantize.

    A region that anything else than tensors computed so leads into does not count.
    """
    found: Counter[str] = Counter()
    for node in reachable(mod["main"]):
        if isinstance(node, Call) and _name(node) == _OUT:
            found.update(_name(call) for call in _region(node) if _name(call) != _IN)
    return dict(found)


def _name(call: Call) -> str:
    return call.op.name if isinstance(call.op, Op) else ""


def _region(end: Call) -> list[Call]:
    """The calls of a region without those of quantize; none when it is not one."""
    calls: list[Call] = []
    seen: set[Expr] = set()
    stack: list[Expr] = [end.args[0]]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Call(op=Op()):
                name = _name(node)
                if name != _OUT:
                    calls.append(node)
                stack.extend(() if name == _IN else node.args[:1] if name == _OUT else node.args)
            case Tuple():
                stack.extend(node.fields)
            case TupleGetItem():
                stack.append(node.tuple_value)
            case Constant():
                pass
            case _:
                return []
    return calls
