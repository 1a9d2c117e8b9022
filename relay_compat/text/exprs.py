"""Expressions in text. The grammar is that of TVM 0.19's parser, without its call stack.

Methods that can nest are steps of :func:`tensor_core.trampoline.run`: depth is bounded by ``Limits.depth`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay_compat.ir import expr
from relay_compat.ir.adt import Clause, Match
from relay_compat.ir.expr import Function, Let, Tuple, Var
from relay_compat.ir.types import TypeVar
from relay_compat.text.calls import CallParser
from tensor_core import codes
from tensor_core.module import Expr
from tensor_core.trampoline import Steps

_REFS: dict[str, tuple[int, Callable[..., Expr]]] = {
    "ref": (1, expr.RefCreate),
    "ref_read": (1, expr.RefRead),
    "ref_write": (2, expr.RefWrite),
}

Binding = tuple[Var, Expr, int]


class ExprParser(CallParser):
    """Reads expressions."""

    depth = 0

    def expr(self, as_value: bool = False) -> Steps[Expr]:
        """Read statements and the expression they lead to.

        ``as_value``: what is read is the value of a binding, so a semicolon behind it ends it. R2R0111 beyond the limit
        of nesting.
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
        device = self.device()
        annotation = self.annotation(":")
        var = self.declare(name_at, annotation, name, device)
        self.expect("=", "after the variable")
        value = yield self.value()
        self.expect(";", "after the binding")
        return var, value, start

    def _free_var(self, start: int) -> None:
        self.position = name_at = start + 1
        name = self.new_name("after free_var")
        device = self.device()
        annotation = self.annotation(":")
        self.declare_free(name_at, annotation, name, device)
        self.expect(";", "after the free variable")

    def atom(self, start: int) -> Steps[Expr]:
        """Read an expression that is more than one token."""
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
        data = yield self.projected(self.position)
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
        result_type = self.annotation("->")
        body = yield self._block()
        self.leave(mark)
        self.type_scope = outer
        result = Function(params, body, result_type, type_params, attrs, self.place(start), device)
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
            device = self.device()
            annotation = self.annotation(":")
            params.append(self.declare(start, annotation, name, device))
            if not self.accept(",") and self.kinds[self.position] != ")":
                raise self.unexpected("expected ',' or ')' after a parameter", opened)
        return tuple(params), attrs
