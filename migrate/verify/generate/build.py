"""Relay nodes that know their type as soon as they are made."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.fragment import RelayFragment
from relay_compat.ir.adt import Clause, Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import FuncType, RefType, Type, TypeCall, TypeVar
from relay_compat.types.substitute import substitute
from tensor_core.types import TupleType

UNIT = TupleType(())


class Build(RelayFragment):
    """Operators as an expansion makes them, and the constructs of the language. All operands have types."""

    def var(self, name: str, type_: Type) -> Var:
        """A variable with its annotation."""
        made = Var(name, type_)
        made.memo("checked", type_)
        return made

    def let(self, var: Var, value: Expr, body: Expr) -> Expr:
        """``let var = value; body``."""
        return self._typed(Let(var, value, body), self.type_of(body))

    def if_(self, condition: Expr, then: Expr, otherwise: Expr) -> Expr:
        """A choice; both arms have one type."""
        return self._typed(If(condition, then, otherwise), self.type_of(then))

    def field(self, value: Expr, index: int) -> Expr:
        """A projection, also where the tuple is written out: then all its fields are evaluated."""
        type_ = self.type_of(value)
        assert isinstance(type_, TupleType)
        return self._typed(TupleGetItem(value, index), type_.fields[index])

    def then(self, *steps: Expr) -> Expr:
        """The last of these, after the others: a field of a tuple."""
        return self.field(self._typed(Tuple(steps), TupleType(tuple(map(self.type_of, steps)))), len(steps) - 1)

    def function(self, params: Sequence[Var], body: Expr, type_params: Sequence[TypeVar] = ()) -> Function:
        """A function with all its annotations."""
        result = self.type_of(body)
        made = Function(tuple(params), body, result, tuple(type_params))
        made.memo("checked", FuncType(tuple(map(self.type_of, params)), result, tuple(type_params)))
        return made

    def apply(self, function: Expr, *args: Expr) -> Expr:
        """A call of a function that is a value or a global one."""
        type_ = self.type_of(function)
        assert isinstance(type_, FuncType)
        return self._typed(Call(function, args), type_.ret_type)

    def instance(self, function: GlobalVar, type_args: Sequence[Type], *args: Expr) -> Expr:
        """A call of a polymorphic global function with these type arguments."""
        type_ = function.checked
        assert isinstance(type_, FuncType)
        values = dict(zip(type_.type_params, type_args, strict=True))
        made = Call(function, args, None, tuple(type_args))
        return self._typed(made, substitute(type_.ret_type, values))

    def construct(self, constructor: Constructor, type_: TypeCall, *fields: Expr) -> Expr:
        """A value of an algebraic data type."""
        return self._typed(Call(constructor, fields, None, type_.args), type_)

    def match(self, data: Expr, clauses: Sequence[Clause], type_: Type) -> Expr:
        """A match that handles every value."""
        return self._typed(Match(data, tuple(clauses)), type_)

    def ref(self, value: Expr) -> Expr:
        """A new reference."""
        return self._typed(RefCreate(value), RefType(self.type_of(value)))

    def read(self, ref: Expr) -> Expr:
        """What a reference holds."""
        type_ = self.type_of(ref)
        assert isinstance(type_, RefType)
        return self._typed(RefRead(ref), type_.value)

    def write(self, ref: Expr, value: Expr) -> Expr:
        """A store into a reference: the empty tuple."""
        return self._typed(RefWrite(ref, value), UNIT)

    def type_of(self, value: Expr) -> Type:
        """The type, of global functions as well."""
        found = value.checked if isinstance(value, GlobalVar) else super().type_of(value)
        assert found is not None
        return found
