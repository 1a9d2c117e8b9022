"""OutlineCompilerFunctionsWithExistingGlobalSymbols: literals for outside compilers become globals (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Let
from relay_compat.passes.compiler_functions import is_for_compiler
from relay_compat.transform.function_pass import optimizable
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def OutlineCompilerFunctionsWithExistingGlobalSymbols(compiler_filter: str = "") -> Pass:
    """The pass: functions with the attribute ``Compiler`` (that of ``compiler_filter``, or any) that are called where
    they stand, or by the variable of a let, go into the module under their ``global_symbol``.

    DiagnosticError R2R0602 for one without a ``global_symbol``.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = module.copy()
        outliner = _Outliner(result, compiler_filter)
        for name, function in module.functions.items():
            if optimizable(function):
                body = outliner.rewrite(function.body)
                result[name] = function if body is function.body else function.replace(body=body)
        return result

    return ModulePass(PassInfo(0, "OutlineCompilerFunctions"), run)


class _Outliner(Rewriter):
    def __init__(self, module: IRModule, compiler: str) -> None:
        super().__init__()
        self._module = module
        self._compiler = compiler

    def order(self, node: Node) -> Iterator[Node]:
        if not isinstance(node, Let):
            yield from node.iter_children()
            return
        yield node.value
        if is_for_compiler(self.done[node.value], self._compiler):
            self.done[node.var] = self.done[node.value]
        yield node.var
        yield node.body

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Let) and is_for_compiler(self.done[old.value], self._compiler):
            return self.done[old.body]
        if isinstance(new, Call) and is_for_compiler(new.op, self._compiler):
            return new.replace(op=self._outlined(new.op))
        return new

    def _rebuild(self, node: Node) -> Node:
        # A let whose value is put where it is called has no variable left to bind.
        if isinstance(node, Let) and self.done[node.var] is not node.var:
            return node
        return super()._rebuild(node)

    def _outlined(self, function: Function) -> Expr:
        symbol = function.attrs.get("global_symbol")
        if symbol is None:
            raise fail(
                codes.EXECUTION_FAILED,
                "a function for an outside compiler has no global_symbol to go by",
                function.span,
                hint='give it one with function.with_attr("global_symbol", name)',
            )
        if symbol in self._module:
            return self._module.get_global_var(symbol)
        found = GlobalVar(str(symbol), function.span)
        found.memo("checked", function.checked)
        self._module[found] = function
        return found
