"""Lower Relay modules to the executable form.

Every op call becomes a kernel made from its card; kernels of equal calls are one object. Function literals are inlined
where they are called, global functions are invoked. Shared nodes run where :mod:`relay_compat.scopes` says.
"""

from __future__ import annotations

from typing import Any, cast

from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    If,
    Let,
    Op,
    RelayExpr,
    Tuple,
    TupleGetItem,
)
from relay_compat.operators import is_static, located
from relay_compat.scopes import Bind, Plan, Scope
from relay_compat.types.errors import name_of, rejected, span_of
from relay_compat.types.infer import infer_types
from relay_compat.types.relations import attributes
from tensor_core import codes, shapes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.module import GlobalVar, IRModule
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import Card
from tensor_core.ops.spelling import relay_params
from tensor_core.program import (
    Body,
    Choose,
    Instruction,
    Invoke,
    LoadConstant,
    MakeTuple,
    Program,
    ProgramFunction,
    Register,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)  # fmt: skip
from tensor_core.trampoline import Steps, run
from tensor_core.types import TensorType, TupleType, Type, leaves

VIEWS = frozenset({"reshape", "squeeze", "expand_dims", "nn.batch_flatten"})
"""Cards whose result holds the argument's elements in the same order."""

LARGEST = 1_000_000
"""Instructions of one function, inlined functions included: inlining can grow without bound."""


def lower(module: IRModule, entry: str = "main") -> Program:
    """The program of ``entry`` and of every global function it calls.

    Raises DiagnosticError: R2R0605 for constructs that only the interpreter runs (closures as values, references,
    match, recursion of local functions, dimensions that are not fixed), R2R0601 for an op without semantics.
    """
    if any(isinstance(func, Function) and func.checked is None for func in module.functions.values()):
        module = infer_types(module)
    return _Lowering(module).run(module.get_global_var(entry))


class _Local:
    """A function literal with the environment it was met in; it is inlined where it is called."""

    __slots__ = ("environment", "function", "scope")

    def __init__(self, function: Function, scope: Scope, environment: _Environment) -> None:
        self.function = function
        self.scope = scope
        self.environment = environment


_Place = Register | _Local


class Stated:
    """The small constants among the arguments of a call."""

    LARGEST = 4096

    def __init__(self, values: dict[int, Any]) -> None:
        self.values = values

    def __bool__(self) -> bool:
        return bool(self.values)

    @staticmethod
    def of(call: Call) -> Stated:
        """Those of a call, by position; a tuple of constants and others holds None for the others."""
        found = {place: _stated(arg) for place, arg in enumerate(call.args)}
        return Stated({place: value for place, value in found.items() if value is not None})

    @property
    def key(self) -> Any:
        """What tells them from others."""
        return tuple((place, _bytes(value)) for place, value in self.values.items())


def _stated(arg: Expr) -> Any:
    if isinstance(arg, Constant):
        return arg.data if arg.data.size <= Stated.LARGEST else None
    if isinstance(arg, Tuple):
        fields = tuple(_stated(field) for field in arg.fields)
        return fields if any(field is not None for field in fields) else None
    return None


def _bytes(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_bytes, cast("tuple[Any, ...]", value)))
    return None if value is None else (value.dtype.str, value.shape, value.tobytes())


class _Environment:
    """What the nodes of one function body stand for while it is lowered."""

    __slots__ = ("active", "outer", "values")

    def __init__(self, outer: _Environment | None = None, active: tuple[Function, ...] = ()) -> None:
        self.values: dict[Expr, _Place] = {}
        self.outer = outer
        self.active = active

    def find(self, node: Expr) -> _Place | None:
        environment: _Environment | None = self
        while environment is not None:
            if node in environment.values:
                return environment.values[node]
            environment = environment.outer
        return None


