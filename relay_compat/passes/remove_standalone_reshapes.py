"""RemoveStandaloneReshapes: in lowered programs, reshapes of what a lowered call gives become that call (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.calls import callee_and_args, only_reshapes
from relay_compat.devices.marks import mark_of
from relay_compat.ir.expr import Call, Function, Let
from relay_compat.passes.building import is_call_of
from relay_compat.passes.remove_unused_functions import RemoveUnusedFunctions
from relay_compat.visit import Rewriter, with_type
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def RemoveStandaloneReshapes() -> Pass:
    """The pass, on ``main``; functions that are not used any more go."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        main = module["main"]
        assert isinstance(main, Function)
        result = module.copy()
        body = _Remover().rewrite(main.body)
        if body is not main.body:
            result["main"] = Function(main.params, body, main.ret_type, main.type_params, main.attrs)
        return RemoveUnusedFunctions(["main"])(result)

    return ModulePass(PassInfo(0, "RemoveStandaloneReshapes"), run)


class _Remover(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self._lowered: dict[Node, Call] = {}

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(new, Call) and only_reshapes(new):
            _, args = callee_and_args(new)
            if args and args[0] in self._lowered:
                return self._lowered[args[0]]
        # Types cannot be inferred any more: a variable keeps the shape that its value has lost.
        return with_type(old, new)

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Let):
            yield node.value
            mark = mark_of(self.done[node.value])
            if mark is not None and isinstance(mark.body, Call) and is_call_of(mark.body, "call_lowered"):
                self._lowered[node.var] = mark.body
            yield node.var
            yield node.body
        else:
            yield from node.iter_children()
