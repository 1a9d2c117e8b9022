"""One function of a program: its scopes become instructions over registers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
)
from relay_compat.lowering import values
from relay_compat.lowering.environment import Environment, Local, Place
from relay_compat.lowering.operators import Operators
from relay_compat.lowering.shared import Shared, Task
from relay_compat.scopes import Bind, Scope
from relay_compat.types.errors import name_of, span_of
from relay_compat.visit import pattern_vars
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.program import (
    Apply,
    Body,
    Choose,
    Instruction,
    Invoke,
    LoadConstant,
    MakeClosure,
    ProgramFunction,
    Register,
    TakeItem,
)
from tensor_core.trampoline import Steps, run
from tensor_core.types import TensorType, TupleType

LARGEST = 1_000_000
"""Instructions of one function, inlined functions included: inlining can grow without bound."""

Code = list[Instruction]


class FunctionLowering(Operators):
    """Makes one function of the program."""

    def __init__(self, shared: Shared, task: Task) -> None:
        super().__init__(shared)
        self._task = task
        self._plan = task.plan
        self._size = 0
        self._constants: dict[Expr, Register] = {}
        self._loads: Code = []
        self._names: dict[Function, Expr] = {}

    def run(self) -> ProgramFunction:
        """The function."""
        task, environment = self._task, Environment()
        for node in (*task.captured, *task.function.params):
            environment.values[node] = self.fresh()
        scope = self._plan.inner[task.function][0] if task.function in self._plan.inner else self._plan.root
        body = run(self._body(scope, environment))
        body = Body((*self._loads, *body.code), body.result)
        params = tuple(param.name for param in task.function.params)
        match = None if all(map(_is_data, task.function.params)) else _unchecked
        return ProgramFunction(task.name, params, self.registers, body, captured=len(task.captured), match=match)

    def _body(self, scope: Scope, environment: Environment) -> Steps[Body]:
        code: Code = []
        yield self._steps(scope, environment, code)
        result = yield self._value(scope.result, environment, code)
        return Body(tuple(code), result)

    def _steps(self, scope: Scope, environment: Environment, code: Code) -> Steps[None]:
        for step in scope.steps:
            if isinstance(step, Bind) and isinstance(step.value, Function):
                self._names[step.value] = step.var
        for step in scope.steps:
            if isinstance(step, Bind):
                environment.values[step.var] = self._place(step.value, environment)
            else:
                environment.values[step] = yield self._step(step, environment, code)
        self._size += len(scope.steps)
        if self._size > LARGEST:
            message = f"inlining local functions leads to more than {LARGEST} instructions"
            raise fail(codes.NOT_LOWERED, message, self._task.function.span, _HINT)

    def _step(self, node: Expr, environment: Environment, code: Code) -> Steps[Place]:
        match node:
            case Call() if isinstance(node.op, Op):
                args = tuple([self._data(arg, environment) for arg in node.args])
                return self.call(node, args, code)
            case Call():
                return (yield self._call(node, environment, code))
            case Tuple():
                items = yield self._values(node.fields, environment, code)
                return self.tuple(items, code, node)
            case TupleGetItem():
                out, source = self.fresh(), self._data(node.tuple_value, environment)
                code.append(TakeItem(out, source, node.index, node))
                return out
            case Function():
                return (yield self._function(node, environment, code))
            case If():
                condition = self._data(node.cond, environment)
                then, otherwise = self._plan.inner[node]
                first = yield self._body(then, environment)
                second = yield self._body(otherwise, environment)
                out = self.fresh()
                code.append(Choose(out, condition, first, second, node))
                return out
            case Let():
                (scope,) = self._plan.inner[node]
                yield self._steps(scope, environment, code)
                return self._place(scope.result, environment)
            case Match():
                return (yield self._match(node, environment, code))
            case RefCreate() | RefRead() | RefWrite():
                return (yield self._reference(node, environment, code))
            case _:
                raise _not_lowered(f"{type(node).__name__} is", node)

    # ------------------------------------------------------------ functions

    def _function(self, node: Function, environment: Environment, code: Code) -> Steps[Place]:
        """A literal is inlined where it is called, unless it calls itself."""
        local = Local(node, self._plan.inner[node][0], environment)
        name = self._names.get(node)
        if not self.shared.static and name is not None and name in self._task.captures.of(node):
            return (yield self._closure(local, code))
        return local

    def _closure(self, local: Local, code: Code) -> Steps[Register]:
        """The register with the value of a function literal."""
        function, out = local.function, self.fresh()
        if self.shared.static:
            raise _not_lowered("a function as a value is", function)
        registers: list[Register] = []
        for node in self._task.captures.of(function):
            if node is self._names.get(function):
                registers.append(out)
            else:
                registers.append((yield self._value(node, local.environment, code)))
        name = self.shared.literal(self._task.name, function, self._plan, self._task.captures)
        code.append(MakeClosure(out, name, tuple(registers)))
        return out

    def _call(self, node: Call, environment: Environment, code: Code) -> Steps[Place]:
        callee = node.op
        if isinstance(callee, (GlobalVar, Constructor)):
            args = yield self._values(node.args, environment, code)
            if isinstance(callee, Constructor):
                if self.shared.static:
                    raise _not_lowered(f"a value of {callee.name} is", node)
                key = (values.DATA_MAKE, callee.name)
                return self.host(f"{callee.name}", values.construct(callee), args, code, node, key, True)
            out = self.fresh()
            code.append(Invoke(out, self.shared.need(callee), args, node))
            return out
        place = self._place(callee, environment)
        if isinstance(place, Local) and place.function not in environment.active:
            return (yield self._inlined(place, node, environment, code))
        if self.shared.static:
            if isinstance(place, Local):
                raise _not_lowered("recursion of a local function is", node)
            raise _not_lowered(f"a call of {name_of(callee)}, a function chosen at run time, is", node)
        function = yield self._value(callee, environment, code)
        args = yield self._values(node.args, environment, code)
        out = self.fresh()
        code.append(Apply(out, function, args, node))
        return out

    def _inlined(self, local: Local, node: Call, environment: Environment, code: Code) -> Steps[Place]:
        inner = Environment(local.environment, (*environment.active, local.function))
        for param, arg in zip(local.function.params, node.args, strict=True):
            inner.values[param] = self._place(arg, environment)
        yield self._steps(local.scope, inner, code)
        return self._place(local.scope.result, inner)

    # ------------------------------------------------------------ data constructors and references

    def _match(self, node: Match, environment: Environment, code: Code) -> Steps[Register]:
        """Each arm is tried in turn; what follows the first one that matches does not run."""
        if self.shared.static:
            raise _not_lowered("Match is", node)
        data = self._data(node.data, environment)
        arms = list(zip(node.clauses, self._plan.inner[node], strict=True))
        here, ends = code, list[tuple[Code, Register, Register, Body]]()
        for clause, scope in arms:
            tried = self.host("match", values.matches(clause.lhs), (data,), here, None, values.key_of(clause.lhs), True)
            found, bound = self.fresh(), self.fresh()
            here += [TakeItem(found, tried, 0), TakeItem(bound, tried, 1)]
            arm: Code = []
            for place, var in enumerate(pattern_vars(clause.lhs)):
                environment.values[var] = register = self.fresh()
                arm.append(TakeItem(register, bound, place))
            body = yield self._body(scope, environment)
            out = self.fresh()
            ends.append((here, out, found, Body((*arm, *body.code), body.result)))
            here = []
        failure = self.host("unmatched", values.unmatched(span_of(node)), (), here, None, ("data.unmatched",), True)
        otherwise = Body(tuple(here), failure)
        for place in range(len(ends) - 1, -1, -1):
            before, out, found, body = ends[place]
            before.append(Choose(out, found, body, otherwise, node if place == 0 else None))
            if place:
                otherwise = Body(tuple(before), out)
        return ends[0][1] if ends else failure

    def _reference(self, node: RefCreate | RefRead | RefWrite, environment: Environment, code: Code) -> Steps[Register]:
        if self.shared.static:
            raise _not_lowered(f"{type(node).__name__} is", node)
        match node:
            case RefCreate():
                args = yield self._values((node.value,), environment, code)
                return self.host("create", values.create, args, code, None, values.CREATE)
            case RefRead():
                args = yield self._values((node.ref,), environment, code)
                return self.host("read", values.read, args, code, None, values.READ)
            case RefWrite():
                args = yield self._values((node.ref, node.value), environment, code)
                return self.host("write", values.write, args, code, None, values.WRITE)

    # ------------------------------------------------------------ places

    def _place(self, node: Expr, environment: Environment) -> Place:
        if isinstance(node, Constant) or (isinstance(node, GlobalVar | Constructor) and not self.shared.static):
            if node not in self._constants:
                self._constants[node] = out = self.fresh()
                self._loads.append(self._load(node, out))
            return self._constants[node]
        place = environment.find(node)
        if place is None:
            raise _not_lowered(f"{name_of(node)} as a value is", node)
        return place

    def _load(self, node: Constant | GlobalVar | Constructor, out: Register) -> Instruction:
        """What puts a value that is known beforehand into a register."""
        if isinstance(node, GlobalVar):
            return MakeClosure(out, self.shared.need(node))
        return LoadConstant(out, node.data if isinstance(node, Constant) else values.callable_of(node))

    def _data(self, node: Expr, environment: Environment) -> Register:
        """The register of a value that is no function."""
        place = self._place(node, environment)
        assert not isinstance(place, Local)
        return place

    def _value(self, node: Expr, environment: Environment, code: Code) -> Steps[Register]:
        """The register of a value of any kind."""
        place = self._place(node, environment)
        return (yield self._closure(place, code)) if isinstance(place, Local) else place

    def _values(self, nodes: Sequence[Expr], environment: Environment, code: Code) -> Steps[tuple[Register, ...]]:
        found: list[Register] = []
        for node in nodes:
            found.append((yield self._value(node, environment, code)))
        return tuple(found)


_HINT = "run it with the interpreter: relay_compat.interpret.evaluate, or executor='interpreter'"


def _is_data(param: Any) -> bool:
    stack = [param.checked or param.type_annotation]
    while stack:
        type_ = stack.pop()
        if isinstance(type_, TupleType):
            stack += type_.fields
        elif not isinstance(type_, TensorType):
            return False
    return True


def _unchecked(items: Any, sizes: Any) -> None:
    """Arguments are checked by their caller: types that hold functions or data constructors are not the machine's."""
    del items, sizes


def _not_lowered(what: str, node: Expr) -> DiagnosticError:
    return fail(codes.NOT_LOWERED, f"{what} not compiled", span_of(node), _HINT)
