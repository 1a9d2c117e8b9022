"""The structural rules of Relax (relax.analysis.well_formed): scoping, purity, normal form, types.

Every breach is one diagnostic R2R0205 that names the function and the binding.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from relax_core.builtins.table import builtin
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    Op,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.types.call_form import normal_form
from relax_core.types.deduce import deduce, is_pure_call
from relax_core.types.lattice import BaseChecker, BaseCheckResult, type_base_check
from relax_core.types.leaves import type_of
from relax_core.types.relations import definable_symbols, symbols
from relax_core.visit import is_leaf
from tensor_core import codes, shapes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim
from tensor_core.trampoline import Steps, run


def check(module: IRModule) -> list[Diagnostic]:
    """Every breach of a structural rule, in textual order; empty for a well-formed module."""
    found: list[Diagnostic] = []
    owners: dict[Var | SymbolicVar, str] = {}
    for var, function in module.functions.items():
        if isinstance(function, Function):
            checker = _Checker(module, var.name, owners)
            checker.name(function)
            run(checker.function(function))
            found += checker.found
    return found


class _Lenient(BaseChecker):
    """What a variable's type must be of its value's: a base, where dimensions may be equal without a proof."""

    def dim(self, base: Dim, other: Dim) -> BaseCheckResult:
        """Dimensions must not be known to differ."""
        return BaseCheckResult.FAIL_L0 if shapes.prove_different(base, other) else BaseCheckResult.PASS


_LENIENT = _Lenient()


def _fits(stated: Type, found: Type, value: Expr) -> bool:
    """Whether a value may be bound under a type: a call's is believed unless it is provably wrong, as in TVM."""
    grade = _LENIENT.check(stated, found)
    return grade is not BaseCheckResult.FAIL_L0 if isinstance(value, Call) else grade is BaseCheckResult.PASS


