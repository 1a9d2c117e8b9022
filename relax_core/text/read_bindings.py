"""Binding what is read: variables and their types, blocks under construction, names for nested calls."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from relax_core.builtins.table import builtin
from relax_core.emitter import Symbols
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Op,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.ir.types import ObjectType, Type
from relax_core.text.read_expr import ExprReader
from relax_core.text.read_values import ModuleScope
from relax_core.text.script import Script
from relax_core.types.deduce import deduce
from relax_core.types.leaves import type_of
from relax_core.types.operands import plan
from relax_core.types.relations import may_fit
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.spans import Span


@dataclass(slots=True)
class Body:
    """Blocks under construction, and what is known only inside of them."""

    blocks: list[BindingBlock] = field(default_factory=list[BindingBlock])
    bindings: list[Binding] = field(default_factory=list[Binding])
    hidden: list[tuple[str, Var | None]] = field(default_factory=list[tuple[str, "Var | None"]])

    def close(self, dataflow: bool, span: Span | None = None) -> None:
        """End the block under construction."""
        if self.bindings:
            self.blocks.append((DataflowBlock if dataflow else BindingBlock)(tuple(self.bindings), span))
        self.bindings = []


class BindingReader(ExprReader):
    """Reads expressions and binds them in the innermost body.

    ``dataflow`` says whether a dataflow block is being read, ``outputs`` which names it binds for good; ``rename``
    gives one name another one in the program: the result of a branch's arm.
    """

    def __init__(self, script: Script, release: str, module: ModuleScope) -> None:
        super().__init__(script, release, module)
        self.bodies: list[Body] = []
        self.dataflow = False
        self.outputs: set[str] = set()
        self.rename: tuple[str, str] | None = None
        self.sizes = Symbols()
        self._counts = {"gv": 0, "lv": 0}

    def close(self, result: Expr) -> SeqExpr:
        """The sequence of the innermost body, which ends here, with this result."""
        body = self.bodies.pop()
        body.close(False)
        made = SeqExpr(tuple(body.blocks), result)
        made.memo("ty", type_of(result))
        return made

    def bind(self, name: str, value: Expr, stated: Type | None, where: ast.expr, span: Span) -> None:
        """Bind a right-hand side to a named variable, whose type is the annotated one, else the deduced one."""
        found = type_of(value)
        if found is None and isinstance(value, Call):
            if stated is None:
                raise self.unknown_type(value, where)
            value.memo("ty", stated)
        elif stated is not None and found is not None and not may_fit(stated, found):
            raise self.script.error(where, codes.TYPE_MISMATCH, f"{name} is annotated {stated}, its value is {found}")
        # TVM keeps an annotation for a call only; what has a type by itself has that one.
        keeps = stated is not None and (found is None or isinstance(value, Call))
        # That anything may come says nothing; the value's own type may know what it is.
        keeps = keeps and not (isinstance(stated, ObjectType) and isinstance(found, ObjectType))
        var = self.variable(name, stated if keeps else found, span)
        self.emit(VarBinding(var, value, span))
        self.define(name, var)

    def unknown_type(self, call: Call, where: ast.expr) -> DiagnosticError:
        """What to raise for a call whose type nothing says: R2R0104 for an operator that none is called."""
        if isinstance(call.op, Op):
            return self.script.error(
                where,
                codes.UNKNOWN_OP,
                f"no operator is called {call.op.name} in Relax {self.release}",
                "annotate the variable with the result's type to keep the call as it is",
            )
        return self.script.error(where, codes.UNRESOLVED_TYPE, "the type of this call is not known", "annotate it")

    def variable(self, name: str, type_: Type | None, span: Span) -> Var:
        """A new variable of the name, local to the dataflow block unless the block gives it out."""
        renamed = self.rename is not None and self.rename[0] == name
        name_in_program = self.rename[1] if self.rename is not None and renamed else name
        inner = self.dataflow and name not in self.outputs
        return (DataflowVar if inner else Var)(name_in_program, type_, span)

    def emit(self, binding: Binding) -> None:
        """Add a binding to the innermost body."""
        self._counts["lv" if self.dataflow else "gv"] += 1
        self.bodies[-1].bindings.append(binding)

    def define(self, name: str, var: Var) -> None:
        """Let a name stand for a variable until the innermost body ends."""
        self.bodies[-1].hidden.append((name, self.variables.get(name)))
        self.variables[name] = var

    def restore(self, hidden: Sequence[tuple[str, Var | None]]) -> None:
        """Undo definitions, latest first."""
        for name, before in reversed(hidden):
            if before is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = before

    # ---- emission of nested expressions

    def typed(self, call: Call) -> Call:
        """The call with its deduced type; without one when its operator is not known."""
        callee = call.op
        if (
            isinstance(callee, Op)
            and not call.ty_args
            and builtin(callee.name, self.release) is None
            and plan(callee, self.release) is None
        ):
            return call
        try:
            call.memo("ty", deduce(call, self.release, self.sizes.facts))
        except DiagnosticError as error:
            raise DiagnosticError(*error.diagnostics, source=self.script.source) from None
        return call

    def bind_nested(self, value: Expr, node: ast.expr) -> Var:
        """Bind a nested expression to a variable named as TVM names it: gv, gv1, ... or lv, lv1, ..."""
        type_ = type_of(value)
        if type_ is None and isinstance(value, Call):
            raise self.unknown_type(value, node)
        prefix = "lv" if self.dataflow else "gv"
        number = self._counts[prefix]
        span = self.script.span(node)
        var = (DataflowVar if self.dataflow else Var)(f"{prefix}{number or ''}", type_, span)
        self.emit(VarBinding(var, value, span))
        return var
