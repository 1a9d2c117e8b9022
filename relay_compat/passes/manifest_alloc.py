"""ManifestAlloc: lowered calls write to tensors that the program allocates, for the virtual machine (TVM 0.19).

Storage and tensors are bound before the call, which becomes ``vm.invoke_tvm_op``. Where the result's sizes are not
known, the call's shape function computes them first, on the host. Devices must have been planned.
"""

from __future__ import annotations

from relay_compat.calls import callee_and_args
from relay_compat.devices.lexical import Lexical
from relay_compat.devices.marks import fixed, mark_of
from relay_compat.devices.place import Place, place_of
from relay_compat.ir.adt import Clause, Match
from relay_compat.ir.expr import Call, Expr, Function, If, Let, Tuple, TupleGetItem, Var
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.ir.values import Record
from relay_compat.passes.allocations import Allocations
from relay_compat.passes.building import is_call_of
from relay_compat.transform.function_pass import optimizable
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.global_functions import register_func
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps, run

_LIBRARY = "core.rly"
"""What defines the type of storage."""


@register_func("relay.transform.ManifestAlloc")
def ManifestAlloc(host: Record) -> Pass:
    """The pass; ``host``: where sizes are computed. DiagnosticError R2R0602 for a lowered call of which nothing says
    where it runs.
    """

    def apply(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = module.copy()
        assert isinstance(result, RelayModule)
        if not any(var.name == "Storage" for var in result.type_definitions):
            result.import_from_std(_LIBRARY)
        for name, function in module.functions.items():
            if optimizable(function):
                allocator = _Allocator(Lexical(module), place_of(host))
                result[name] = run(allocator.function(function))
        return infer_types(result)

    return ModulePass(PassInfo(0, "ManifestAlloc"), apply)


class _Allocator:
    """Goes through blocks in order; ``_scope``: the bindings of the block that is being written."""

    def __init__(self, lexical: Lexical, host: Place) -> None:
        self._lexical, self._host = lexical, host
        self._scope = Allocations(lexical, host)

    def function(self, function: Function) -> Steps[Function]:
        """The function with its allocations; a kernel stays."""
        if function.attrs.get("Primitive"):
            return function
        body = yield self._block(function.body, self._lexical.enter(function))
        return function if body is function.body else function.replace(body=body)

    def _block(self, expr: Expr, around: Place) -> Steps[Expr]:
        outer, self._scope = self._scope, Allocations(self._lexical, self._host)
        while isinstance(expr, Let):
            place = self._lexical.place(expr.value, around)
            value = yield self._value(expr.value, around)
            self._scope.bindings.append((expr.var, value))
            self._lexical.bind(expr.var, place)
            expr = expr.body
        body = yield self._value(expr, around)
        body = self._scope.around(body)
        self._scope = outer
        return body

    def _value(self, expr: Expr, around: Place) -> Steps[Expr]:
        """The expression within its mark, which says where it is; variables say so where they are bound."""
        mark = mark_of(expr)
        if mark is None or not mark.is_fixed:
            return (yield self._made(expr, self._lexical.place(expr, around)))
        made = yield self._made(mark.body, mark.place)
        return expr if made is mark.body and not isinstance(made, Var) else fixed(made, mark.place)

    def _made(self, expr: Expr, place: Place) -> Steps[Expr]:
        done = self._scope.done
        if expr not in done:
            done[expr] = yield self._new(expr, place)
        return done[expr]

    def _new(self, expr: Expr, place: Place) -> Steps[Expr]:
        match expr:
            case If():
                yes = yield self._block(expr.true_branch, place)
                no = yield self._block(expr.false_branch, place)
                return expr.replace(true_branch=yes, false_branch=no)
            case Match():
                clauses: list[Clause] = []
                for clause in expr.clauses:
                    clauses.append(clause.replace(rhs=(yield self._block(clause.rhs, place))))
                return expr.replace(clauses=tuple(clauses))
            case Function():
                return (yield self.function(expr))
            case Call() if is_call_of(expr, "call_lowered"):
                return (yield self._lowered(expr, place))
            case Call():
                args = yield self._all(expr.args, place)
                return expr if args == expr.args else expr.replace(args=args)
            case Tuple():
                fields = yield self._all(expr.fields, place)
                return expr if fields == expr.fields else expr.replace(fields=fields)
            case TupleGetItem():
                value = yield self._value(expr.tuple_value, place)
                return expr if value is expr.tuple_value else expr.replace(tuple_value=value)
            case _:
                return expr

    def _all(self, exprs: tuple[Expr, ...], place: Place) -> Steps[tuple[Expr, ...]]:
        made: list[Expr] = []
        for expr in exprs:
            made.append((yield self._value(expr, place)))
        return tuple(made)

    def _lowered(self, call: Call, place: Place) -> Steps[Expr]:
        if place.is_open:
            message = "nothing says where a lowered call runs"
            raise fail(codes.EXECUTION_FAILED, message, call.span, hint="run PlanDevices first")
        function, args = callee_and_args(call)
        args = yield self._all(args, place)
        return self._scope.called(call, function, args, place)
