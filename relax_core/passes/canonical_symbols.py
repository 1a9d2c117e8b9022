"""Symbolic variables that a match_cast gives a known value, replaced by it (CanonicalizeTIRVariables in TVM)."""

from __future__ import annotations

from typing import Any, TypeVar

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Expr,
    Function,
    If,
    MatchCast,
    PrimValue,
    SeqExpr,
    Var,
)
from relax_core.ir.types import Type
from relax_core.normalizer import joined
from relax_core.retype import same
from relax_core.symbol_mutator import SymbolMutator
from relax_core.types import relations
from relax_core.types.deduce import deduce_branch, type_of
from tensor_core import codes, shapes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.node import post_order
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim
from tensor_core.spans import Span
from tensor_core.trampoline import Steps

E = TypeVar("E", bound=Expr)

_KEEPS_RUN_TIME_USES = ("0.26", "0.27")
"""Releases in which a match_cast that defines a symbolic variable used as a value keeps that variable."""


def canonicalize_symbols(expr: E, release: str = "0.27") -> E:
    """A function or body in normal form with known symbolic variables replaced by their values.

    DiagnosticError R2R0202, which is a ValueError, when two match_casts contradict each other.
    """
    if not any(isinstance(node, MatchCast) for node in _nodes(expr)):
        return expr
    return _Symbols(expr, release).run_expr(expr)  # pyright: ignore[reportReturnType]


def _nodes(expr: Expr) -> list[Any]:
    return post_order([expr], lambda node: node.iter_children())


class InconsistentCasts(DiagnosticError, ValueError):
    """Two match_casts contradict each other; in TVM a ValueError."""


def _inconsistent(message: str, span: Span | None) -> InconsistentCasts:
    said = f"MatchCast statements must be consistent: {message}"
    return InconsistentCasts(Diagnostic(codes.TYPE_MISMATCH, said, span))


class _Symbols(SymbolMutator):
    def __init__(self, root: Expr, release: str) -> None:
        super().__init__(release)
        self._sources: dict[SymbolicVar, Var] = {}
        self._kept: set[SymbolicVar] = set()
        if release in _KEEPS_RUN_TIME_USES:
            self.replaces_scalars = False
            for node in _nodes(root):
                if isinstance(node, PrimValue):
                    self._kept.update(shapes.free_vars(node.value))

    # ------------------------------------------------------------ structure

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A match_cast makes values known, from itself on."""
        used = isinstance(binding, MatchCast) and self._learn(binding)
        if not used:
            return (yield super().rewrite(binding))
        # The pattern of a match_cast that defines what is used at run time stays as it is.
        known, self.dims = self.dims, {}
        new = yield super().rewrite(binding)
        self.dims = known
        return new

    def _learn(self, binding: MatchCast) -> bool:
        """Note what the match_cast makes known; whether a variable of it is used as a value at run time."""
        values: dict[SymbolicVar, Dim] = {}
        source = binding.value
        actual = type_of(source)
        if actual is not None:
            relations.bind_symbols(binding.ty, self.type(actual), values)
        used = False
        for var, value in values.items():
            # What a variable is made of itself says less than its name.
            if var in shapes.free_vars(value):
                continue
            used = used or var in self._kept
            known = self.dims.get(var)
            if known is None:
                self.dims[var] = value
                self._sources[var] = binding.var
            elif shapes.prove_different(known, value):
                raise _inconsistent(
                    f"{binding.var.name} makes the symbolic variable {var.name} {shapes.to_text(value)}, but"
                    f" {self._sources[var].name} made it {shapes.to_text(known)}",
                    binding.span,
                )
        return used

    def function(self, function: Function) -> Steps[Function]:
        """What becomes known inside of a function ends with it."""
        known = dict(self.dims)
        result = yield super().function(function)
        self.dims = known
        return result

    def value(self, value: Expr) -> Steps[Expr]:
        """The arms of a branch do not know of each other; each still gives the type that the branch had."""
        if not isinstance(value, If):
            return (yield super().value(value))
        condition = self.leaf(value.cond)
        outer, self.in_dataflow = self.in_dataflow, False
        known = dict(self.dims)
        then = yield self.scope(value.true_branch)
        self.dims = dict(known)
        otherwise = yield self.scope(value.false_branch)
        self.dims = known
        self.in_dataflow = outer
        if condition is value.cond and then is value.true_branch and otherwise is value.false_branch:
            return value
        if value.ty is not None:
            type_ = self.type(value.ty)
            then = _cast(then, type_, "then_branch_with_dyn")
            otherwise = _cast(otherwise, type_, "else_branch_with_dyn")
        new = value.replace(cond=condition, true_branch=then, false_branch=otherwise)
        new.memo("ty", deduce_branch(new))
        return new


def _cast(arm: Expr, type_: Type, name: str) -> Expr:
    """An arm as a value of the given type."""
    if same(type_of(arm), type_):
        return arm
    var = Var(name, type_)
    blocks, body = (arm.blocks, arm.body) if isinstance(arm, SeqExpr) else ((), arm)
    result = SeqExpr(joined((*blocks, BindingBlock((MatchCast(var, body, type_),)))), var)
    result.memo("ty", type_)
    return result
