"""MergeCompositeFunctions: calls of composite functions for one compiler go into one function (relax.transform of TVM
0.19 to 0.27).

The function gets the attributes ``Codegen`` and ``global_symbol`` and holds the composite functions it calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from relax_core.analysis.uses import get_var2val
from relax_core.function_table import FunctionTable
from relax_core.fusion.annotate import codegen_name, without_attrs
from relax_core.fusion.groups import Group, Groups
from relax_core.fusion.make_functions import make_functions
from relax_core.ir.expr import (
    Binding,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType, TupleType
from relax_core.names import NameTable
from relax_core.passes.dead_code_elimination import eliminate_dead_code
from relax_core.passes.to_non_dataflow import to_non_dataflow
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.leaves import type_of
from relax_core.visit import Mutator, variables, with_type
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.trampoline import Steps


def MergeCompositeFunctions() -> Pass:
    """Merge the composite functions that ``main`` calls."""
    return ModulePass(PassInfo(0, "MergeCompositeFunctions"), lambda module, _: merge_composites(module))


def merge_composites(module: IRModule) -> IRModule:
    """The module with composite functions merged by compiler. R2R0603 without a function ``main``."""
    main = module.get_global_var("main")
    function = module[main]
    assert isinstance(function, Function)
    merged = make_functions(module, _Grouping(module, function).run())
    caller = _Caller(module, merged)
    inside = merged[main]
    assert isinstance(inside, Function)
    caller.table.update(main, caller.run(inside))
    return eliminate_dead_code(merged, ("main",))


class _Grouping:
    """The group of every value of ``main``: calls for one compiler join the groups of their arguments, unless those
    depend on something that would then depend on them.
    """

    def __init__(self, module: IRModule, function: Function) -> None:
        self._module = module
        self._function = function
        self._groups: Groups = {}
        # A bit for every group of a compiler; groups that were merged have several.
        self._bits: dict[Group, int] = {}
        # Of root groups: the bits of the groups that each depends on, directly or not.
        self._needs: dict[Group, int] = {}
        self._compilers: dict[GlobalVar, str | None] = {}
        self._fields_only = _fields_only(function)

    def run(self) -> Groups:
        """The groups of all variables."""
        for param in self._function.params:
            self._groups[param] = Group()
        body = self._function.body
        assert isinstance(body, SeqExpr)
        for binding in (binding for block in body.blocks for binding in block.bindings):
            self._groups[binding.var] = self._group(binding)
        return {expr: group.find() for expr, group in self._groups.items() if isinstance(expr, Var)}

    def _group(self, binding: Binding) -> Group:
        value = binding.value if isinstance(binding, VarBinding) else None
        match value:
            case Call():
                return self._call(value)
            case Tuple():
                return self._tuple(binding.var, value)
            case TupleGetItem():
                return self._field(value)
            case Var():
                return self._of(value)
            case _:
                group = Group()
                self._depend(group, tuple(variables(binding.value)))
                return group

    def _of(self, expr: Expr) -> Group:
        """The group of an argument; leaves other than variables have one each."""
        group = self._groups.get(expr)
        if group is None:
            group = self._groups[expr] = Group()
        return group.find()

    def _call(self, call: Call) -> Group:
        arguments = [arg for arg in call.args if not isinstance(arg, GlobalVar)]
        compiler = self._compiler(call.op)
        merged = self._mergeable(arguments, compiler)
        if not merged:
            group = Group()
            if compiler is not None:
                group.attrs["Codegen"] = compiler
                self._bits[group] = 1 << len(self._bits)
        else:
            group = merged[0].find()
            group.size += 1
            for other in merged[1:]:
                self._merge(other.find(), group)
        self._depend(group, arguments)
        return group

    def _compiler(self, callee: Expr) -> str | None:
        if not isinstance(callee, GlobalVar):
            return None
        if callee not in self._compilers:
            composite = _attrs(self._module.functions.get(callee)).get("Composite")
            self._compilers[callee] = None if composite is None else codegen_name(composite)
        return self._compilers[callee]

    def _mergeable(self, arguments: Sequence[Expr], compiler: str | None) -> list[Group]:
        if compiler is None:
            return []
        around = 0
        for arg in _flat(arguments):
            around |= self._needs.get(self._of(arg), 0)
        groups = [self._of(arg) for arg in arguments if not isinstance(arg, Tuple)]
        return [group for group in groups if group.attrs.get("Codegen") == compiler and not self._bits[group] & around]

    def _merge(self, child: Group, parent: Group) -> None:
        if child is parent:
            return
        child.parent = parent
        parent.size += child.size
        self._needs[parent] = self._needs.get(parent, 0) | self._needs.pop(child, 0)
        self._bits[parent] |= self._bits[child]

    def _depend(self, group: Group, arguments: Sequence[Expr]) -> None:
        needed = self._needs.get(group, 0)
        for arg in _flat(arguments):
            other = self._of(arg)
            if other is not group:
                needed |= self._bits.get(other, 0) | self._needs.get(other, 0)
        self._needs[group] = needed

    def _tuple(self, var: Var, value: Tuple) -> Group:
        if _is_flat(value):
            groups = {self._of(item) for item in value.fields}
            [*inside] = groups
            if var in self._fields_only and len(inside) == 1 and "Codegen" in inside[0].attrs:
                inside[0].size += 1
                return inside[0]
        group = Group()
        self._depend(group, value.fields if _is_flat(value) else ())
        return group

    def _field(self, value: TupleGetItem) -> Group:
        source = value.tuple_value
        if _is_flat(source):
            inside = self._of(source)
            if source in self._fields_only and "Codegen" in inside.attrs:
                inside.size += 1
                return inside
        group = Group()
        self._depend(group, (source,) if _is_flat(source) else ())
        return group


def _attrs(function: Any) -> Any:
    return getattr(function, "attrs", None) or {}


def _flat(arguments: Sequence[Expr]) -> Iterator[Expr]:
    stack = list(reversed(arguments))
    while stack:
        item = stack.pop()
        if isinstance(item, Tuple):
            stack.extend(reversed(item.fields))
        elif not isinstance(item, GlobalVar):
            yield item


def _is_flat(expr: Expr) -> bool:
    """Whether an expression is a tuple of tensors."""
    type_ = type_of(expr)
    return isinstance(type_, TupleType) and bool(type_.fields) and all(isinstance(t, TensorType) for t in type_.fields)


def _fields_only(function: Function) -> set[Expr]:
    """The variables of which, other names included, nothing but fields is used."""
    values = get_var2val(function)
    used_whole: set[Var] = set(variables(function.body.body)) if isinstance(function.body, SeqExpr) else set()
    taken: set[Var] = set()
    aliases: dict[Var, list[Var]] = {}
    for var, value in values.items():
        if isinstance(value, TupleGetItem) and isinstance(value.tuple_value, Var):
            taken.add(value.tuple_value)
        elif isinstance(value, Var):
            aliases.setdefault(value, []).append(var)
            aliases.setdefault(var, []).append(value)
        else:
            used_whole.update(variables(value))
    pending = list(used_whole)
    while pending:
        for other in aliases.get(pending.pop(), ()):
            if other not in used_whole:
                used_whole.add(other)
                pending.append(other)
    pending = [var for var in taken if var not in used_whole]
    result: set[Expr] = set(pending)
    while pending:
        for other in aliases.get(pending.pop(), ()):
            if other not in result:
                result.add(other)
                pending.append(other)
    return result


class _Caller(Mutator):
    """Calls the merged functions by new names, and finishes them."""

    def __init__(self, module: IRModule, merged: IRModule) -> None:
        super().__init__()
        self._module = module
        self._merged = merged
        self.table = FunctionTable(merged, NameTable(var.name for var in merged))
        self._made: dict[GlobalVar, GlobalVar] = {}

    def leaf(self, expr: Expr) -> Expr:
        """Call the finished function."""
        expr = super().leaf(expr)
        if not isinstance(expr, Call) or not isinstance(expr.op, GlobalVar):
            return expr
        new = self._made.get(expr.op) or self._finished(expr.op)
        return expr if new is None else with_type(expr.replace(op=new), expr)

    def _finished(self, var: GlobalVar) -> GlobalVar | None:
        function = self._merged.functions.get(var)
        compiler = _attrs(function).get("Codegen")
        if not isinstance(function, Function) or compiler is None:
            return None
        symbol = f"{var.name}_{compiler}"
        inlined = _Inliner(self._module).run(to_non_dataflow(function))
        bare = without_attrs(inlined, "Primitive")
        del self._merged[var]
        new = with_type(bare.replace(attrs={**(bare.attrs or {}), "global_symbol": symbol}), bare)
        made = self._made[var] = self.table.add(new, symbol)
        return made


class _Inliner(Mutator):
    """Puts the composite functions that a function calls into it, each once, as local functions."""

    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self._module = module
        self._local: dict[Function, Var] = {}

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Bind a composite function before its first call."""
        value = binding.value
        function = (
            self._module.functions.get(value.op)
            if isinstance(value, Call) and isinstance(value.op, GlobalVar)
            else None
        )
        if not isinstance(value, Call) or not isinstance(function, Function) or "Composite" not in _attrs(function):
            return (yield super().rewrite(binding))
        before: tuple[Binding, ...] = ()
        local = self._local.get(function)
        if local is None:
            copy = without_attrs(with_new_variables(function), "Primitive")
            local = self._local[function] = Var("gv" if not self._local else f"gv{len(self._local)}", type_of(copy))
            before = (VarBinding(local, copy),)
        changed: Any = binding
        call = self.leaf(value)
        return (*before, changed.replace(value=with_type(call.replace(op=local), call)))