class _Checker:
    def __init__(self, module: IRModule, name: str, owners: dict[Var | SymbolicVar, str]) -> None:
        self.found: list[Diagnostic] = []
        # In which global function parameters and symbolic variables are defined: in one only.
        self._owners = owners
        self._release = module.release or "0.27"
        self._module = module
        self._name = name
        self._defined: set[Var] = set()
        # What is in scope, and in which order it came there, so that the end of a scope costs what the scope holds.
        self._visible: set[Var] = set()
        self._symbols: set[SymbolicVar] = set()
        self._trail: list[Var | SymbolicVar] = []
        self._pure: bool = True
        self._forced: bool = False
        self._dataflow: bool = False

    def name(self, function: Function) -> None:
        """Check that a global function has one name."""
        symbol = (function.attrs or {}).get("global_symbol")
        if symbol is not None and str(symbol) != self._name:
            self._report(f"its global symbol is {symbol}", function)

    def function(self, function: Function) -> Steps[None]:
        """Check a global or local function."""
        start = len(self._trail)
        outer: tuple[bool, bool, bool] = (self._pure, self._forced, self._dataflow)
        self._pure = function.is_pure
        attrs = function.attrs or {}
        self._forced = bool(attrs.get("relax.force_pure"))
        self._dataflow = False
        if self._forced and not function.is_pure:
            self._report("a function with relax.force_pure must be declared pure", function)
        for param in function.params:
            if isinstance(param, DataflowVar):
                self._report(f"parameter {param.name} is a dataflow variable", param)
            self._define(param, param)
            self._own(param, param)
            if param.ty is None:
                self._report(f"parameter {param.name} has no type", param)
            else:
                self._define_symbols(param.ty, param)
        for param in function.params:
            if param.ty is not None:
                self._check_symbols(symbols(param.ty), f"the type of parameter {param.name}", param)
        if not isinstance(function.body, SeqExpr):
            self._report("the body of a function must be a sequence of blocks", function)
        yield self._scope(function.body, "the result")
        if function.ret_ty is not None:
            self._check_symbols(symbols(function.ret_ty), "the result type", function)
        else:
            self._report("the function has no result type", function)
        self._leave(start)
        self._pure, self._forced, self._dataflow = outer

    def _scope(self, body: Expr, what: str) -> Steps[None]:
        if not isinstance(body, SeqExpr):
            self._leaf(body, what, body)
            return
        for block in body.blocks:
            yield self._block(block)
        self._leaf(body.body, what, body)

    def _block(self, block: BindingBlock) -> Steps[None]:
        outer = self._dataflow
        self._dataflow = isinstance(block, DataflowBlock)
        inner: list[Var] = []
        for binding in block.bindings:
            yield self._binding(binding)
            var = binding.var
            if isinstance(var, DataflowVar):
                inner.append(var)
                if not self._dataflow:
                    self._report(f"dataflow variable {var.name} is defined outside of a dataflow block", binding)
        # Seen from here on, a dataflow variable is out of its block.
        self._visible.difference_update(inner)
        self._dataflow = outer

    def _binding(self, binding: Binding) -> Steps[None]:
        name = binding.var.name
        if isinstance(binding, MatchCast):
            self._leaf(binding.value, name, binding)
            self._define_symbols(binding.ty, binding)
            self._check_symbols(symbols(binding.ty), f"the type of {name}", binding)
        elif isinstance(binding, VarBinding):
            if isinstance(binding.value, Function):
                # A local function may call itself.
                self._define(binding.var, binding)
                yield self._value(binding)
                return
            yield self._value(binding)
        self._define(binding.var, binding)

    def _value(self, binding: VarBinding) -> Steps[None]:
        value, name = binding.value, binding.var.name
        if binding.var.ty is None:
            self._report(f"{name} has no type", binding)
        match value:
            case Function():
                yield self.function(value)
            case If():
                if self._dataflow:
                    self._report(f"{name} branches inside a dataflow block", binding)
                self._leaf(value.cond, name, binding)
                yield self._arm(value.true_branch, name)
                yield self._arm(value.false_branch, name)
            case Call():
                self._call(value, binding)
            case TupleGetItem():
                self._leaf(value.tuple_value, name, binding)
            case SeqExpr():
                self._report(f"{name} is bound to a sequence: not in normal form", binding)
            case _:
                self._leaf(value, name, binding)
        if not isinstance(value, Function):
            self._check_type(binding.var.ty, name, binding)
        stated, found = binding.var.ty, type_of(value)
        if found is None:
            self._report(f"what is bound to {name} has no type", binding)
        elif stated is not None and not _fits(stated, found, value):
            self._report(f"{name} is annotated {stated}, its value is {found}", binding)

    def _arm(self, body: Expr, name: str) -> Steps[None]:
        start = len(self._trail)
        if not isinstance(body, SeqExpr):
            self._report(f"an arm of {name} is no sequence of blocks", body)
        yield self._scope(body, f"the result of an arm of {name}")
        self._leave(start)

    def _call(self, call: Call, binding: VarBinding) -> None:
        name = binding.var.name
        self._leaf(call.op, name, binding)
        for arg in call.args:
            self._leaf(arg, name, binding)
        if call.ty is None:
            self._report(f"the call bound to {name} has no type", binding)
        else:
            self._deduced(call, binding)
        self._operator(call, binding)
        if is_pure_call(call) or (self._forced and not self._dataflow):
            return
        callee = getattr(call.op, "name", "a function")
        if isinstance(call.op, Op):
            callee = f"R.{callee.removeprefix('relax.')}"
        if self._dataflow:
            self._report(f"{name} calls {callee}, which has effects, inside a dataflow block", binding)
        elif self._pure:
            self._report(f"{name} calls {callee}, which has effects, inside a pure function", binding)

    def _deduced(self, call: Call, binding: VarBinding) -> None:
        """A call must have a type that its arguments allow."""
        stated = call.ty
        assert stated is not None
        try:
            found = deduce(Call(call.op, call.args, call.attrs, call.ty_args, call.span), self._release)
        except DiagnosticError as error:
            # An operator that this release does not have is taken at its word.
            for item in error.diagnostics:
                if item.code is not codes.UNKNOWN_OP:
                    self._report(f"{binding.var.name}: {item.message}", binding)
            return
        if type_base_check(stated, found) is BaseCheckResult.FAIL_L0:
            self._report(f"the call bound to {binding.var.name} has type {stated}, its result is {found}", binding)

    def _operator(self, call: Call, binding: VarBinding) -> None:
        """The rules of single operators: their normal form, and what else they ask of a call."""
        known = builtin(call.op.name) if isinstance(call.op, Op) else None
        if known is None:
            return
        try:
            if normal_form(call, {}) is not call:
                self._report(f"{binding.var.name} is bound to a call that is not in normal form", binding)
            elif known.validate is not None:
                known.validate(call)
        except DiagnosticError as error:
            for item in error.diagnostics:
                self._report(item.message, binding)

    def _leaf(self, expr: Expr, name: str, at: Any) -> None:
        """Check an argument: a leaf whose variables are visible."""
        if not is_leaf(expr):
            if isinstance(expr, TupleGetItem):
                self._report(f"{name} uses a projection as an argument: not in normal form", at)
            else:
                self._report(f"{name} uses a {type(expr).__name__} as an argument: not in normal form", at)
            return
        stack: list[Expr] = [expr]
        while stack:
            item = stack.pop()
            if isinstance(item, Tuple):
                stack.extend(reversed(item.fields))
            elif isinstance(item, Var):
                self._use(item, name, at)
            elif isinstance(item, GlobalVar):
                if item not in self._module.functions:
                    self._report(f"{name} refers to @{item.name}, which the module does not have", at)
            elif isinstance(item, ShapeExpr):
                used = (var for dim in item.values for var in shapes.free_vars(dim))
                self._check_symbols(used, f"a shape in {name}", at)
            elif isinstance(item, PrimValue):
                self._check_symbols(shapes.free_vars(item.value), f"a scalar in {name}", at)

    def _use(self, var: Var, name: str, at: Any) -> None:
        if var in self._visible:
            return
        if var in self._defined and isinstance(var, DataflowVar):
            self._report(f"{name} uses dataflow variable {var.name} outside of its block", at)
        else:
            self._report(f"{name} uses {var.name}, which is not defined here", at)

    def _define(self, var: Var, at: Any) -> None:
        if var in self._defined:
            self._report(f"{var.name} is defined twice", at)
        self._defined.add(var)
        self._visible.add(var)
        self._trail.append(var)

    def _own(self, var: Var | SymbolicVar, at: Any) -> None:
        owner = self._owners.setdefault(var, self._name)
        if owner != self._name:
            self._report(f"{var.name} is defined in @{owner}, too", at)

    def _define_symbols(self, type_: Type, at: Any) -> None:
        for var in definable_symbols(type_):
            if var not in self._symbols:
                self._own(var, at)
                self._symbols.add(var)
                self._trail.append(var)

    def _leave(self, start: int) -> None:
        """Forget what came into scope since the trail had this length."""
        for var in self._trail[start:]:
            if isinstance(var, SymbolicVar):
                self._symbols.discard(var)
            else:
                self._visible.discard(var)
        del self._trail[start:]

    def _check_type(self, type_: Type | None, name: str, at: Any) -> None:
        if type_ is not None:
            self._check_symbols(symbols(type_), f"the type of {name}", at)

    def _check_symbols(self, used: Iterable[SymbolicVar], where: str, at: Any) -> None:
        for var in dict.fromkeys(used):
            if var not in self._symbols:
                self._report(f"{where} uses the symbolic variable {var.name}, which is not defined here", at)

    def _report(self, message: str, at: Any) -> None:
        span = getattr(at, "span", None)
        self.found.append(
            Diagnostic(codes.ILL_FORMED, f"in @{self._name}: {message}", span, "normalise or repair the module")
        )
