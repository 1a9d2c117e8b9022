"""Polymorphic functions, once for each list of types that they are called with: Relax has no type variables.

Only what a function without type parameters needs, directly or through others, gets a copy. A call carries its type
arguments, which inference found, so the copies follow from the calls alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrate.forward.survey import Survey
from relax_core.names import NameTable
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Function, GlobalVar, Let, Var
from relay_compat.ir.types import Type, TypeVar
from relay_compat.types.infer import infer_types
from relay_compat.types.substitute import substitute
from relay_compat.visit import Rewriter, copied, reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar as AnyGlobalVar
from tensor_core.module import IRModule
from tensor_core.node import Node

LARGEST = 10_000
"""Copies of one module: a function that calls itself with ever larger types has no end of them."""


@dataclass(frozen=True, slots=True)
class Specialised:
    """A typed module without polymorphic functions, and what it holds; ``copies`` are made of them, ``unused`` names
    those left out.
    """

    module: IRModule
    survey: Survey
    copies: frozenset[AnyGlobalVar] = frozenset()
    unused: tuple[str, ...] = ()


def specialised(module: IRModule) -> Specialised:
    """A typed module without its polymorphic functions: those that something calls become copies of their own.

    R2R0403 for more than :data:`LARGEST` copies.
    """
    survey = Survey(module)
    if not any(function.type_params for function in survey.functions):
        return Specialised(module, survey)
    functions = survey.globals
    specialiser = _Specialiser(functions)
    new = module.copy()
    for var in functions:
        del new[var]
    for var, function in specialiser.run().items():
        new[var] = function
    called = {var for var, _ in specialiser.instances}
    unused = tuple(var.name for var, function in functions.items() if function.type_params and var not in called)
    new = infer_types(new)
    return Specialised(new, Survey(new), frozenset(specialiser.instances.values()), unused)


class _Specialiser:
    def __init__(self, functions: Mapping[AnyGlobalVar, Function]) -> None:
        self._functions = functions
        self._names = NameTable(var.name for var, function in functions.items() if not function.type_params)
        self.instances: dict[tuple[AnyGlobalVar, tuple[Type, ...]], GlobalVar] = {}
        self._pending: list[tuple[AnyGlobalVar, Function, Mapping[TypeVar, Type]]] = []

    def run(self) -> dict[AnyGlobalVar, Function]:
        """The functions without type parameters, then the copies of the others, in the order of first need."""
        done: dict[AnyGlobalVar, Function] = {}
        plain = [(var, function) for var, function in self._functions.items() if not function.type_params]
        self._pending += [(var, function, {}) for var, function in reversed(plain)]
        while self._pending:
            var, function, values = self._pending.pop()
            done[var] = _Copy(values, self).rewrite(function)
        return done

    def instance(self, call: Call, callee: GlobalVar) -> GlobalVar | None:
        """The name of the copy that a call needs; None where the callee is not polymorphic."""
        function = self._functions.get(callee)
        if function is None or not function.type_params:
            return None
        key = (callee, call.type_args)
        if key not in self.instances:
            if len(self.instances) >= LARGEST:
                message = f"@{callee.name} needs more than {LARGEST} copies for the types it is called with"
                raise fail(codes.REFUSED_CONSTRUCT, message, call.span, "give it a type of its own")
            self.instances[key] = name = GlobalVar(self._names.unique(callee.name), callee.span)
            self._pending.append((name, function, dict(zip(function.type_params, call.type_args, strict=True))))
        return self.instances[key]


class _Copy(Rewriter):
    """A function for given type arguments. What does not depend on them stays the same node."""

    def __init__(self, values: Mapping[TypeVar, Type], specialiser: _Specialiser) -> None:
        super().__init__()
        self._values = values
        self._specialiser = specialiser
        self._literals: dict[Node, Function] = {}

    def order(self, node: Node) -> Iterator[Node]:
        """The children; a let's body when its polymorphic value is known."""
        if isinstance(node, Let):
            yield node.value
            yield node.var
            value, var = self.done[node.value], self.done[node.var]
            # One that calls itself has no copy: its function is refused, for its type.
            if isinstance(value, Function) and value.type_params and var not in reachable(value):
                self._literals[var] = value
            yield node.body
            return
        yield from super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        """The node for the type arguments."""
        del old
        match new:
            case Var():
                annotation = self._of(new.type_annotation)
                return new if annotation is new.type_annotation else Var(new.name, annotation, new.span)
            case Function():
                result = self._of(new.ret_type)
                kept = tuple([param for param in new.type_params if param not in self._values])
                if result is new.ret_type and len(kept) == len(new.type_params):
                    return new
                return new.replace(ret_type=result, type_params=kept)
            case Let() if new.var in self._literals:
                # Its calls have copies of it in its place.
                return new.body
            case Call():
                return self._call(new)
            case _:
                return new

    def _call(self, call: Call) -> Call:
        args = tuple(map(self._of_type, call.type_args))
        if any(a is not b for a, b in zip(args, call.type_args, strict=True)):
            call = call.replace(type_args=args)
        callee = call.op
        if isinstance(callee, GlobalVar):
            name = self._specialiser.instance(call, callee)
            return call if name is None else call.replace(op=name, type_args=())
        if isinstance(callee, Constructor) or not args:
            return call
        literal = self._literal(callee)
        if literal is None or len(args) != len(literal.type_params):
            return call
        values = dict(zip(literal.type_params, args, strict=True))
        return call.replace(op=_Copy(values, self._specialiser).rewrite(copied(literal, {})), type_args=())

    def _literal(self, callee: Node) -> Function | None:
        """The polymorphic literal that a callee stands for."""
        if isinstance(callee, Var):
            return self._literals.get(callee)
        return callee if isinstance(callee, Function) and callee.type_params else None

    def _of(self, type_: Type | None) -> Type | None:
        return None if type_ is None else self._of_type(type_)

    def _of_type(self, type_: Type) -> Type:
        return substitute(type_, self._values) if self._values else type_
