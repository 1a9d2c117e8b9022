"""Which domain each expression and each callee of one module has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relay_compat.calls import callee_and_args
from relay_compat.devices.configuration import CompilationConfig
from relay_compat.devices.domains import Domain, Equations, domain_of_type
from relay_compat.devices.marks import copy_of, mark_of, unmarked
from relay_compat.devices.place import Place, place_of
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Expr, Op
from relay_compat.ir.types import FuncType, Type
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import Node


class Assignment:
    """The domains, what is known of them, and the targets. The program must have its types."""

    def __init__(self, config: CompilationConfig) -> None:
        self.config = config
        self.equations = Equations()
        self._of: dict[Node, Domain] = {}
        self._callees: dict[Call, Domain] = {}
        self.host = Domain(config.host)

    def of(self, expr: Expr) -> Domain:
        """The domain of an expression."""
        found = self._of.get(expr)
        if found is None:
            found = self._of[expr] = domain_of_type(_type(expr))
        return self.equations.root(found)

    def at(self, type_: Type | None, place: Place) -> Domain:
        """The domain of a value of this type at a place, with the target for its kind of device."""
        return domain_of_type(type_, self.config.canonical(place))

    def place(self, expr: Expr) -> Place:
        """Where an expression is, looking through ``on_device``; of a function, where its result is."""
        return self.result_place(self.of(unmarked(expr)))

    def result_place(self, domain: Domain) -> Place:
        """Where the value of a domain is; of a function, where its result is."""
        return self.equations.result(domain).place

    def callee(self, call: Call) -> Domain:
        """The domain of what is called: of an operator one for each call, since operators are anywhere."""
        if not isinstance(call.op, (Op, Constructor)):
            return self.of(call.op)
        target, _ = callee_and_args(call)
        if target is not call.op:
            return self.of(target)
        found = self._callees.get(call)
        if found is None:
            found = self._callees[call] = Domain(parts=self._signature(call))
        return self.equations.root(found)

    def _signature(self, call: Call) -> tuple[Domain, ...]:
        mark, copy = mark_of(call), copy_of(call)
        if mark is not None:
            body = _type(mark.body)
            sides = (mark.of_body, mark.of_result)
            return tuple(self.at(body, mark.place) if bound else domain_of_type(body) for bound in sides)
        if copy is not None:
            body = _type(copy.body)
            return self.at(body, copy.source), self.at(body, copy.target)
        if isinstance(call.op, Constructor):
            return self._constructor(call.op)
        assert isinstance(call.op, Op)
        special = _SPECIAL.get(call.op.name)
        return (Domain(),) * (len(call.args) + 1) if special is None else special(self, call)

    def _constructor(self, constructor: Constructor) -> tuple[Domain, ...]:
        type_ = _type(constructor)
        assert isinstance(type_, FuncType)
        result = domain_of_type(type_.ret_type)
        params = tuple(map(domain_of_type, type_.arg_types))
        for param in params:
            self.equations.collapse(result, param)
        return *params, result

    def same(self, left: Expr, right: Expr | Domain) -> None:
        """The two are at one place. DiagnosticError R2R0206 when they cannot be."""
        domain = right if isinstance(right, Domain) else self.of(right)
        if not self.equations.unify(self.of(left), domain):
            raise contradiction(left)

    def same_collapsed(self, value: Expr, domain: Domain) -> None:
        """A value that is no function, and all that functions of the domain take and give, are at one place."""
        if not self.equations.collapse(self.of(value), domain):
            raise contradiction(value)

    def default(self, domain: Domain, place: Place) -> None:
        """Give what is open in a domain the values of a place."""
        for leaf in self.equations.leaves(domain):
            # A leaf may have become known through one before it.
            known = self.equations.root(leaf)
            self.equations.unify(known, Domain(self.config.canonical(known.place.with_default(place))))

    def default_result_then_params(self, domain: Domain) -> None:
        """What is open in a function: its result is where operators are by default, its parameters where the result
        is.
        """
        if all(leaf.place.is_complete for leaf in self.equations.leaves(domain)):
            return
        self.default(self.equations.result(domain), self.config.default)
        self.default(domain, self.result_place(domain))


def contradiction(expr: Expr) -> Exception:
    """The error for an expression that would have to be at two places."""
    return fail(
        codes.CONFLICTING_DEVICES,
        f"a {type(expr).__name__} would have to be on two devices at once",
        expr.span,
        hint="mark one of its users with on_device, so that the value is copied",
    )


def _type(expr: Expr) -> Any:
    return getattr(expr, "checked", None)


def _alloc_storage(found: Assignment, call: Call) -> tuple[Domain, ...]:
    assert call.attrs is not None
    place = place_of(call.attrs["virtual_device"])
    return found.host, found.host, found.host, found.at(_type(call), place)


def _alloc_tensor(found: Assignment, call: Call) -> tuple[Domain, ...]:
    storage = domain_of_type(_type(call))
    return storage, found.host, found.host, storage


def _shape_of(found: Assignment, call: Call) -> tuple[Domain, ...]:
    return domain_of_type(_type(call.args[0])), found.host


def _invoke_tvm_op(found: Assignment, call: Call) -> tuple[Domain, ...]:
    del found
    values = domain_of_type(_type(call))
    return domain_of_type(_type(call.args[0])), values, values, values


def _reshape_tensor(found: Assignment, call: Call) -> tuple[Domain, ...]:
    data = domain_of_type(_type(call))
    return data, found.host, data


_SPECIAL: Mapping[str, Callable[[Assignment, Call], tuple[Domain, ...]]] = {
    "memory.alloc_storage": _alloc_storage,
    "memory.alloc_tensor": _alloc_tensor,
    "vm.shape_of": _shape_of,
    "vm.invoke_tvm_op": _invoke_tvm_op,
    "vm.reshape_tensor": _reshape_tensor,
}
"""Operators whose operands are at places of their own: shapes are with the host."""
