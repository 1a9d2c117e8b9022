"""LambdaLift: local functions become functions of the module (relax.transform.LambdaLift in TVM 0.19 to 0.27).

A function that uses variables of the functions around it gets them as further parameters; where it stood stays a
closure (``make_closure``), and calls of it become ``invoke_pure_closure``, or ``invoke_closure`` where they may have
effects. Names are those of TVM: the function and the variable, then the whole path, then a count.
"""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.analysis.variables import free_vars
from relax_core.ir.expr import (
    Binding,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    Op,
    SeqExpr,
    Tuple,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import FuncType
from relax_core.passes.function_pass import relax_release
from relax_core.passes.lambda_names import lambda_names
from relax_core.retype import RetypingMutator, with_body
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.deduce import deduce, type_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.trampoline import Steps


def LambdaLift() -> Pass:
    """Make local functions functions of the module."""
    return ModulePass(PassInfo(1, "LambdaLift"), lambda module, _: lambda_lift(module))


def lambda_lift(module: IRModule) -> IRModule:
    """The module, in normal form, without local functions.

    R2R0205 when a local function's global symbol is taken, or a recursive closure uses itself other than in a call.
    """
    lifter = _Lifter(module)
    result = module.copy()
    for var, function in module.functions.items():
        if isinstance(function, Function):
            result[var] = lifter.run(function)
            var.memo("checked", type_of(result[var]))
    for var, function in lifter.lifted.items():
        result[var] = function
    return result if lifter.lifted else module


class _Lifter(RetypingMutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__(relax_release(module))
        self.lifted: dict[GlobalVar, Function] = {}
        self._module = module
        self._names = lambda_names(module)
        self._values: dict[Var, Expr] = {}
        self._closures: set[GlobalVar] = set()
        self._recursive: dict[Var, tuple[GlobalVar, tuple[Var, ...]]] = {}

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A function that captures nothing is replaced by its global variable, any other one by a closure."""
        if isinstance(binding, VarBinding) and isinstance(binding.value, Function):
            value = yield self._lift(binding.var, binding.value)
            if isinstance(value, GlobalVar):
                return ()
            made: tuple[Binding, ...] = (self.bound(binding, value),)
        else:
            made = yield super().rewrite(binding)
        self._values.update({item.var: item.value for item in made if isinstance(item, VarBinding)})
        return made

    def _lift(self, var: Var, function: Function) -> Steps[Expr]:
        free = free_vars(function)
        captured = tuple(item for item in free if item is not var)
        inside = tuple(Var(item.name, type_of(self.resolve(item)), item.span) for item in captured)
        name = GlobalVar(self._names[function])
        self._declare(name, function, inside)
        if not captured:
            self.replaced[var] = name
        elif var in free:
            self._recursive[var] = (name, captured)
        outside = {item: self.replaced.get(item) for item in captured}
        for item, param in zip(captured, inside, strict=True):
            self.define(item, param)
        body = yield self.scope(function.body)
        for item, former in outside.items():
            if former is None:
                del self.replaced[item]
            else:
                self.replaced[item] = former
        self._add(name, function, inside, body)
        if captured or self._is_closure(body):
            self._closures.add(name)
        if not captured:
            return name
        self._recursive.pop(var, None)
        closure = Call(op("relax.make_closure"), (name, Tuple(tuple(map(self.resolve, captured)))))
        closure.memo("ty", deduce(closure, self.release))
        return closure

    def _declare(self, name: GlobalVar, function: Function, inside: Sequence[Var]) -> None:
        """State the type of a function to be, for calls of it within itself."""
        stated = type_of(function)
        if isinstance(stated, FuncType) and stated.params is not None:
            more = tuple(item.ty for item in inside if item.ty is not None)
            name.memo("checked", FuncType((*stated.params, *more), stated.ret, stated.pure))

    def _add(self, name: GlobalVar, function: Function, inside: Sequence[Var], body: Expr) -> None:
        made = function.replace(params=(*function.params, *inside), ret_ty=None)
        made = with_new_variables(with_body(made, body))
        name.memo("checked", type_of(made))
        self.lifted[name] = made

    def leaf(self, expr: Expr) -> Expr:
        """Calls of closures become calls of the built-ins that invoke them."""
        if isinstance(expr, Call) and isinstance(expr.op, Var):
            known = self._recursive.get(expr.op)
            if known is not None:
                name, captured = known
                return self._typed(Call(name, (*expr.args, *captured), expr.attrs, expr.ty_args, expr.span))
            callee = self.resolve(expr.op)
            value = self._values.get(callee) if isinstance(callee, Var) else None
            if isinstance(value, Call) and self._is_closure(value):
                return self._invoked(expr, value)
        if self._recursive and isinstance(expr, Var) and expr in self._recursive:
            message = f"function {expr.name} captures variables and uses itself as a value"
            raise fail(codes.ILL_FORMED, message, expr.span, "call it only")
        return super().leaf(expr)

    def _typed(self, call: Call) -> Expr:
        call = super().leaf(call)  # pyright: ignore[reportAssignmentType]
        return self.typed_anew(call)

    def _invoked(self, call: Call, made_by: Call) -> Expr:
        name = "relax.invoke_pure_closure" if _is_pure(made_by.op) else "relax.invoke_closure"
        types = () if call.ty is None else (call.ty,)
        return self._typed(Call(op(name), (call.op, Tuple(call.args)), None, types, call.span))

    def _is_closure(self, value: Expr | None) -> bool:
        """Whether a value is a closure, or what a function that gives one answers."""
        seen: set[Expr] = set()
        while value is not None and value not in seen:
            seen.add(value)
            if isinstance(value, Var):
                value = self._values.get(value)
            elif isinstance(value, Call):
                if isinstance(value.op, Op):
                    return value.op.name == "relax.make_closure"
                value = value.op
            elif isinstance(value, GlobalVar):
                if value in self._closures:
                    return True
                found = self._module.functions.get(value)
                value = found.body if isinstance(found, Function) else None
            else:
                value = value.body if isinstance(value, SeqExpr) else None
        return False


def _is_pure(callee: Expr) -> bool:
    if isinstance(callee, Op):
        return True
    type_ = type_of(callee)
    return isinstance(type_, FuncType) and type_.pure
