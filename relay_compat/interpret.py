"""Run Relay programs with numpy: the independent reference of this IR.

Means what TVM 0.19's debug executor means: see :mod:`relay_compat.scopes` for what is evaluated when. Runs over an
explicit stack, so neither long programs nor deep recursion of the program meet a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from relay_compat.ir.adt import (
    Constructor,
    Match,
    Pattern,
    PatternConstructor,
    PatternTuple,
    PatternVar,
    PatternWildcard,
)  # fmt: skip
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    If,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.operators import OperatorRunner
from relay_compat.scopes import Bind, Plan, Scope
from relay_compat.types.infer import infer_types
from relay_compat.values import Closure, ConstructorValue, Frame, RefValue, Value
from tensor_core import codes, dtypes, effects
from tensor_core.data_values import DataValue
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.observed import OpCall
from tensor_core.reference import value_as
from tensor_core.shapes import PrimExpr
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of

Observe = Callable[[Expr, Value], Value | None]
ObserveCall = Callable[[Call, OpCall], None]
Taken = Callable[[Value], Value]


def evaluate(
    module: IRModule,
    args: Sequence[Value],
    entry: str = "main",
    *,
    observe: Observe | None = None,
    observe_call: ObserveCall | None = None,
    floats: str = "",
    taken: Taken | None = None,
) -> Value:
    """The value of a global function for arguments in parameter order: an array, or a tuple of values.

    ``observe(node, value)`` is told every evaluated Call, Tuple and TupleGetItem in order of evaluation; what it
    returns, unless None, takes the place of the value. ``observe_call(node, call)`` is told every call of an operator
    before it is evaluated. ``floats``: the element type as which floats are computed throughout; with one,
    ``taken(data)`` says what a constant is taken for.
    Raises DiagnosticError: R2R0503 for arguments that do not fit, R2R0601 for an op without semantics, R2R0602 when a
    run-time check fails, R2R0603 for an unknown entry.
    """
    evaluation = Evaluation(module, observe=observe, observe_call=observe_call, floats=floats, taken=taken)
    var = module.get_global_var(entry)
    values = [_arrays(arg) for arg in args]
    evaluation.check(var, values)
    return evaluation.call(var, [value_as(floats, v) for v in values] if floats else values)


class Evaluation:
    """A module ready to run: the values of its runs, closures among them, stay usable between calls.

    ``module`` is the module with its types inferred. The options are those of :func:`evaluate`.
    """

    def __init__(
        self,
        module: IRModule,
        *,
        observe: Observe | None = None,
        observe_call: ObserveCall | None = None,
        floats: str = "",
        taken: Taken | None = None,
    ) -> None:
        if any(isinstance(func, Function) and func.checked is None for func in module.functions.values()):
            module = infer_types(module)
        self.module = module
        self._floats = floats
        self._machine = _Machine(module, observe, observe_call, floats, taken)

    def check(self, var: GlobalVar, args: Sequence[Value]) -> None:
        """DiagnosticError R2R0503 unless the arguments are those that a global function takes."""
        function = self.module[var]
        if not isinstance(function, Function):
            raise fail(codes.NO_SUCH_FUNCTION, f"@{var.name} is not a Relay function")
        _check_arguments(function, args, var.name, self._floats)

    def call(self, var: GlobalVar, args: Sequence[Value]) -> Value:
        """The value of a global function; the arguments are taken as they are."""
        return self._machine.call(self._machine.global_function(var), args)

    def apply(self, closure: Closure, args: Sequence[Value]) -> Value:
        """The value of a closure that a run answered."""
        return self._machine.call(closure, args)


class _Activity:
    """One scope being run: the next step, and the node of the activity below that waits for the result."""

    __slots__ = ("frame", "next", "scope", "waiting")

    def __init__(self, scope: Scope, frame: Frame, waiting: Expr | None) -> None:
        self.scope = scope
        self.frame = frame
        self.waiting = waiting
        self.next = 0


class _Machine:
    def __init__(
        self,
        module: IRModule,
        observe: Observe | None,
        observe_call: ObserveCall | None,
        floats: str,
        taken: Taken | None,
    ) -> None:
        self._module = module
        self._observe = observe
        self._floats = floats
        self._taken = taken
        self._operators = OperatorRunner(floats, observe_call)
        self._globals: dict[GlobalVar, Closure] = {}
        self._inner: dict[Expr, tuple[Scope, ...]] = {}
        self._constants: dict[Constant, Value] = {}
        self._stack: list[_Activity] = []

    def global_function(self, var: GlobalVar) -> Closure:
        known = self._globals.get(var)
        if known is None:
            function = self._module[var]
            if not isinstance(function, Function):
                raise fail(codes.NO_SUCH_FUNCTION, f"@{var.name} is not a Relay function", var.span)
            plan = Plan(function.body)
            self._inner.update(plan.inner)
            known = self._globals[var] = Closure(function, plan.root, None)
        return known

    def call(self, closure: Closure, args: Sequence[Value]) -> Value:
        """Run a function to its end."""
        self._enter(closure, args, None)
        stack = self._stack
        while True:
            activity = stack[-1]
            self._run(activity)
            if stack[-1] is not activity:
                continue
            stack.pop()
            value = self._value(activity.scope.result, activity.frame)
            if not stack:
                return value
            assert activity.waiting is not None
            self._store(activity.waiting, stack[-1].frame, value)

    def _run(self, activity: _Activity) -> None:
        """Run steps until the scope ends or another scope must run first (it is then on the stack)."""
        steps, frame, stack = activity.scope.steps, activity.frame, self._stack
        depth = len(stack)
        while activity.next < len(steps):
            step = steps[activity.next]
            activity.next += 1
            if isinstance(step, Bind):
                frame.values[step.var] = self._value(step.value, frame)
                continue
            self._step(step, frame)
            if len(stack) != depth:
                return

    def _step(self, node: Expr, frame: Frame) -> None:
        match node:
            case Call():
                self._call(node, frame)
            case TupleGetItem():
                self._store(node, frame, self._value(node.tuple_value, frame)[node.index])
            case Tuple():
                self._store(node, frame, tuple([self._value(item, frame) for item in node.fields]))
            case Function():
                frame.values[node] = Closure(node, self._inner[node][0], frame)
            case If():
                branches = self._inner[node]
                self._push(branches[0] if bool(self._value(node.cond, frame)) else branches[1], frame, node)
            case Match():
                self._match(node, frame)
            case RefCreate():
                frame.values[node] = effects.new(self._value(node.value, frame))
            case RefRead():
                frame.values[node] = effects.read(self._value(node.ref, frame))
            case RefWrite():
                effects.write(self._value(node.ref, frame), self._value(node.value, frame))
                frame.values[node] = ()
            case _:
                # A let that is an operand.
                self._push(self._inner[node][0], frame, node)

    def _call(self, node: Call, frame: Frame) -> None:
        args = [self._value(arg, frame) for arg in node.args]
        if isinstance(node.op, Op):
            self._store(node, frame, self._operators.run(node, tuple(args)))
            return
        callee = self._value(node.op, frame)
        if isinstance(callee, Constructor):
            self._store(node, frame, ConstructorValue(callee, tuple(args)))
        else:
            self._enter(callee, args, node)

    def _enter(self, closure: Closure, args: Sequence[Value], waiting: Expr | None) -> None:
        frame = Frame(closure.frame)
        frame.values.update(zip(closure.function.params, args, strict=True))
        self._push(closure.scope, frame, waiting)

    def _push(self, scope: Scope, frame: Frame, waiting: Expr | None) -> None:
        self._stack.append(_Activity(scope, frame, waiting))

    def _match(self, node: Match, frame: Frame) -> None:
        value = self._value(node.data, frame)
        for clause, scope in zip(node.clauses, self._inner[node], strict=True):
            if _matches(clause.lhs, value, frame):
                self._push(scope, frame, node)
                return
        raise fail(codes.EXECUTION_FAILED, "no arm of the match handles the value", node.span)

    def _store(self, node: Expr, frame: Frame, value: Value) -> None:
        if self._observe is not None and isinstance(node, (Call, Tuple, TupleGetItem)):
            replacement = self._observe(node, value)
            value = value if replacement is None else replacement
        frame.values[node] = value

    def _value(self, node: Expr, frame: Frame) -> Value:
        if isinstance(node, Constant):
            return self._constant(node)
        inner: Frame | None = frame
        while inner is not None:
            values = inner.values
            if node in values:
                return values[node]
            inner = inner.outer
        if isinstance(node, GlobalVar):
            return self.global_function(node)
        if isinstance(node, Constructor):
            return node
        name = node.name if isinstance(node, Var) else type(node).__name__
        raise fail(codes.UNDEFINED_NAME, f"%{name} is used where it is not defined", getattr(node, "span", None))

    def _constant(self, node: Constant) -> Value:
        if not self._floats:
            return node.data
        if node not in self._constants:
            self._constants[node] = value_as(self._floats, self._taken(node.data) if self._taken else node.data)
        return self._constants[node]


def _matches(pattern: Pattern, value: Value, frame: Frame) -> bool:
    """Whether a value matches, binding the pattern's variables on the way."""
    stack = [(pattern, value)]
    while stack:
        pattern, value = stack.pop()
        match pattern:
            case PatternVar():
                frame.values[pattern.var] = value
            case PatternConstructor():
                if pattern.constructor.name != value.name:
                    return False
                stack.extend(zip(pattern.patterns, value.fields, strict=True))
            case PatternTuple():
                stack.extend(zip(pattern.patterns, value, strict=True))
            case _:
                assert isinstance(pattern, PatternWildcard)
    return True


