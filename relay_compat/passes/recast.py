"""recast: operators compute in another element type, with casts around them (relay.transform.recast in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.analysis import count_layers
from relay_compat.ir.expr import Call, Expr, Function, Op, Tuple
from relay_compat.ir.module import IRModule
from relay_compat.op.call import call
from relay_compat.passes.building import is_call_of
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter, reachable
from tensor_core.node import Node


def recast(
    expr: Any, dtype: str, out_dtype: str, ops: Sequence[str] | None = None, skip_layers: Sequence[int] | None = None
) -> Any:
    """The expression, or the ``main`` of a module in a module of its own, with the arguments of ``ops`` (``nn.conv2d``
    where none are named) cast to ``dtype``, their ``out_dtype`` set, and their results cast back.

    ``skip_layers`` are left alone: numbers of those operators along the way to the result through first arguments,
    negative ones from the end.
    """
    names = ["nn.conv2d"] if ops is None else list(ops)
    root = expr["main"] if isinstance(expr, IRModule) else expr
    count = count_layers(root, names)
    skipped = {layer + count if layer < 0 else layer for layer in skip_layers or ()}
    depth = _depths(root, names)
    chosen = {node for node, found in depth.items() if count - found - 1 not in skipped}
    result = _Recaster(chosen, dtype, out_dtype, _types(root)).rewrite(root)
    return IRModule.from_expr(result) if isinstance(expr, IRModule) else result


def _depths(root: Expr, names: Sequence[str]) -> dict[Call, int]:
    """How many of the operators are above each of their calls, on the way by which a walk first comes to it; as TVM
    counts, only the first argument of one is below it.
    """
    found: dict[Call, int] = {}
    seen: set[Node] = set()
    pending: list[tuple[Node, int]] = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        children = [(child, depth) for child in node.iter_children()]
        if isinstance(node, Call) and is_call_of(node, *names):
            found[node] = depth
            children[1:2] = [(child, depth + 1) for child, _ in children[1:2]]
        pending += reversed(children)
    return found


def _types(root: Expr) -> dict[Node, Any]:
    """The type of the result of each call."""
    typed = infer_types(IRModule.from_expr(root))["main"]
    body = typed if isinstance(root, Function) else typed.body
    before, after = _calls(root), _calls(body)
    return {old: new.checked for old, new in zip(before, after, strict=True)}


def _calls(root: Expr) -> list[Call]:
    return [node for node in reachable(root) if isinstance(node, Call)]


class _Recaster(Rewriter):
    def __init__(self, chosen: set[Call], dtype: str, out_dtype: str, types: dict[Node, Any]) -> None:
        super().__init__()
        self._chosen = chosen
        self._dtype = dtype
        self._out_dtype = out_dtype
        self._types = types

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(new, Call) or old not in self._chosen:
            return new
        assert isinstance(new.op, Op)
        if new.op.name == "concatenate":
            fields = new.args[0]
            if len(new.args) != 1 or not isinstance(fields, Tuple):
                return new
            args: Sequence[Expr] = (Tuple(tuple(map(self._cast, fields.fields))),)
        else:
            args = tuple(map(self._cast, new.args))
        attrs: dict[str, Any] = dict(new.attrs or {})
        before = attrs.get("out_dtype")
        if before is not None:
            attrs["out_dtype"] = self._out_dtype
        return call("cast", call(new.op.name, *args, **attrs), dtype=before or self._types[old].dtype)

    def _cast(self, value: Expr) -> Expr:
        return call("cast", value, dtype=self._dtype)
