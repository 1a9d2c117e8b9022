"""Calls in text: atoms, their argument lists and attributes, and the infix operators between them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from relay_compat.attr_structs import make_attrs, struct_named, struct_of
from relay_compat.attributes import AttributeProblem, call_attrs, op_attrs
from relay_compat.ir import expr
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Constant, Op, TupleGetItem
from relay_compat.text.literals import plain_name
from relay_compat.text.old_calls import OldCallParser
from relay_compat.text.recorded import recorded_type
from relay_compat.types.module_types import is_module_typed
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError, did_you_mean
from tensor_core.module import Expr
from tensor_core.ops.registry import registry
from tensor_core.trampoline import Steps
from tensor_core.types import Type

_OPERATORS = {
    "*": (12, "multiply"), "/": (12, "divide"), "+": (10, "add"), "-": (10, "subtract"),
    "<": (8, "less"), "<=": (8, "less_equal"), ">": (8, "greater"), ">=": (8, "greater_equal"),
    "==": (7, "equal"), "!=": (7, "not_equal"),
}  # fmt: skip
_OPEN = ("(", "[")
_BARE = "constructor"
"""What stands before a constructor without fields that is not called."""
_SIMPLE = frozenset({"graph", "local", "number", "bool"})


class CallParser(OldCallParser, ABC):
    """Reads what stands between two semicolons. :meth:`expr` and :meth:`atom` are given by the parser built on it."""

    @abstractmethod
    def expr(self, as_value: bool = False) -> Steps[Expr]:
        """Read statements and the expression they lead to."""
        ...

    @abstractmethod
    def atom(self, start: int) -> Steps[Expr]:
        """Read an expression that is more than one token."""
        ...

    infer = True
    """Whether types are going to be inferred, so that a call of an unknown operator must state its own."""
    without_attrs = False

    # ------------------------------------------------------------ operators

    def operation(self) -> Steps[Expr]:
        """Read calls joined by infix operators, which are left-associative."""
        start = self.position
        left = yield self.call()
        if self.kinds[self.position] not in _OPERATORS:
            return left
        operands: list[tuple[Expr, int]] = [(left, start)]
        pending: list[tuple[int, str]] = []
        while self.kinds[self.position] in _OPERATORS:
            precedence, name = _OPERATORS[self.kinds[self.position]]
            self._reduce(operands, pending, precedence)
            pending.append((precedence, name))
            self.position += 1
            start = self.position
            operands.append(((yield self.call()), start))
        self._reduce(operands, pending, 0)
        return operands[0][0]

    def _reduce(self, operands: list[tuple[Expr, int]], pending: list[tuple[int, str]], precedence: int) -> None:
        while pending and pending[-1][0] >= precedence:
            right, _ = operands.pop()
            left, start = operands.pop()
            callee = expr.op(pending.pop()[1])
            operands.append((self._make_call(callee, (left, right), start, self._attrs_of(callee, None, start)), start))

    # ------------------------------------------------------------ calls

    def call(self) -> Steps[Expr]:
        """Read an atom with the argument lists behind it."""
        start = self.position
        kind = self.kinds[start]
        if kind == "name":
            self.position = start + 1
            result: Expr = self._named(start)
        else:
            result = yield self.projected(start)
        called = kind == "name" and self.position == start + 1
        if called and isinstance(result, Constructor) and not result.inputs and self.kinds[self.position] not in _OPEN:
            return self._make_call(result, (), start, None)
        while self.kinds[self.position] in _OPEN:
            types = tuple(self.types("[", "]", 0)) if self.kinds[self.position] == "[" else ()
            if self.kinds[self.position] != "(":
                raise self.unexpected("expected the arguments after the type arguments")
            arguments, attrs = yield self._arguments(result, start)
            result = self._make_call(result, arguments, start, attrs, types)
        return result

    def _make_call(
        self,
        callee: Expr,
        arguments: tuple[Expr, ...],
        start: int,
        attrs: Attrs | None,
        types: tuple[Type, ...] = (),
    ) -> Call:
        if self.is_old(callee):
            callee, arguments, attrs = self.upgraded(callee, arguments, attrs, start)
        result = Call(callee, arguments, attrs, types, self.place(start))
        if self.recorded is not None:
            self.note(result)
        if isinstance(callee, Op) and callee.card is None:
            result.memo("checked", self._recorded_result(callee, start))
        return result

    def _recorded_result(self, callee: Op, start: int) -> Type | None:
        found = recorded_type(self)
        if found is None and (not self.infer or is_module_typed(callee)):
            return None
        if found is None:
            hint = (
                did_you_mean(callee.name, registry().by_relay)
                or "a /* ty=... */ comment behind the call would keep it as an opaque operator"
            )
            raise self.error(codes.UNKNOWN_OP, f"unknown operator {callee.name}", self.span_of(start), hint)
        return found

    def _named(self, start: int) -> Expr:
        if self.texts[start] == _BARE and self.kinds[self.position] == "name":
            start, self.position = self.position, self.position + 1
            if plain_name(self.texts[start]) not in self.constructors:
                message = f"undefined constructor {self.texts[start]}"
                raise self.error(codes.UNDEFINED_NAME, message, self.span_of(start))
        name = plain_name(self.texts[start])
        constructor = self.constructors.get(name)
        callee = expr.op(name)
        if constructor is not None and not (self.lossless and self.texts[start] == name and callee.card is not None):
            return constructor
        if callee.card is None and self.infer and self.kinds[self.position] != "(":
            hint = did_you_mean(name, (*registry().by_relay, *self.constructors))
            raise self.error(codes.UNKNOWN_OP, f"unknown operator {name}", self.span_of(start), hint)
        return callee

    def _arguments(self, callee: Expr, start: int) -> Steps[tuple[tuple[Expr, ...], Attrs | None]]:
        opened = self.position
        self.position = opened + 1
        result: list[Expr] = []
        attrs: Attrs | None = None
        while True:
            position = self.position
            kind, following = self.kinds[position], self.kinds[position + 1]
            if kind == ")":
                break
            if kind in _SIMPLE and (following == "," or following == ")"):
                self.position = position + 1
                result.append(self._simple(position))
            elif kind == "name" and following == "=":
                attrs = self._written_attrs(callee)
                break
            elif kind == "meta" and following == ")" and isinstance(found := self.resolve_meta(position), Attrs):
                self.position = position + 1
                attrs = self._whole_attrs(callee, found, position)
                break
            else:
                result.append((yield self.expr()))
            if self.kinds[self.position] == ",":
                self.position += 1
            elif self.kinds[self.position] != ")":
                raise self.unexpected("expected ',' or ')' after an argument", opened)
        self.expect(")", "after the arguments", opened)
        return tuple(result), self._attrs_of(callee, attrs, start)

    # ------------------------------------------------------------ attributes of calls

    def _attrs_of(self, callee: Expr, attrs: Attrs | None, start: int) -> Attrs | None:
        if self.without_attrs:
            self.without_attrs = False
            return None
        if attrs is not None or not isinstance(callee, Op) or self.is_old(callee):
            return attrs
        if callee.card is None:
            struct = struct_of(callee.name)
            return None if struct is None else self._of_struct(struct.type_key, {}, start)
        try:
            return op_attrs(callee.card, {})
        except AttributeProblem as problem:
            raise self.error(codes.BAD_ATTRIBUTE, problem.message, self.span_of(start), problem.hint) from None

    def _whole_attrs(self, callee: Expr, found: Attrs, index: int) -> Attrs | None:
        if self.is_old(callee):
            return found
        try:
            return call_attrs(callee, found) if self.decoder is None else self.decoder.call_attrs(callee, found)
        except AttributeProblem as problem:
            raise self.error(codes.BAD_ATTRIBUTE, problem.message, self.span_of(index), problem.hint) from None

    def _written_attrs(self, callee: Expr) -> Attrs | None:
        first = self.position
        written = self.attributes()
        values = {name: value for name, (value, _) in written.items()}
        if isinstance(callee, Op) and "attrs_type_key" in values:
            return self._of_key(values.pop("attrs_type_key"), values, first)
        if not isinstance(callee, Op):
            type_key = values.pop("attrs_type_key", None)
            if not isinstance(type_key, str) or not type_key:
                message = "the attributes of a call that is not of an operator need attrs_type_key"
                raise self.error(codes.BAD_ATTRIBUTE, message, self.span_of(first))
            return self._of_struct(type_key, values, first)
        if self.is_old(callee):
            return Attrs("", values)
        if callee.card is None:
            struct = struct_of(callee.name)
            return Attrs("", values) if struct is None else self._of_struct(struct.type_key, values, first)
        try:
            return op_attrs(callee.card, values)
        except AttributeProblem as problem:
            index = written[problem.name][1] if problem.name in written else first
            raise self.error(codes.BAD_ATTRIBUTE, problem.message, self.span_of(index), problem.hint) from None

    def _of_key(self, type_key: Any, values: dict[str, Any], index: int) -> Attrs | None:
        """The attributes of an operator that states their struct: None for none at all."""
        if type_key is None:
            self.without_attrs = True
            return None
        if not isinstance(type_key, str):
            raise self.error(codes.BAD_ATTRIBUTE, "attrs_type_key must be a string or None", self.span_of(index))
        return self._of_struct(type_key, values, index)

    def _of_struct(self, type_key: str, values: dict[str, Any], index: int) -> Attrs:
        if struct_named(type_key) is None:
            return Attrs(type_key, values)
        try:
            return make_attrs(type_key, values)
        except DiagnosticError as error:
            found = error.diagnostics[0]
            raise self.error(found.code, found.message, self.span_of(index), found.hint) from None

    # ------------------------------------------------------------ atoms

    def _simple(self, index: int) -> Expr:
        """The expression of a token that is one by itself, which has been stepped over."""
        kind = self.kinds[index]
        if kind == "graph" or kind == "local":
            return self.variable(index)
        if kind == "bool":
            value, dtype = self.texts[index] == "True", "bool"
        else:
            value, dtype = self.literal(index)
            dtype = self.old_dtype(dtype)
        data = np.array(value, dtype)
        data.flags.writeable = False
        result = Constant(data, self.place(index))
        self.note(result)
        return result

    def projected(self, start: int) -> Steps[Expr]:
        """Read an atom with at most one field selected from it. R2R0108 for a field that is no whole number."""
        kind = self.kinds[start]
        if kind in _SIMPLE:
            self.position = start + 1
            result = self._simple(start)
        else:
            result = yield self.atom(start)
        if not self.accept("."):
            return result
        text = self.expect("number", "as a field's index")
        if not text.isdigit() or len(text) > 9:
            raise self.error(codes.BAD_LITERAL, f"{text[:40]} is no field's index", self.span_of(self.position - 1))
        item = TupleGetItem(result, int(text), self.place(start))
        self.note(item)
        return item
