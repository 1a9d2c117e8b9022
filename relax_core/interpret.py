"""The numpy interpreter of Relax: bindings in order, cards by their reference, tensor programs by theirs.

It is the independent witness of :mod:`relax_core.lower`: slow, plain, sharing nothing with it but the cards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from relax_core.assumed import assumed
from relax_core.builtins.table import why_not
from relax_core.ir.expr import (
    Call,
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    Op,
    PrimFunc,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.kernel_card import call_of_kernel
from relax_core.normalize import normalize
from relax_core.packed import call_external, with_results
from relax_core.run_builtins import BUILTINS, inputs_and_scalars, returned, run_kernel, write_kernel
from relax_core.run_card import run_card
from relax_core.run_time import Array, Matcher, Sizes, Value, concrete_type, dimension, scalar
from relax_core.types.builtins import stated_type
from relax_core.types.leaves import type_of
from relax_core.types.operands import Plan, plan
from relax_core.types.plain import plain
from relax_core.types.relations import is_base_of
from tensor_core import codes, dtypes, reference
from tensor_core.diagnostics import fail
from tensor_core.observed import OpCall
from tensor_core.program import FunctionValue, Host
from tensor_core.tir.to_loops import failure, to_loops
from tensor_core.trampoline import Steps, run
from tensor_core.types import TensorType, TupleType, Type, leaves

Observer = Callable[[VarBinding, Value], Value | None]
ObserveCall = Callable[[VarBinding, OpCall], None]
Taken = Callable[[Array], Array]

_CALLS_OF_TUPLES = frozenset({"relax.invoke_closure", "relax.invoke_pure_closure", "relax.call_builtin_with_ctx"})
_CALLS = frozenset({"relax.call_pure_packed", "relax.call_inplace_packed"})


def evaluate(
    module: IRModule,
    args: Sequence[Value],
    entry: str = "main",
    *,
    observe: Observer | None = None,
    observe_call: ObserveCall | None = None,
    floats: str = "",
    taken: Taken | None = None,
    release: str | None = None,
) -> Value:
    """The result of a function for numpy arrays (a tuple parameter takes a tuple, a shape parameter a tuple of ints).

    ``observe`` sees every evaluated binding of data with its value, in order; what it returns, unless None, takes the
    place of the value. ``observe_call(binding, call)`` is told every call of an operator or of a tensor program before
    it is evaluated. ``floats``: the element type as which floats are computed; with one, ``taken(data)`` says what a
    constant is taken for. ``release`` says whose meaning the
    operators have: by default the module's own, else the newest.
    Errors: R2R0603 no such function, R2R0602 a value that does not fit a type, R2R0601 an op without semantics.
    """
    release = assumed(release or module.release)
    machine = _Machine(normalize(module, release), observe, observe_call, floats, taken, release)
    function = machine.module[entry]
    if not isinstance(function, Function):
        raise fail(codes.NO_SUCH_FUNCTION, f"{entry} is no Relax function", hint="name a Relax function")
    given = [reference.value_as(floats, arg) if floats and _is_data(arg) else arg for arg in args]
    return run(machine.call_function(Closure(function, None), given, entry))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Variables of one call; ``outer`` is the frame that a local function was made in."""

    values: dict[Var, Value]
    sizes: Sizes
    outer: Frame | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closure(FunctionValue):
    """A function with the frame it was made in, and the last arguments, bound by make_closure."""

    function: Function
    frame: Frame | None
    bound: tuple[Value, ...] = ()