def _arrays(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(_arrays(item) for item in cast("tuple[Value, ...]", value))
    return value if isinstance(value, (Closure, DataValue, RefValue)) else np.asarray(value)


def _check_arguments(function: Function, args: Sequence[Value], entry: str, floats: str) -> None:
    if len(args) != len(function.params):
        message = f"@{entry} takes {len(function.params)} arguments, {len(args)} are given"
        raise fail(codes.BAD_INPUTS, message, function.span)
    for param, arg in zip(function.params, args, strict=True):
        problem = _problem(param.checked or param.type_annotation, arg, floats)
        if problem:
            raise fail(codes.BAD_INPUTS, f"the argument for %{param.name} {problem}", param.span)


def _problem(type_: Type | None, arg: Value, floats: str) -> str | None:
    if isinstance(type_, TupleType):
        if not isinstance(arg, tuple) or len(cast("tuple[Value, ...]", arg)) != len(type_.fields):
            return f"is not a tuple of {len(type_.fields)} values"
        fields = zip(type_.fields, cast("tuple[Value, ...]", arg), strict=True)
        problems = (_problem(field, item, floats) for field, item in fields)
        return next((problem for problem in problems if problem), None)
    if not isinstance(type_, TensorType):
        return None
    array = np.asarray(arg)
    if array.dtype != dtypes.to_numpy(type_.dtype):
        is_computed = dtypes.from_numpy(array.dtype) == floats and dtypes.is_float(type_.dtype)
        if not is_computed:
            return f"has element type {array.dtype}, expected {type_.dtype}"
    found = tensor_type_of(array)
    fits = found.rank == type_.rank and all(
        isinstance(dim, PrimExpr) or dim == size for dim, size in zip(type_.shape, found.shape, strict=True)
    )
    return None if fits else f"has type {found}, expected {type_}"