class _Lowering:
    def __init__(self, module: IRModule) -> None:
        self.module = module
        self.kernels: dict[tuple[Card, Any, tuple[Type, ...], Any], PrimFunc | None] = {}
        self._pending: list[GlobalVar] = []
        self._known: set[GlobalVar] = set()

    def run(self, entry: GlobalVar) -> Program:
        program = Program()
        self.need(entry)
        while self._pending:
            var = self._pending.pop()
            function = self.module[var]
            if not isinstance(function, Function):
                raise fail(codes.NO_SUCH_FUNCTION, f"@{var.name} is not a Relay function", var.span)
            program.functions[var.name] = _FunctionLowering(self, function).run(var.name)
        return program

    def need(self, var: GlobalVar) -> None:
        """See to it that a global function is part of the program."""
        if var not in self._known:
            self._known.add(var)
            self._pending.append(var)

    def kernel(self, card: Card, params: Any, types: tuple[Type, ...], known: Stated) -> PrimFunc | None:
        """The kernel of a call; None when the card, or a card its expansion calls, cannot be lowered.

        Calls share a kernel that does not depend on the constants among their arguments.
        """
        general = self._kernel(card, params, types)
        if general is not None or card.expand is None or not known:
            return general
        return self._kernel(card, params, types, known)

    def _kernel(self, card: Card, params: Any, types: tuple[Type, ...], known: Stated | None = None) -> PrimFunc | None:
        key = (card, params, types, known and known.key)
        if key not in self.kernels:
            try:
                self.kernels[key] = lower_card(card, params, types, known=known.values if known else {})
            except Reject:
                self.kernels[key] = None
            except DiagnosticError as error:
                if any(d.code is not codes.NO_REFERENCE for d in error.diagnostics):
                    raise
                self.kernels[key] = None
        return self.kernels[key]