class _Machine:
    def __init__(
        self,
        module: IRModule,
        observe: Observer | None,
        observe_call: ObserveCall | None,
        floats: str,
        taken: Taken | None,
        release: str,
    ) -> None:
        self.module = module
        self._observe = observe
        self._observe_call = observe_call
        self._floats = floats
        self._taken = taken
        self._release = release
        self._constants: dict[Constant, Array] = {}
        self._results: dict[Function, Type | None] = {}

    def call_function(self, closure: Closure, args: Sequence[Value], name: str) -> Steps[Value]:
        """Run a function on arguments."""
        function = closure.function
        given = [*args, *closure.bound]
        if len(given) != len(function.params):
            raise fail(
                codes.EXECUTION_FAILED,
                f"{name} takes {len(function.params)} arguments, got {len(given)}",
                function.span,
            )
        outer = closure.frame
        frame = Frame({}, dict(outer.sizes) if outer else {}, outer)
        matcher = Matcher(frame.sizes, self._floats, function.span)
        for param, value in zip(function.params, given, strict=True):
            assert param.ty is not None
            matcher.match(f"argument {param.name}", value, param.ty)
            frame.values[param] = value
        matcher.finish()
        result = yield self._body(function.body, frame)
        stated = self._checked(function)
        if stated is not None:
            matcher.match(f"return value of {name}", result, stated)
            matcher.finish()
        return result

    def _checked(self, function: Function) -> Type | None:
        """The annotated result type, when the body's type does not prove it."""
        if function not in self._results:
            stated, found = function.ret_ty, type_of(function.body)
            proved = stated is None or found is None or is_base_of(stated, found)
            self._results[function] = None if proved else stated
        return self._results[function]

    def _body(self, body: Expr, frame: Frame) -> Steps[Value]:
        if not isinstance(body, SeqExpr):
            return self._value(body, frame)
        for block in body.blocks:
            for binding in block.bindings:
                if isinstance(binding, MatchCast):
                    value = self._value(binding.value, frame)
                    matcher = Matcher(frame.sizes, self._floats, binding.span)
                    matcher.match(f"match_cast {binding.var.name}", value, binding.ty)
                    matcher.finish()
                else:
                    assert isinstance(binding, VarBinding)
                    value = yield self._right_hand_side(binding, frame)
                    if self._observe is not None and _is_data(value):
                        replacement = self._observe(binding, value)
                        value = value if replacement is None else replacement
                frame.values[binding.var] = value
        return self._value(body.body, frame)

    def _right_hand_side(self, binding: VarBinding, frame: Frame) -> Steps[Value]:
        expr = binding.value
        if isinstance(expr, If):
            condition = self._value(expr.cond, frame)
            return (yield self._body(expr.true_branch if condition else expr.false_branch, frame))
        if isinstance(expr, Function):
            return Closure(expr, frame)
        if not isinstance(expr, Call):
            return self._value(expr, frame)
        callee = expr.op
        if isinstance(callee, Op):
            if callee.name in _CALLS_OF_TUPLES:
                function = self._value(expr.args[0], frame)
                return (yield self._apply(function, self._value(expr.args[1], frame), callee.name, expr, frame))
            if callee.name in _CALLS:
                function, *given = [self._value(arg, frame) for arg in expr.args]
                return (yield self._apply(function, given, callee.name, expr, frame))
            return self._op(binding, expr, callee, frame)
        args = [self._value(arg, frame) for arg in expr.args]
        return (yield self._apply(self._value(callee, frame), args, getattr(callee, "name", "function"), expr, frame))

    def _apply(self, callee: Value, args: Sequence[Value], name: str, call: Call, frame: Frame) -> Steps[Value]:
        if isinstance(callee, Closure):
            return (yield self.call_function(callee, args, name))
        if isinstance(callee, ExternFunc):
            return call_external(callee.name, args, Host(frame.sizes, self.apply))
        if isinstance(callee, PrimFunc):
            if callee.ret_type:
                return returned(callee, args, call.span)
            write_kernel(callee, args, call.span)
            return ()
        if callable(callee):
            return callee(*args)
        hint = "functions of the module and external functions can be"
        raise fail(codes.EXECUTION_FAILED, f"{name} cannot be called: it is no function", call.span, hint)

    def apply(self, function: str | FunctionValue, args: Sequence[Value]) -> Value:
        """Run a function by name, or a function value."""
        if isinstance(function, str):
            found = self.module[function]
            assert isinstance(found, Function)
            return run(self.call_function(Closure(found, None), args, function))
        assert isinstance(function, Closure)
        return run(self.call_function(function, args, "function"))

    def _value(self, expr: Expr, frame: Frame) -> Value:
        """The value of a leaf, a tuple of leaves or a projection."""
        match expr:
            case Var():
                return _lookup(expr, frame)
            case Constant():
                return self._constant(expr)
            case Tuple():
                return tuple(self._value(item, frame) for item in expr.fields)
            case TupleGetItem():
                return self._value(expr.tuple_value, frame)[expr.index]
            case ShapeExpr():
                return tuple(dimension(dim, frame.sizes, expr.span) for dim in expr.values)
            case PrimValue():
                return scalar(expr.value, frame.sizes)
            case StringImm() | DataTypeImm():
                return expr.value
            case GlobalVar():
                function = self.module[expr]
                return Closure(function, None) if isinstance(function, Function) else function
            case ExternFunc():
                return expr
            case _:
                raise fail(codes.EXECUTION_FAILED, f"{type(expr).__name__} has no value", getattr(expr, "span", None))

    def _constant(self, expr: Constant) -> Array:
        if not self._floats:
            return expr.data
        if expr not in self._constants:
            data = self._taken(expr.data) if self._taken else expr.data
            self._constants[expr] = reference.value_as(self._floats, data)
        return self._constants[expr]

    def _op(self, binding: VarBinding, call: Call, callee: Op, frame: Frame) -> Value:
        found = plan(callee, self._release)
        if found is not None:
            return self._card(found, binding, call, frame)
        if callee.name in ("relax.call_tir", "relax.call_tir_with_grad"):
            return self._call_tir(binding, call, frame)
        if callee.name == "relax.call_tir_inplace":
            return self._call_tir_inplace(call, frame)
        if callee.name == "relax.call_dps_packed":
            return self._call_dps(call, frame)
        if callee.name == "relax.make_closure":
            closure = self._value(call.args[0], frame)
            return Closure(closure.function, closure.frame, (*self._value(call.args[1], frame), *closure.bound))
        builtin = BUILTINS.get(callee.name)
        if builtin is None:
            raise fail(
                codes.NO_REFERENCE,
                why_not(callee.name),
                call.span,
                "only ops with a card and functions of the module can be executed",
            )
        return builtin(call, [self._value(arg, frame) for arg in call.args])

    def _card(self, found: Plan, binding: VarBinding, call: Call, frame: Frame) -> Value:
        values = [self._value(arg, frame) for arg in call.args]
        told = self._observe_call and partial(self._observe_call, binding)
        return run_card(found, call, values, frame.sizes, self._floats, told)

    def _call_dps(self, call: Call, frame: Frame) -> Value:
        function, args = self._value(call.args[0], frame), self._value(call.args[1], frame)
        stated = stated_type(call)
        assert stated is not None
        result = concrete_type(stated, frame.sizes, call.span)
        return with_results(function.name, args, result, Host(frame.sizes, self.apply))

    def _call_tir(self, binding: VarBinding, call: Call, frame: Frame) -> Value:
        program = self._value(call.args[0], frame)
        if not isinstance(program, PrimFunc):
            raise fail(codes.NO_REFERENCE, "the callee of call_tir is no tensor program", call.span)
        fails = failure(program)
        if fails:
            raise fail(codes.EXECUTION_FAILED, fails, call.span)
        kernel = to_loops(program, getattr(call.args[0], "name", ""))
        given = [self._value(arg, frame) for arg in call.args[1:]]
        arrays, scalars = inputs_and_scalars(kernel, given)
        out_types = _out_types(call, frame.sizes)
        if self._observe_call is not None:
            self._observe_call(binding, call_of_kernel(kernel, arrays, out_types, scalars))
        results = run_kernel(kernel, arrays, out_types, self._floats, scalars)
        return tuple(results) if _is_tuple_call(call) else results[0]

    def _call_tir_inplace(self, call: Call, frame: Frame) -> Value:
        program = self._value(call.args[0], frame)
        if not isinstance(program, PrimFunc):
            raise fail(codes.NO_REFERENCE, "the callee of call_tir_inplace is no tensor program", call.span)
        given = self._value(call.args[1], frame)
        attrs: Any = call.attrs
        places = [int(place) for place in attrs["inplace_indices"]]
        types = zip(_out_types(call, frame.sizes), places, strict=True)
        new = [np.zeros(type_.concrete_shape, dtypes.to_numpy(type_.dtype)) for type_, place in types if place < 0]
        scalars = [self._value(arg, frame) for arg in call.args[2:]]
        write_kernel(program, [*given, *new, *scalars], call.span)
        last = iter(new)
        results = [next(last) if place < 0 else given[place] for place in places]
        return tuple(results) if _is_tuple_call(call) else results[0]


def _out_types(call: Call, sizes: Sizes) -> list[TensorType]:
    return [
        TensorType(tuple(dimension(dim, sizes, call.span) for dim in leaf.shape), leaf.dtype)
        for stated in call.ty_args
        for leaf in leaves(plain(stated))
        if isinstance(leaf, TensorType)
    ]


def _is_tuple_call(call: Call) -> bool:
    return isinstance(stated_type(call), TupleType)


def _lookup(var: Var, frame: Frame) -> Value:
    scope: Frame | None = frame
    while scope is not None:
        if var in scope.values:
            return scope.values[var]
        scope = scope.outer
    raise fail(codes.EXECUTION_FAILED, f"variable {var.name} has no value", var.span, "the module is ill-formed")


def _is_data(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_data, cast("tuple[Value, ...]", value)))
    return isinstance(value, np.ndarray)
