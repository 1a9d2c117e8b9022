"""Inline: put global functions that are marked ``Inline`` where they are called (TVM 0.19).

A function is put into its callers once it refers to no other global function itself; recursive ones never are. Marked
functions that nothing refers to any more leave the module, unless nothing referred to them from the beginning. A
function of an external compiler goes in as a function, not as its body.
"""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.analysis.call_graph import CallGraph
from relay_compat.calls import callee_and_args
from relay_compat.ir.expr import Call, Expr, Function
from relay_compat.ir.make import bind
from relay_compat.visit import Rewriter
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def Inline() -> Pass:
    """The pass, which is named "InlineGlobals"."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        return inline_globals(module)

    return ModulePass(PassInfo(1, "InlineGlobals"), run)


def inline_globals(module: IRModule) -> IRModule:
    """What the pass does. Nothing is inferred, before or after."""
    graph = CallGraph(module)
    result = module.copy()
    left = {name: set(called) for name, called in graph.called.items()}
    ready: dict[GlobalVar, Function] = {}
    for name in graph.callees_first():
        function = result.functions[name]
        if not isinstance(function, Function):
            continue
        if not left[name].isdisjoint(ready):
            body = _Inliner(ready).rewrite(function.body)
            function = function.replace(body=body)
            result.functions[name] = function
            left[name] -= ready.keys()
        if not left[name] and function.attrs.get("Inline"):
            ready[name] = function
    for name in ready:
        if graph.ref_count(name) and not any(name in called for called in left.values()):
            del result[name]
    return result


class _Inliner(Rewriter):
    def __init__(self, ready: dict[GlobalVar, Function]) -> None:
        super().__init__()
        self._ready = ready

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Call) and callee_and_args(node)[0] in self._ready:
            return iter(callee_and_args(node)[1])
        return super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, GlobalVar) and old in self._ready:
            return self._ready[old].replace()
        if isinstance(old, Call):
            callee, args = callee_and_args(old)
            if isinstance(callee, GlobalVar) and callee in self._ready:
                return self._expand(self._ready[callee], old, [self.done[arg] for arg in args])
        return new

    def _expand(self, function: Function, call: Call, args: list[Node]) -> Node:
        values = [arg for arg in args if isinstance(arg, Expr)]
        if function.attrs.get("Compiler") or function.attrs.get("Extern"):
            return Call(function.replace(), tuple(values), call.attrs, call.type_args)
        return bind(function.body, dict(zip(function.params, values, strict=True)))