class _FunctionLowering:
    def __init__(self, whole: _Lowering, function: Function) -> None:
        self._whole = whole
        self._function = function
        self._plan = Plan(function.body)
        self._registers = 0
        self._size = 0
        self._constants: dict[Constant, Register] = {}
        self._loads: list[Instruction] = []
        self._items: dict[Register, tuple[Register, ...]] = {}

    def run(self, name: str) -> ProgramFunction:
        environment = _Environment()
        for param in self._function.params:
            environment.values[param] = self._new()
        body = run(self._body(self._plan.root, environment))
        body = Body((*self._loads, *body.code), body.result)
        return ProgramFunction(name, tuple(param.name for param in self._function.params), self._registers, body)

    def _new(self) -> Register:
        self._registers += 1
        return self._registers - 1

    def _body(self, scope: Scope, environment: _Environment) -> Steps[Body]:
        code: list[Instruction] = []
        yield self._steps(scope, environment, code)
        return Body(tuple(code), self._register(scope.result, environment))

    def _steps(self, scope: Scope, environment: _Environment, code: list[Instruction]) -> Steps[None]:
        for step in scope.steps:
            if isinstance(step, Bind):
                environment.values[step.var] = self._place(step.value, environment)
            else:
                environment.values[step] = yield self._step(step, environment, code)
        self._size += len(scope.steps)
        if self._size > LARGEST:
            message = f"inlining local functions leads to more than {LARGEST} instructions"
            raise fail(codes.NOT_LOWERED, message, self._function.span, _HINT)

    def _step(self, node: Expr, environment: _Environment, code: list[Instruction]) -> Steps[_Place]:
        match node:
            case Call() if isinstance(node.op, Op):
                return self._op_call(node, environment, code)
            case Call():
                return (yield self._call(node, environment, code))
            case Tuple():
                items = tuple([self._register(item, environment) for item in node.fields])
                return self._tuple(items, code, node)
            case TupleGetItem():
                out, source = self._new(), self._register(node.tuple_value, environment)
                code.append(TakeItem(out, source, node.index, node))
                return out
            case Function():
                return _Local(node, self._plan.inner[node][0], environment)
            case If():
                condition = self._register(node.cond, environment)
                then, otherwise = self._plan.inner[node]
                first = yield self._body(then, environment)
                second = yield self._body(otherwise, environment)
                out = self._new()
                code.append(Choose(out, condition, first, second, node))
                return out
            case Let():
                (scope,) = self._plan.inner[node]
                yield self._steps(scope, environment, code)
                return self._place(scope.result, environment)
            case _:
                raise _not_lowered(f"{type(node).__name__} is", node)

    def _call(self, node: Call, environment: _Environment, code: list[Instruction]) -> Steps[_Place]:
        if isinstance(node.op, GlobalVar):
            args = tuple([self._register(arg, environment) for arg in node.args])
            self._whole.need(node.op)
            out = self._new()
            code.append(Invoke(out, node.op.name, args, node))
            return out
        callee = environment.find(node.op)
        if not isinstance(callee, _Local):
            raise _not_lowered(f"a call of {name_of(node.op)}, a function chosen at run time, is", node)
        if callee.function in environment.active:
            raise _not_lowered("recursion of a local function is", node)
        inner = _Environment(callee.environment, (*environment.active, callee.function))
        for param, arg in zip(callee.function.params, node.args, strict=True):
            inner.values[param] = self._place(arg, environment)
        yield self._steps(callee.scope, inner, code)
        return self._place(callee.scope.result, inner)

    def _op_call(self, node: Call, environment: _Environment, code: list[Instruction]) -> Register:
        assert isinstance(node.op, Op)
        card = node.op.card
        if card is None:
            raise fail(codes.NO_REFERENCE, f"no op card knows {node.op.name}", node.span, "add a card with a reference")
        types = tuple([_type_of(arg) for arg in node.args])
        result = node.checked_type
        if not all(map(is_static, (*types, result))):
            raise _not_lowered(f"{card.name} on dimensions that are not fixed is", node)
        try:
            params = relay_params(card, attributes(node, card), types)
            args = tuple([self._register(arg, environment) for arg in node.args])
            return self._execute(node, card, params, types, args, code)
        except Reject as reject:
            raise rejected(node, card, reject, types) from None
        except DiagnosticError as error:
            raise located(error, node) from None

    def _execute(
        self,
        node: Call,
        card: Card,
        params: Any,
        types: tuple[Type, ...],
        args: tuple[Register, ...],
        code: list[Instruction],
    ) -> Register:
        result = node.checked_type
        if card.name in VIEWS and isinstance(result, TensorType):
            out = self._new()
            code.append(View(out, args[0], shapes.static(result.shape), node))
            return out
        kernel = self._whole.kernel(card, params, types, Stated.of(node))
        if kernel is None:
            if card.reference is None and card.expand is None:
                raise fail(codes.NO_REFERENCE, f"{card.name} has neither a lowering nor a reference", node.span)
            out = self._new()
            code.append(RunReference(card, params, args, out, node))
            return out
        inputs = tuple([leaf for arg, type_ in zip(args, types, strict=True) for leaf in self._flat(arg, type_, code)])
        out_types = tuple(leaf for leaf in leaves(result) if isinstance(leaf, TensorType))
        outs = tuple([self._new() for _ in out_types])
        code.append(RunKernel(kernel, inputs, outs, out_types, node))
        return self._nest(result, iter(outs), code)

    def _flat(self, register: Register, type_: Type, code: list[Instruction]) -> list[Register]:
        """The registers of the tensors in a value."""
        if not isinstance(type_, TupleType):
            return [register]
        items = self._items.get(register)
        if items is None:
            items = tuple([self._new() for _ in type_.fields])
            code.extend(TakeItem(item, register, index) for index, item in enumerate(items))
        return [leaf for item, part in zip(items, type_.fields, strict=True) for leaf in self._flat(item, part, code)]

    def _nest(self, type_: Type, outs: Any, code: list[Instruction]) -> Register:
        """A value of ``type_`` made of the tensors in ``outs``."""
        if not isinstance(type_, TupleType):
            return next(outs)
        return self._tuple(tuple([self._nest(part, outs, code) for part in type_.fields]), code, None)

    def _tuple(self, items: tuple[Register, ...], code: list[Instruction], origin: Expr | None) -> Register:
        out = self._new()
        self._items[out] = items
        code.append(MakeTuple(out, items, origin))
        return out

    def _place(self, node: Expr, environment: _Environment) -> _Place:
        if isinstance(node, Constant):
            if node not in self._constants:
                self._constants[node] = out = self._new()
                self._loads.append(LoadConstant(out, node.data))
            return self._constants[node]
        place = environment.find(node)
        if place is None:
            raise _not_lowered(f"{name_of(node)} as a value is", node)
        return place

    def _register(self, node: Expr, environment: _Environment) -> Register:
        place = self._place(node, environment)
        if isinstance(place, _Local):
            raise _not_lowered("a function as a value is", node)
        return place


_HINT = "run it with the interpreter: relay_compat.interpret.evaluate, or executor='interpreter'"


def _not_lowered(what: str, node: Expr) -> DiagnosticError:
    return fail(codes.NOT_LOWERED, f"{what} not compiled", span_of(node), _HINT)


def _type_of(node: Expr) -> Type:
    assert isinstance(node, RelayExpr)
    return node.checked_type
