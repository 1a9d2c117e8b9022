"""FuseOpsByPattern: what matches a pattern goes into a function (relax.transform of TVM 0.19 to 0.27).

The function has the attribute ``Composite``, the name of the pattern. Works inside dataflow blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from relax_core.analysis.uses import udchain
from relax_core.dpl.matcher import Matcher
from relax_core.dpl.patterns import CallPattern, DFPattern, TupleGetItemPattern
from relax_core.fusion.annotate import annotate_composites
from relax_core.fusion.groups import Group, Groups
from relax_core.fusion.make_functions import make_functions
from relax_core.ir.expr import Binding, Call, DataflowBlock, Expr, Function, IRModule, SeqExpr, Var, VarBinding
from relax_core.visit import scopes
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.passes import ModulePass, Pass, PassInfo


@dataclass(frozen=True, eq=False)
class PatternCheckContext:
    """What a check of a match is given.

    ``matched_expr``: the whole. ``annotated_expr``: what the named patterns matched. ``matched_bindings``: variables
    and values of the match. ``var_usages``: the variables that use each variable of the block. ``value_to_bound_var``:
    the variable of each value.
    """

    matched_expr: Call
    annotated_expr: dict[str, Expr]
    matched_bindings: dict[Var, Expr]
    var_usages: dict[Var, list[Var]]
    value_to_bound_var: dict[Expr, Var]


Check = Callable[[PatternCheckContext], bool]


@dataclass(frozen=True, eq=False)
class FusionPattern:
    """A pattern with its name, such as "dnnl.conv2d_relu". ``annotation_patterns`` names parts of it for ``check``,
    which says whether a match is taken, and ``attrs_getter``, which gives further attributes of the function.
    """

    name: str
    pattern: DFPattern
    annotation_patterns: Mapping[str, DFPattern] | None = None
    check: Check | None = None
    attrs_getter: Callable[[dict[str, Expr]], Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        if self.annotation_patterns is None:
            object.__setattr__(self, "annotation_patterns", {})


def FuseOpsByPattern(
    patterns: Sequence[FusionPattern | tuple[Any, ...]],
    bind_constants: bool = True,
    annotate_codegen: bool = False,
    entry_functions: Sequence[str] | None = None,
) -> Pass:
    """Fuse what matches, earlier patterns first; a tuple holds the arguments of :class:`FusionPattern`.

    ``bind_constants``: constants go into the functions. ``annotate_codegen``: each function is wrapped in one for the
    compiler that the name of the pattern starts with. ValueError for what is no pattern.
    """
    made = [_pattern(item) for item in patterns]
    names = tuple(entry_functions or ())
    return ModulePass(
        PassInfo(0, "FuseOpsByPattern"),
        lambda module, _: fuse_by_patterns(module, made, bind_constants, annotate_codegen, names),
    )


def _pattern(item: FusionPattern | tuple[Any, ...]) -> FusionPattern:
    if isinstance(item, FusionPattern):
        return item
    if isinstance(cast(Any, item), tuple):
        return FusionPattern(*item)
    raise ValueError(f"Invalid pattern: {item}")


def fuse_by_patterns(
    module: IRModule,
    patterns: Sequence[FusionPattern],
    bind_constants: bool = True,
    annotate_codegen: bool = False,
    entry_functions: Sequence[str] = (),
) -> IRModule:
    """The module with what matches the patterns in functions of its own."""
    for pattern in patterns:
        groups: Groups = {}
        for function in _entries(module, entry_functions):
            for key, group in _Partition(pattern).run(function).items():
                if key in groups:
                    raise _repeated(key)
                groups[key] = group
        module = make_functions(module, groups, not bind_constants, entry_functions)
    return annotate_composites(module) if annotate_codegen else module


class RepeatedDefinition(DiagnosticError, ValueError):
    """Two functions define one variable; in TVM a ValueError."""


def _repeated(key: Expr) -> RepeatedDefinition:
    message = f"variable {getattr(key, 'name', key)} is defined in two functions"
    hint = "give each function variables of its own"
    return RepeatedDefinition(Diagnostic(codes.ILL_FORMED, message, getattr(key, "span", None), hint))


def _entries(module: IRModule, names: Sequence[str]) -> Iterator[Function]:
    for var in [module.get_global_var(name) for name in names] if names else module:
        function = module[var]
        if names and not isinstance(function, Function):
            raise fail(codes.ILL_FORMED, f"entry function {var.name} is no Relax function")
        if isinstance(function, Function) and (names or not _is_made(function)):
            yield function


def _is_made(function: Function) -> bool:
    attrs = function.attrs or {}
    return bool(attrs.get("Primitive")) or "Composite" in attrs or "Codegen" in attrs


class _Partition:
    """The groups of one function by one pattern."""

    def __init__(self, pattern: FusionPattern) -> None:
        self._pattern = pattern
        self._groups: Groups = {}
        self._members: dict[Group, list[Var]] = {}
        self._values: dict[Var, Expr] = {}
        self._variables: dict[Expr, Var] = {}
        self._matcher = Matcher(self._values)
        self._usages: dict[Var, list[Var]] = {}

    def run(self, function: Function) -> Groups:
        """The group of each variable of the function."""
        stack: list[Expr] = [function]
        while stack:
            scope = stack.pop()
            if isinstance(scope, Function):
                for param in scope.params:
                    self._define(param)
                scope = scope.body
            if not isinstance(scope, SeqExpr):
                continue
            for block in scope.blocks:
                self._usages = udchain(block) if isinstance(block, DataflowBlock) else {}
                for binding in block.bindings:
                    self._binding(binding)
                    stack.extend(scopes(binding.value))
        return self._groups

    def _define(self, var: Var) -> None:
        group = self._groups[var] = Group()
        self._members[group] = [var]

    def _binding(self, binding: Binding) -> None:
        self._define(binding.var)
        if not isinstance(binding, VarBinding):
            return
        value = binding.value
        self._values[binding.var] = value
        self._variables[value] = binding.var
        if isinstance(value, Call):
            matched = self._matcher.match(self._pattern.pattern, value)
            if matched is not None:
                self._take(binding.var, value, matched)

    def _take(self, var: Var, call: Call, matched: dict[DFPattern, Expr]) -> None:
        """Put a match into one group, if the check takes it and it does not cut through an earlier group."""
        named = self._pattern.annotation_patterns or {}
        annotated = {name: matched[pattern] for name, pattern in named.items() if pattern in matched}
        computed = [expr for pattern, expr in matched.items() if isinstance(pattern, CallPattern | TupleGetItemPattern)]
        bindings = {self._variables[expr]: expr for expr in computed}
        context = PatternCheckContext(call, annotated, bindings, self._usages, self._variables)
        if self._pattern.check is not None and not self._pattern.check(context):
            return
        inner = [
            self._variables[expr]
            for pattern, expr in matched.items()
            if isinstance(pattern, TupleGetItemPattern) or (isinstance(pattern, CallPattern) and expr is not call)
        ]
        for other in inner:
            group = self._groups.get(other)
            if group is None or group.find().size == 1:
                continue
            # The earlier match may only grow.
            if any(member not in bindings for member in self._members.get(group, ())):
                return
        parent = self._groups[var].find()
        parent.attrs["Composite"] = self._pattern.name
        if self._pattern.attrs_getter is not None:
            parent.attrs.update(self._pattern.attrs_getter(annotated))
        for other in inner:
            group = self._groups[other]
            if group is not parent:
                group.size -= 1
                group.parent = parent
                self._members[parent].append(other)
                parent.size += 1
