"""Putting groups of bindings into functions of their own (OperatorFusor in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.analysis.uses import get_var2val
from relax_core.analysis.variables import all_vars
from relax_core.analysis.walk import walk
from relax_core.function_table import FunctionTable
from relax_core.fusion.group_function import GroupFunction
from relax_core.fusion.groups import Group, Groups
from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    IRModule,
    MatchCast,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.names import NameTable
from relax_core.passes.function_pass import relax_release
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import deduce, type_of
from relax_core.types.relations import definable_symbols
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.prim import Var as SymbolicVar
from tensor_core.trampoline import Steps


def make_functions(
    module: IRModule, groups: Groups, lift_constants: bool = True, entry_functions: Sequence[str] = ()
) -> IRModule:
    """The module with every group of several bindings, or with attributes, of a dataflow block in a function of its
    own, which is called where the last of the bindings stood.

    Works on the functions of the given names, else on all that are not the result of fusion themselves. R2R0205 when
    groups depend on each other in a circle.
    """
    result = module.copy()
    table = FunctionTable(result, NameTable(var.name for var in module))
    entries = [module.get_global_var(name) for name in entry_functions] if entry_functions else list(module)
    fuser = _Fuser(table, groups, lift_constants, relax_release(module))
    for var in entries:
        function = module[var]
        if isinstance(function, Function) and not is_fused(function):
            new = fuser.fuse(function)
            if new is not function:
                table.update(var, new)
    return result


def is_fused(function: Function) -> bool:
    """Whether a function is the result of fusion, or for another compiler."""
    attrs = function.attrs or {}
    return bool(attrs.get("Primitive")) or attrs.get("Codegen") is not None


class _Fuser(RetypingMutator):
    def __init__(self, table: FunctionTable, groups: Groups, lift_constants: bool, release: str) -> None:
        super().__init__(release)
        self._table = table
        self._groups = groups
        self._lift_constants = lift_constants
        self._needs: dict[Group, dict[Group, None]] = {}
        self._outer: dict[Var, Expr] = {}
        self._names = NameTable()

    def fuse(self, function: Function) -> Function:
        """One function of the module."""
        self._outer = get_var2val(function)
        self._names = NameTable(lambda: {var.name for var in all_vars(function)})
        return self.run(function)

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """Fuse in a dataflow block. In blocks of branches and local functions FuseOps groups nothing, as in TVM."""
        if not isinstance(block, DataflowBlock) or not all(item.var in self._groups for item in block.bindings):
            return (yield super().block(block))
        functions: dict[Group, GroupFunction] = {}
        for binding in block.bindings:
            group = self._group(binding.var)
            if group.size > 1 or group.attrs:
                made = functions.get(group)
                if made is None:
                    made = functions[group] = GroupFunction(self._lift_constants, self._outer)
                made.append(binding)
        if not functions:
            return (yield super().block(block))
        self._find_boundaries(block.bindings, functions)
        for group, made in functions.items():
            # TVM marks it by a number in 0.19, by a truth value since.
            made.finish({**group.attrs, "Primitive": 1 if self.release == "0.19" else True})
        outer, self.in_dataflow = self.in_dataflow, True
        bindings: list[Binding] = []
        for binding in self._in_order(block.bindings):
            made = functions.get(self._group(binding.var))
            if made is None:
                bindings.extend((yield self.rewrite(binding)))
            elif made.function is not None and made.bindings[-1] is binding:
                bindings.extend(self._called(made, made.function))
        self.in_dataflow = outer
        return block.replace(bindings=tuple(bindings))

    def _group(self, var: Var) -> Group:
        group = self._groups.get(var)
        if group is None:
            raise fail(codes.ILL_FORMED, f"variable {var.name} is in no group", var.span)
        return group.find()

    def _find_boundaries(self, bindings: Sequence[Binding], functions: dict[Group, GroupFunction]) -> None:
        """What other groups use of a group is its result; groups that need each other are refused."""
        casts: dict[SymbolicVar, Group] = {}
        for binding in bindings:
            group = self._group(binding.var)
            for symbol in free_symbols(binding) if casts else ():
                if casts.get(symbol, group) is not group:
                    self._needs.setdefault(group, {})[casts[symbol]] = None
            if isinstance(binding, MatchCast):
                casts.update((symbol, group) for symbol in definable_symbols(binding.ty) if symbol not in casts)
            for node, done in walk(binding):
                if done or not isinstance(node, Var) or node not in self._groups:
                    continue
                producer = self._group(node)
                if producer is group:
                    continue
                if group in self._needs.get(producer, ()):
                    message = (
                        f"A cyclic dependency detected between the groups {binding.var.name} and {node.name} are in."
                    )
                    raise fail(codes.ILL_FORMED, message, binding.span)
                self._needs.setdefault(group, {})[producer] = None
                if producer in functions:
                    functions[producer].add_output(node)

    def _in_order(self, bindings: Sequence[Binding]) -> list[Binding]:
        """The bindings by group, each group after those it needs."""
        members: dict[Group, list[Binding]] = {}
        for binding in bindings:
            members.setdefault(self._group(binding.var), []).append(binding)
        ordered: list[Binding] = []
        visited: set[Group] = set()
        for root in members:
            if root in visited:
                continue
            visited.add(root)
            stack = [(root, iter(self._needs.get(root, ())))]
            while stack:
                group, pending = stack[-1]
                following = next((item for item in pending if item not in visited), None)
                if following is None:
                    stack.pop()
                    ordered.extend(members.get(group, ()))
                else:
                    visited.add(following)
                    stack.append((following, iter(self._needs.get(following, ()))))
        return ordered

    def _called(self, made: GroupFunction, function: Function) -> list[Binding]:
        """The call of a group's function, and the fields of its result."""
        callee = self._table.add(function, made.name)
        bindings: list[Binding] = []
        arguments: list[Expr] = []
        for argument in map(self.leaf, made.arguments):
            if isinstance(argument, TupleGetItem):
                bindings.append(VarBinding(DataflowVar(self._names.unique("lv"), type_of(argument)), argument))
                argument = bindings[-1].var
            arguments.append(argument)
        call = Call(callee, tuple(arguments))
        call.memo("ty", deduce(call, self.release))
        if len(made.outputs) == 1:
            [output] = made.outputs
            return [*bindings, self._bound(call, output, isinstance(output, DataflowVar))]
        result = DataflowVar(self._names.unique("lv"), call.ty)
        bindings.append(VarBinding(result, call))
        places = {var: place for place, var in enumerate(made.outputs)}
        for binding in made.bindings:
            output = binding.var
            if output in places:
                field = TupleGetItem(result, places[output])
                type_of(field)
                bindings.append(self._bound(field, output, isinstance(output, DataflowVar)))
        return bindings

    def _bound(self, value: Expr, output: Var, inner: bool) -> VarBinding:
        """A binding of what was a variable of the group."""
        new = (DataflowVar if inner else Var)(self._names.unique("lv" if inner else "gv"), type_of(value))
        self.define(output, new)
        return VarBinding(new, value)
