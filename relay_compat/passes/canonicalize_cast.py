"""CanonicalizeCast: a widening cast that several elementwise operators use is repeated for each (TVM 0.19).

After fusion, what crosses kernels is then the narrow value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.passes.building import is_call_of, tensor_type
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.ops.card import Pattern
from tensor_core.passes import Pass, PassContext, PassInfo


def CanonicalizeCast() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Canonicalizer().rewrite(function)

    return FunctionPass(PassInfo(3, "CanonicalizeCast", ("InferType",)), run)


class _Canonicalizer(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self._uses: Counter[Node] = Counter()
        self._args: dict[Node, tuple[Expr, ...]] = {}

    def order(self, node: Node) -> Iterator[Node]:
        if not _is_broadcast(node):
            yield from super().order(node)
            return
        assert isinstance(node, Call)
        args: list[Expr] = []
        for arg in node.args:
            yield arg
            args.append(self._own(arg))
        self._args[node] = tuple(args)

    def _own(self, arg: Expr) -> Expr:
        new = self.done[arg]
        assert isinstance(new, Expr)
        if _widens(arg):
            self._uses[arg] += 1
            if self._uses[arg] > 1 and isinstance(new, Call):
                return new.replace()
        return new

    def _rebuild(self, node: Node) -> Node:
        args = self._args.get(node)
        if args is None:
            return super()._rebuild(node)
        assert isinstance(node, Call)
        same = all(new is old for new, old in zip(args, node.args, strict=True))
        return node if same else node.replace(args=args)


def _is_broadcast(node: Node) -> bool:
    if not isinstance(node, Call) or not isinstance(node.op, Op):
        return False
    pattern = node.op.get_attr("TOpPattern")
    return pattern is not None and int(pattern) <= Pattern.BROADCAST.value


def _widens(arg: Expr) -> bool:
    if not is_call_of(arg, "cast"):
        return False
    assert isinstance(arg, Call)
    assert arg.attrs is not None
    return dtypes.bits(tensor_type(arg.args[0]).dtype) < dtypes.bits(arg.attrs.dtype)
