"""EtaExpand: constructors and global functions that are used as values become functions that call them (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Var
from relay_compat.ir.types import Type, TypeCall, TypeData, TypeVar
from relay_compat.types.substitute import substitute
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo

_NAME = "eta_expand_param"


def EtaExpand(expand_constructor: bool = False, expand_global_var: bool = False) -> Pass:
    """The pass; at least one kind must be asked for. Global functions are expanded where they are called, too."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        if not expand_constructor and not expand_global_var:
            raise fail(codes.ILL_FORMED, "EtaExpand must expand constructors or global functions")
        expander = _Expander(module, expand_constructor, expand_global_var)
        result = module.copy()
        for name, function in module.functions.items():
            if isinstance(function, Function):
                result.functions[name] = expander.rewrite(function)
        return result

    return ModulePass(PassInfo(1, "EtaExpand"), run)


class _Expander(Rewriter):
    def __init__(self, module: IRModule, constructors: bool, global_vars: bool) -> None:
        super().__init__()
        self._module = module
        self._constructors = constructors
        self._global_vars = global_vars

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Call) and isinstance(node.op, Constructor):
            return iter(node.args)
        return super().order(node)

    def _rebuild(self, node: Node) -> Node:
        if isinstance(node, Call) and isinstance(node.op, Constructor):
            args = tuple([cast(Expr, self.done[arg]) for arg in node.args])
            same = all(new is old for new, old in zip(args, node.args, strict=True))
            return node if same else node.replace(args=args)
        return super()._rebuild(node)

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Constructor) and self._constructors:
            return self._constructor(old)
        if isinstance(old, GlobalVar) and self._global_vars:
            function = self._module[old]
            return self._global(old, function) if isinstance(function, Function) else old
        return new

    def _constructor(self, constructor: Constructor) -> Function:
        data: TypeData = self._module.type_definitions[constructor.belong_to]
        fresh: dict[TypeVar, Type] = {var: TypeVar("A") for var in data.type_vars}
        params = tuple([Var(_NAME, substitute(held, fresh)) for held in constructor.inputs])
        type_params = tuple([cast(TypeVar, fresh[var]) for var in data.type_vars])
        return Function(params, Call(constructor, params), TypeCall(constructor.belong_to, type_params), type_params)

    def _global(self, var: GlobalVar, function: Function) -> Function:
        params = tuple([Var(_NAME, param.type_annotation) for param in function.params])
        return function.replace(params=params, body=Call(var, params))
