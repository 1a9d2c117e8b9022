"""Reverse-mode differentiation of whole programs: control flow, closures, recursion, references, higher order.

Every tensor travels with a reference to its adjoint, and every function takes a reference to the *backpropagator*, a
closure that each operation extends by its own step; running it once, after the program, fills the adjoints
(src/relay/transforms/higher_order_gradient.cc in TVM 0.19; the construction is that of Wang et al., "Demystifying
differentiable programming", 2018). Since the result is a program of the same language, it can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from relay_compat.fragment import RelayFragment
from relay_compat.ir.adt import Clause, Constructor, Match, PatternConstructor
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
    Var,
)  # fmt: skip
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, RefType, TensorType, TupleType, Type
from relay_compat.let_list import LetList
from relay_compat.passes.first_order_gradient import FirstOrderGradient, filled, gradient_type, item
from relay_compat.passes.op_gradients import has_gradient, op_gradient
from relay_compat.types.substitute import map_parts
from relay_compat.visit import copied, reachable, with_variables
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.spans import Span
from tensor_core.trampoline import Steps, run

_CHECKPOINT = "annotation.checkpoint"
_UNIT = TupleType(())
_BACKPROPAGATOR = RefType(FuncType((), _UNIT))
_LEAVES = (Var, Constant, GlobalVar, Op, Constructor)


def gradient(expr: Expr, mod: IRModule | None = None, mode: str = "higher_order") -> Function:
    """The function that gives its value and the gradient of the sum of the value in each parameter.

    ``expr``: a function of tensors with inferred types, or the name of one in ``mod``; in a module, functions that it
    calls get differentiated twins, named ``NAME_grad``. ``mode``: "higher_order", or "first_order" for straight-line
    programs, whose result is straight-line, too. Of a tuple result, the first field is differentiated.

    Raises DiagnosticError R2R0608 for operators without a gradient and functions that have none, R2R0205 for a graph
    that uses a node twice (ToANormalForm makes it differentiable).
    """
    if mode == "first_order":
        if mod is not None:
            raise fail(codes.NO_GRADIENT, "first-order gradients are of a lone function: give no module")
        return cast(Function, FirstOrderGradient()(IRModule.from_expr(expr))["main"])
    if mode != "higher_order":
        raise fail(codes.BAD_OPTION, f"unknown mode {mode!r}", hint="it is higher_order or first_order")
    function = mod[expr] if mod is not None and isinstance(expr, GlobalVar) else expr
    if not isinstance(function, Function):
        raise fail(codes.NO_GRADIENT, "only a function has a gradient", getattr(expr, "span", None))
    _check(function)
    return _differentiate(function, mod)


def _check(function: Function) -> None:
    if function.type_params:
        raise fail(codes.NO_GRADIENT, "a function with type parameters has no gradient", function.span)
    for param in function.params:
        if not isinstance(param.checked_type, TensorType):
            raise fail(codes.NO_GRADIENT, f"parameter %{param.name} is no tensor", param.span)
    missing = [
        node.name
        for node in reachable(function)
        if isinstance(node, Op) and node.name != _CHECKPOINT and not has_gradient(node)
    ]
    if missing:
        raise fail(codes.NO_GRADIENT, f"operators without a gradient: {', '.join(missing)}", function.span)
    _check_sharing(function)


def _check_constructor(constructor: Constructor, span: Span | None = None) -> None:
    if any(isinstance(each, (TensorType, TupleType)) for each in constructor.inputs):
        message = f"constructor {constructor.name} takes tensors, and its type has no place for their adjoints"
        raise fail(codes.NO_GRADIENT, message, span, "declare the data type with a type parameter")


def _check_sharing(function: Function) -> None:
    used: set[Any] = set()
    for node in reachable(function):
        for child in node.iter_children():
            if isinstance(child, Expr) and not isinstance(child, _LEAVES):
                if child in used:
                    hint = "apply ToANormalForm first"
                    raise fail(codes.ILL_FORMED, "a node is used twice", getattr(child, "span", None), hint)
                used.add(child)


def _differentiate(function: Function, mod: IRModule | None) -> Function:
    lets = LetList()
    back = lets.push(RefCreate(Function((), Tuple(()), _UNIT)), _BACKPROPAGATOR)
    twin: Expr = run(_Reverse(mod, back, {}, {}).visit(function))
    args = [lets.push(_with_adjoint(param)) for param in function.params]
    result = lets.push(Call(twin, (*args, back)))
    type_ = cast(Any, function.body).checked_type
    _seed(result, type_, lets)
    lets.push(Call(RefRead(back), ()))
    value = _values(result, type_, lets)
    gradients = Tuple(tuple(RefRead(item(arg, 1)) for arg in args))
    body = lets.get(Tuple((value, gradients)))
    return function.replace(body=body, ret_type=gradient_type(function), type_params=())


def _seed(value: Expr, type_: Type, lets: LetList) -> None:
    while isinstance(type_, TupleType):
        if not type_.fields:
            raise fail(codes.NO_GRADIENT, "an empty tuple has no gradient")
        value, type_ = lets.push(item(value, 0)), type_.fields[0]
    primal = item(value, 0)
    primal.memo("checked", type_)
    lets.push(RefWrite(item(value, 1), filled("ones", primal)))


def _values(value: Expr, type_: Type, lets: LetList) -> Expr:
    """The values without their adjoints."""
    if isinstance(type_, TupleType):
        fields = (_values(lets.push(item(value, n)), field, lets) for n, field in enumerate(type_.fields))
        return Tuple(tuple(fields))
    return item(value, 0)


def _with_adjoint(value: Expr) -> Expr:
    return Tuple((value, RefCreate(filled("zeros", value))))


def reverse_type(type_: Type) -> Type:
    """The type of a value that travels with its adjoints."""
    if isinstance(type_, TensorType):
        return TupleType((type_, RefType(type_)))
    changed = map_parts(type_, reverse_type)
    if isinstance(changed, FuncType):
        return FuncType((*changed.arg_types, _BACKPROPAGATOR), changed.ret_type, changed.type_params)
    return changed


def _mapped(change: Callable[[Expr, TensorType], Expr], value: Expr, type_: Type, lets: LetList) -> Var:
    """A tuple of the same nesting with every tensor changed, each step bound to a variable."""
    if isinstance(type_, TensorType):
        return lets.push(change(value, type_))
    if not isinstance(type_, TupleType):
        raise fail(codes.NO_GRADIENT, f"operators on values of type {type_} have no gradient")
    fields = [
        _mapped(change, lets.push(item(value, index)), field, lets) for index, field in enumerate(type_.fields)
    ]  # fmt: skip
    return lets.push(Tuple(tuple(fields)))


def _primal(value: Expr, type_: TensorType) -> Expr:
    result = item(value, 0)
    result.memo("checked", type_)
    return result


def _adjoint(value: Expr, type_: TensorType) -> Expr:
    result = RefRead(item(value, 1))
    result.memo("checked", type_)
    return result


def _dual(value: Expr, type_: TensorType) -> Expr:
    del type_
    return _with_adjoint(value)


def _typed(change: Callable[[Expr, TensorType], Expr], value: Expr, type_: Type, lets: LetList) -> Var:
    result = _mapped(change, value, type_, lets)
    result.memo("checked", type_)
    return result


def _accumulate(type_: Type, value: Expr, adjoint: Expr, lets: LetList) -> None:
    if isinstance(type_, TupleType):
        for index, field in enumerate(type_.fields):
            _accumulate(field, lets.push(item(value, index)), lets.push(item(adjoint, index)), lets)
        return
    assert isinstance(type_, TensorType)
    total = RelayFragment().call("add", _adjoint(value, type_), adjoint)
    lets.push(RefWrite(item(value, 1), total))


def _transfer(type_: Type, source: Expr, target: Expr, lets: LetList) -> None:
    """Copy the adjoints of one value to those of another."""
    if isinstance(type_, TupleType):
        for index, field in enumerate(type_.fields):
            _transfer(field, lets.push(item(source, index)), lets.push(item(target, index)), lets)
        return
    lets.push(RefWrite(TupleGetItem(target, 1), RefRead(TupleGetItem(source, 1))))


def _straight(root: Expr, lets: LetList, done: dict[Expr, Expr]) -> Expr:
    """The expression with every call and tuple in it bound to a variable, once."""
    order = [node for node in reachable(root) if isinstance(node, (Call, Tuple, TupleGetItem))]
    inner = {inside for node in reachable(root) if isinstance(node, Function) for inside in reachable(node)}
    for node in order:
        if node not in done and node not in inner:
            operands = {name: _operand(getattr(node, name), done) for name in node.children}
            copy = node.replace(**operands)
            copy.memo("checked", node.checked)
            done[node] = lets.push(copy)
    return done.get(root, root)


def _operand(value: Any, done: dict[Expr, Expr]) -> Any:
    if isinstance(value, tuple):
        return tuple(done.get(part, part) for part in cast("tuple[Expr, ...]", value))
    return done.get(value, value)


class _Reverse:
    """The program on values with adjoints, inside one function: ``back`` is its reference to the backpropagator."""

    def __init__(
        self, module: IRModule | None, back: Var, variables: dict[Var, Var], twins: dict[GlobalVar, GlobalVar]
    ) -> None:
        self._module = module
        self._back = back
        self._variables = variables
        self._twins = twins
        self._done: dict[Expr, Expr] = {}

    def visit(self, node: Expr) -> Steps[Expr]:
        if node not in self._done:
            self._done[node] = yield self._new(node)
        return self._done[node]

    def _new(self, node: Expr) -> Steps[Expr]:
        match node:
            case Var():
                return self._variable(node)
            case Constant():
                lets = LetList()
                return lets.get(_with_adjoint(lets.push(node)))
            case Constructor():
                _check_constructor(node)
                return node
            case Call(op=Op(name=name)):
                return (yield (self._checkpoint if name == _CHECKPOINT else self._op_call)(node))
            case If():
                condition = TupleGetItem((yield self.visit(node.cond)), 0)
                return If(condition, (yield self.visit(node.true_branch)), (yield self.visit(node.false_branch)))
            case Function():
                return (yield self._function(node))
            case GlobalVar():
                return (yield self._global(node))
            case Match():
                return (yield self._match(node))
            case Call():
                callee = yield self.visit(node.op)
                args = yield self._all(node.args)
                return Call(callee, args if isinstance(node.op, Constructor) else (*args, self._back))
            case Tuple() | TupleGetItem() | Let() | RefCreate() | RefRead() | RefWrite():
                return (yield self._same(node))
            case _:
                message = f"a {type(node).__name__} has no gradient"
                raise fail(codes.NO_GRADIENT, message, getattr(node, "span", None))

    def _all(self, nodes: tuple[Expr, ...]) -> Steps[tuple[Expr, ...]]:
        result: list[Expr] = []
        for node in nodes:
            result.append((yield self.visit(node)))
        return tuple(result)

    def _same(self, node: Any) -> Steps[Expr]:
        changes: dict[str, Any] = {}
        for name in node.children:
            value = getattr(node, name)
            changes[name] = (yield self._all(cast("tuple[Expr, ...]", value))) if isinstance(value, tuple) else (
                yield self.visit(value)
            )  # fmt: skip
        return node.replace(**changes)

    def _variable(self, var: Var) -> Var:
        found = self._variables.get(var)
        if found is None:
            type_ = var.type_annotation
            found = self._variables[var] = var if type_ is None else var.replace(type_annotation=reverse_type(type_))
        return found

    def _op_call(self, call: Call) -> Steps[Expr]:
        lets = LetList()
        args: list[Var] = []
        for arg in call.args:
            args.append(lets.push((yield self.visit(arg))))
        types = [cast(Any, arg).checked_type for arg in call.args]
        primals = [_typed(_primal, arg, type_, lets) for arg, type_ in zip(args, types, strict=True)]
        primal = Call(call.op, tuple(primals), call.attrs, call.type_args, call.span)
        primal.memo("checked", call.checked_type)
        result = lets.push(_typed(_dual, lets.push(primal), call.checked_type, lets))
        before = lets.push(RefRead(self._back))
        inner = LetList()
        adjoints = op_gradient(primal, _typed(_adjoint, result, call.checked_type, inner))
        straight: dict[Expr, Expr] = {}
        for arg, type_, adjoint in zip(args, types, adjoints, strict=True):
            _accumulate(type_, arg, _straight(adjoint, inner, straight), inner)
        lets.push(RefWrite(self._back, Function((), inner.get(Call(before, ())), _UNIT)))
        return lets.get(result)

    def _checkpoint(self, call: Call) -> Steps[Expr]:
        """The value is computed without adjoints now, and again with them when backpropagation comes to it."""
        source, type_ = call.args[0], call.checked_type
        lets = LetList()
        primals = LetList()
        values = {
            var: _typed(_primal, dual, var.checked_type, primals)
            for var, dual in self._variables.items()
            if var in set(reachable(source))
        }  # fmt: skip
        result = lets.push(_typed(_dual, lets.push(primals.get(copied(source, values))), type_, lets))
        before = lets.push(RefRead(self._back))
        inner = LetList()
        back = inner.push(RefCreate(Function((), Tuple(()), _UNIT)), _BACKPROPAGATOR)
        again = yield _Reverse(self._module, back, self._variables, self._twins).visit(copied(source, {}))
        _transfer(type_, result, inner.push(again), inner)
        inner.push(Call(RefRead(back), ()))
        lets.push(RefWrite(self._back, Function((), inner.get(Call(before, ())), _UNIT)))
        return lets.get(result)

    def _function(self, function: Function) -> Steps[Expr]:
        params = tuple(map(self._variable, function.params))
        back = Var("bp", _BACKPROPAGATOR)
        inside = _Reverse(self._module, back, self._variables, self._twins)
        body = yield inside.visit(function.body)
        result = None if function.ret_type is None else reverse_type(function.ret_type)
        return function.replace(params=(*params, back), body=body, ret_type=result)

    def _global(self, name: GlobalVar) -> Steps[Expr]:
        if self._module is None:
            raise fail(codes.NO_GRADIENT, f"@{name.name} is called: give the module that has it", name.span)
        twin = self._twins.get(name)
        if twin is None:
            twin = self._twins[name] = GlobalVar(f"{name.name}_grad")
            function = copied(self._module[name], {})
            assert isinstance(function, Function)
            self._module[twin] = yield _Reverse(self._module, self._back, self._variables, self._twins)._function(
                function
            )  # fmt: skip
        return twin

    def _match(self, node: Match) -> Steps[Expr]:
        data = yield self.visit(node.data)
        clauses: list[Clause] = []
        for clause in node.clauses:
            for part in reachable(clause.lhs):
                if isinstance(part, PatternConstructor):
                    _check_constructor(part.constructor, node.span)
            pattern = with_variables(clause.lhs, self._variable)
            clauses.append(Clause(pattern, (yield self.visit(clause.rhs))))
        return Match(data, tuple(clauses), node.complete)
