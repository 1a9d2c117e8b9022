"""Expressions in text. The grammar is that of TVM 0.19's parser, without its call stack.

Methods that can nest are steps of :func:`tensor_core.trampoline.run`: depth is bounded by ``Limits.depth`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relay_compat.attributes import AttributeProblem, op_attrs
from relay_compat.ir import expr
from relay_compat.ir.adt import Clause, Constructor, Match
from relay_compat.ir.expr import Call, Constant, Function, Let, Op, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TypeVar
from relay_compat.ir.values import Record
from relay_compat.text.cursor import did_you_mean
from relay_compat.text.patterns import PatternParser
from relay_compat.text.recorded import recorded_type
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.module import Expr
from tensor_core.ops.registry import registry
from tensor_core.trampoline import Steps
from tensor_core.types import Type

_OPERATORS = {
    "*": (12, "multiply"), "/": (12, "divide"), "+": (10, "add"), "-": (10, "subtract"),
    "<": (8, "less"), "<=": (8, "less_equal"), ">": (8, "greater"), ">=": (8, "greater_equal"),
    "==": (7, "equal"), "!=": (7, "not_equal"),
}  # fmt: skip
_SIMPLE = frozenset({"graph", "local", "number", "bool"})
_REFS: dict[str, tuple[int, Callable[..., Expr]]] = {
    "ref": (1, expr.RefCreate),
    "ref_read": (1, expr.RefRead),
    "ref_write": (2, expr.RefWrite),
}

Binding = tuple[Var, Expr, int]


class ExprParser(PatternParser):
    """Reads expressions."""

    depth = 0

    def expr(self, as_value: bool = False) -> Steps[Expr]:
        """Read statements and the expression they lead to.

        ``as_value``: what is read is the value of a binding, so a semicolon behind it ends it.
        """
        self.depth += 1
        if self.depth > self.limits.depth:
            raise self.error(codes.LIMIT, f"nested deeper than {self.limits.depth} levels", self.span_of(self.position))
        mark = self.scope()
        bindings: list[Binding] = []
        while True:
            start = self.position
            kind = self.kinds[start]
            if kind == "graph" and self.kinds[start + 1] == "=":
                self.position = start + 2
                value = yield self.value()
                self.expect(";", "after the binding")
                self.bind_graph(self.texts[start], value)
            elif kind == "let":
                bindings.append((yield self._let(start)))
            elif kind == "free_var":
                self._free_var(start)
            else:
                body = yield self.operation()
                if as_value or not self.accept(";"):
                    break
                bindings.append((Var("", None, self.span_from(start)), body, start))
        self.leave(mark)
        self.depth -= 1
        for var, value, start in reversed(bindings):
            body = Let(var, value, body, self.span_from(start))
        return body

    def value(self) -> Steps[Expr]:
        """Read the value of a binding."""
        return self.expr(as_value=True) if self.kinds[self.position] == "let" else self.operation()

    def _let(self, start: int) -> Steps[Binding]:
        self.position = name_at = start + 1
        name = self.new_name("after let")
        annotation = self.type() if self.accept(":") else None
        var = self.declare(name_at, annotation, name)
        self.expect("=", "after the variable")
        value = yield self.value()
        self.expect(";", "after the binding")
        return var, value, start

    def _free_var(self, start: int) -> None:
        self.position = name_at = start + 1
        name = self.new_name("after free_var")
        annotation = self.type() if self.accept(":") else None
        self.declare_free(name_at, annotation, name)
        self.expect(";", "after the free variable")

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
            result = yield self._projected(start)
        if isinstance(result, Constructor) and not result.inputs and self.kinds[self.position] != "(":
            return self._make_call(result, (), start, None)
        while self.kinds[self.position] == "(":
            arguments, attrs = yield self._arguments(result, start)
            result = self._make_call(result, arguments, start, attrs)
        return result

    def _make_call(self, callee: Expr, arguments: tuple[Expr, ...], start: int, attrs: Attrs | None) -> Call:
        result = Call(callee, arguments, attrs, (), self.place(start))
        if self.recorded is not None:
            self.note(result)
        if isinstance(callee, Op) and callee.card is None:
            result.memo("checked", self._recorded_result(callee, start))
        return result

    def _recorded_result(self, callee: Op, start: int) -> Type:
        found = recorded_type(self)
        if found is None:
            hint = (
                did_you_mean(callee.name, registry().by_relay)
                or "a /* ty=... */ comment behind the call would keep it as an opaque operator"
            )
            raise self.error(codes.UNKNOWN_OP, f"unknown operator {callee.name}", self.span_of(start), hint)
        return found

    def _named(self, start: int) -> Expr:
        name = self.texts[start]
        constructor = self.constructors.get(name)
        if constructor is not None:
            return constructor
        callee = expr.op(name)
        if callee.card is None and self.kinds[self.position] != "(":
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
        if attrs is not None or not isinstance(callee, Op) or callee.card is None:
            return attrs
        try:
            return op_attrs(callee.card, {})
        except AttributeProblem as problem:
            raise self.error(codes.BAD_ATTRIBUTE, str(problem), self.span_of(start), problem.hint) from None

    def _whole_attrs(self, callee: Expr, found: Attrs, index: int) -> Attrs | None:
        try:
            return self.decoder.call_attrs(callee, found)
        except AttributeProblem as problem:
            raise self.error(codes.BAD_ATTRIBUTE, str(problem), self.span_of(index), problem.hint) from None

    def _written_attrs(self, callee: Expr) -> Attrs | None:
        first = self.position
        written = self.attributes()
        values = {name: value for name, (value, _) in written.items()}
        if not isinstance(callee, Op) or callee.card is None:
            type_key = values.pop("attrs_type_key", "")
            if not isinstance(type_key, str):
                raise self.error(codes.BAD_ATTRIBUTE, "attrs_type_key is no string", self.span_of(first))
            return Attrs(type_key, values)
        try:
            return op_attrs(callee.card, values)
        except AttributeProblem as problem:
            index = written[problem.name][1] if problem.name in written else first
            raise self.error(codes.BAD_ATTRIBUTE, str(problem), self.span_of(index), problem.hint) from None

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
        data = np.array(value, dtype)
        data.flags.writeable = False
        result = Constant(data, self.place(index))
        self.note(result)
        return result

    def _projected(self, start: int) -> Steps[Expr]:
        kind = self.kinds[start]
        if kind in _SIMPLE:
            self.position = start + 1
            result = self._simple(start)
        else:
            result = yield self._atom(start)
        if not self.accept("."):
            return result
        text = self.expect("number", "as a field's index")
        if not text.isdigit() or len(text) > 9:
            raise self.error(codes.BAD_LITERAL, f"{text[:40]} is no field's index", self.span_of(self.position - 1))
        item = TupleGetItem(result, int(text), self.place(start))
        self.note(item)
        return item

    def _atom(self, start: int) -> Steps[Expr]:
        kind = self.kinds[start]
        self.position = start + 1
        match kind:
            case "global":
                return self.global_var(start)
            case "(":
                return (yield self._parenthesised(start))
            case "fn":
                return (yield self.function(start))
            case "if":
                return (yield self._if(start))
            case "match" | "match?":
                return (yield self._match(start))
            case "{":
                self.position = start
                return (yield self._block())
            case "meta":
                return self._meta_expr(start)
            case "ref" | "ref_read" | "ref_write":
                return (yield self._reference(start))
            case "let":
                self.position = start
                return (yield self.expr(as_value=True))
            case _:
                self.position = start
                raise self.unexpected("expected an expression")

    def _meta_expr(self, index: int) -> Expr:
        value = self.resolve_meta(index)
        if not isinstance(value, Expr):
            raise self.error(codes.BAD_METADATA, f"{self.texts[index]} is no expression", self.span_of(index))
        self.note(value)
        return value

    def _parenthesised(self, opened: int) -> Steps[Expr]:
        fields: list[Expr] = []
        while self.kinds[self.position] != ")":
            fields.append((yield self.expr()))
            if len(fields) == 1 and self.accept(")"):
                return fields[0]
            if not self.accept(",") and self.kinds[self.position] != ")":
                raise self.unexpected("expected ',' or ')'", opened)
        self.position += 1
        result = Tuple(tuple(fields), self.place(opened))
        self.note(result)
        return result

    def _reference(self, start: int) -> Steps[Expr]:
        count, kind = _REFS[self.kinds[start]]
        opened = self.position
        self.expect("(", f"after {self.texts[start]}")
        operands: list[Any] = [(yield self.expr())]
        if count == 2:
            self.expect(",", "between reference and value", opened)
            operands.append((yield self.expr()))
        self.expect(")", f"after the operands of {self.texts[start]}", opened)
        return kind(*operands, self.place(start))

    # ------------------------------------------------------------ blocks

    def _block(self) -> Steps[Expr]:
        opened = self.position
        self.expect("{", "before a block")
        mark = self.scope()
        result = yield self.expr()
        self.leave(mark)
        self.expect("}", "after the block", opened)
        return result

    def _if(self, start: int) -> Steps[Expr]:
        opened = self.position
        self.expect("(", "before the condition")
        condition = yield self.expr()
        self.expect(")", "after the condition", opened)
        then = yield self._block()
        self.expect("else", "after the block")
        otherwise = yield self._block()
        return expr.If(condition, then, otherwise, self.place(start))

    def _match(self, start: int) -> Steps[Expr]:
        data = yield self._projected(self.position)
        opened = self.position
        self.expect("{", "before the arms")
        clauses: list[Clause] = []
        while not self.accept("}"):
            mark = self.scope()
            pattern = self.pattern(0)
            self.expect("=>", "after the pattern")
            clauses.append(Clause(pattern, (yield self.expr())))
            self.leave(mark)
            if not self.accept(",") and self.kinds[self.position] != "}":
                raise self.unexpected("expected ',' or '}' after an arm", opened)
        return Match(data, tuple(clauses), self.kinds[start] == "match", self.place(start))

    def function(self, start: int) -> Steps[Function]:
        """Read a function from its type parameters on."""
        mark, outer = self.scope(), self.type_scope
        type_params: tuple[TypeVar, ...] = self.type_params()
        params, attrs = self._params()
        device = attrs.pop("virtual_device", None)
        result_type = self.type() if self.accept("->") else None
        body = yield self._block()
        self.leave(mark)
        self.type_scope = outer
        result = Function(params, body, result_type, type_params, attrs or None, self.place(start), device)
        self.note(result)
        return result

    def _params(self) -> tuple[tuple[Var, ...], dict[str, Any]]:
        opened = self.position
        self.expect("(", "before the parameters")
        params: list[Var] = []
        attrs: dict[str, Any] = {}
        while not self.accept(")"):
            if self.kinds[self.position] == "name" and self.kinds[self.position + 1] == "=":
                attrs = {name: value for name, (value, _) in self.attributes().items()}
                self.expect(")", "after the attributes", opened)
                break
            start = self.position
            name = self.new_name("as a parameter")
            device = self._device() if self.kinds[self.position] == "{" else None
            annotation = self.type() if self.accept(":") else None
            params.append(self.declare(start, annotation, name, device))
            if not self.accept(",") and self.kinds[self.position] != ")":
                raise self.unexpected("expected ',' or ')' after a parameter", opened)
        return tuple(params), attrs

    def _device(self) -> Record | None:
        opened = self.position
        self.position += 1
        attrs = self.attributes()
        self.expect("}", "after the virtual device", opened)
        value, index = attrs.get("virtual_device", (None, opened))
        if len(attrs) != 1 or not isinstance(value, Record | None):
            raise self.error(
                codes.BAD_ATTRIBUTE, "expected virtual_device=meta[VirtualDevice][...]", self.span_of(index)
            )
        return value
