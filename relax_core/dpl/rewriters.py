"""Rewriters: what to put in the place of what matches (tvm.relax.dpl.rewrite in TVM 0.19 to 0.27).

A rewriter says for the bindings of a block which variables get another value; :mod:`relax_core.dpl.apply` applies it
until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relax_core.dpl.context import PatternContext
from relax_core.dpl.graph import match_block
from relax_core.dpl.matcher import Matcher, unwrap
from relax_core.dpl.patterns import DFPattern, OrPattern, TuplePattern
from relax_core.ir.expr import Binding, Expr, GlobalVar, IRModule, SeqExpr, Tuple, Var
from relax_core.names import NameTable
from relax_core.visit import Mutator, map_leaves
from tensor_core.module import BaseFunc
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.trampoline import run

Matched = dict[DFPattern, Expr]
Replace = Callable[[Expr, Matched], Expr | None]
"""Makes the replacement of a matched expression; the expression itself, or None, for no replacement."""


class Rewrites:
    """New values of variables, and the functions that these call."""

    __slots__ = ("subroutines", "values")

    def __init__(self, values: Mapping[Var, Expr], subroutines: Mapping[GlobalVar, BaseFunc] | None = None) -> None:
        self.values: dict[Var, Expr] = dict(values)
        self.subroutines: dict[GlobalVar, BaseFunc] = dict(subroutines or {}) if self.values else {}

    def __bool__(self) -> bool:
        return bool(self.values)

    def append(self, other: Rewrites) -> None:
        """Take over other rewrites; a function whose name is taken by another one gets a name of its own."""
        names = NameTable(var.name for var in self.subroutines)
        renamed: dict[Expr, GlobalVar] = {}
        for var, function in other.subroutines.items():
            if var not in self.subroutines:
                new = var
                if any(known.name == var.name for known in self.subroutines):
                    new = renamed[var] = GlobalVar(names.unique(f"{var.name}_1"), var.span)
                    new.memo("checked", var.checked)
                self.subroutines[new] = function
        for var, value in other.values.items():
            self.values[var] = with_names(value, renamed) if renamed else value


def with_names(expr: Expr, renamed: Mapping[Expr, GlobalVar]) -> Expr:
    """A value that calls functions by other names."""
    renamer = _Renamer(renamed)
    return run(renamer.scope(expr) if isinstance(expr, SeqExpr) else renamer.value(expr))


class _Renamer(Mutator):
    def __init__(self, renamed: Mapping[Expr, GlobalVar]) -> None:
        super().__init__()
        self._renamed = renamed

    def leaf(self, expr: Expr) -> Expr:
        return map_leaves(expr, lambda leaf: self._renamed.get(leaf, leaf))


class PatternMatchingRewriter(Pass):
    """Base of rewriters. Called with a function, a body or a module, it gives the rewritten one; ``|`` joins two.

    It is a pass over modules, too.
    """

    def __init__(self) -> None:
        super().__init__(PassInfo(0, "PatternMatchingRewriter"))

    @staticmethod
    def from_pattern(pattern: DFPattern, func: Replace) -> PatternMatchingRewriter:
        """Replace what matches the pattern by what ``func(expr, matched)`` makes of it."""
        return made(pattern, func)

    @staticmethod
    def from_module(mod: IRModule) -> PatternMatchingRewriter:
        """Replace what looks like the function ``pattern`` of a module by what the function ``replacement`` says.

        KeyError without one of the two, TypeError when one is no Relax function, ValueError when their types differ or
        another function of the module is exposed.
        """
        from relax_core.dpl.from_module import rewriter_of

        return rewriter_of(mod)

    def rewrite_bindings(self, bindings: Sequence[Binding]) -> Rewrites:
        """New values of variables that these bindings define."""
        raise NotImplementedError

    def run(self, module: IRModule, context: PassContext) -> IRModule:
        """The rewritten module."""
        del context
        from relax_core.dpl.apply import apply_to_module

        return apply_to_module(self, module)

    def __call__(self, obj: Any) -> Any:
        from relax_core.dpl.apply import apply_to_expr

        return super().__call__(obj) if isinstance(obj, IRModule) else apply_to_expr(self, obj)

    def __or__(self, other: PatternMatchingRewriter) -> PatternMatchingRewriter:
        return OrRewriter(self, other)


def made(
    pattern: DFPattern,
    func: Replace,
    outer: Sequence[DFPattern] = (),
    new_subroutines: Mapping[GlobalVar, BaseFunc] | None = None,
) -> PatternMatchingRewriter:
    """The rewriter of a pattern. ``outer`` are patterns around it that count as matched where it does."""
    if isinstance(pattern, OrPattern):
        around = (*outer, pattern)
        sides = (pattern.left, pattern.right)
        return OrRewriter(*(made(side, func, around, new_subroutines) for side in sides))
    if isinstance(pattern, TuplePattern):
        # A tuple that is bound comes first, then one that only the pattern sees.
        return OrRewriter(
            ExprPatternRewriter(pattern, func, outer, new_subroutines),
            TupleRewriter(pattern.fields, func, (*outer, pattern), new_subroutines),
        )
    return ExprPatternRewriter(pattern, func, outer, new_subroutines)


class ExprPatternRewriter(PatternMatchingRewriter):
    """Rewrites single bound values."""

    def __init__(
        self,
        pattern: DFPattern,
        func: Replace,
        outer: Sequence[DFPattern] = (),
        new_subroutines: Mapping[GlobalVar, BaseFunc] | None = None,
    ) -> None:
        super().__init__()
        self.pattern = pattern
        self.func = func
        self._outer = tuple(outer)
        self._subroutines = new_subroutines

    def rewrite_bindings(self, bindings: Sequence[Binding]) -> Rewrites:
        """New values of the bindings that match. A variable that gets one stands for itself in later matches."""
        rewrites: dict[Var, Expr] = {}
        values: dict[Var, Expr] = {}
        matcher = Matcher(values)
        for binding in bindings:
            value: Expr = binding.value
            new = self._rewritten(value, values, matcher)
            if new is None:
                values[binding.var] = value
            else:
                rewrites[binding.var] = new
        return Rewrites(rewrites, self._subroutines)

    def _rewritten(self, expr: Expr, values: Mapping[Var, Expr], matcher: Matcher) -> Expr | None:
        matched = matcher.match(self.pattern, expr)
        if matched is None:
            return None
        if self._outer:
            whole = unwrap(expr, values)
            for pattern in self._outer:
                matched[pattern] = whole
        new = self.func(expr, matched)
        return None if new is expr else new


class OrRewriter(PatternMatchingRewriter):
    """Rewrites by one rewriter, and by another what the first one leaves alone."""

    def __init__(self, lhs: PatternMatchingRewriter, rhs: PatternMatchingRewriter) -> None:
        super().__init__()
        self.lhs = lhs
        self.rhs = rhs

    def rewrite_bindings(self, bindings: Sequence[Binding]) -> Rewrites:
        """New values by the left rewriter, then by the right one."""
        first = self.lhs.rewrite_bindings(bindings)
        if not first:
            return self.rhs.rewrite_bindings(bindings)
        # New values are not in normal form yet, so they wait for the next round.
        rest = [binding for binding in bindings if binding.var not in first.values]
        if rest:
            first.append(self.rhs.rewrite_bindings(rest))
        return first


class PatternContextRewriter(PatternMatchingRewriter):
    """Rewrites variables that the patterns of a context match together, as often as they do."""

    def __init__(
        self,
        pattern: PatternContext,
        rewriter_func: Callable[[dict[DFPattern, Var], dict[Var, Expr]], Mapping[Var, Expr]],
    ) -> None:
        super().__init__()
        self.pattern = pattern
        self.rewriter_func = rewriter_func

    def rewrite_bindings(self, bindings: Sequence[Binding]) -> Rewrites:
        """Match among what has no new value yet, until nothing matches."""
        rewrites: dict[Var, Expr] = {}
        rest = list(bindings)
        while True:
            values: dict[Var, Expr] = {binding.var: binding.value for binding in rest}
            matches = match_block(self.pattern, rest, values)
            new = self.rewriter_func(matches, values) if matches is not None else None
            if not new:
                return Rewrites(rewrites)
            rest = [binding for binding in rest if binding.var not in new]
            rewrites.update(new)


class TupleRewriter(PatternMatchingRewriter):
    """Rewrites several values together, as if there were a tuple of them; see :mod:`relax_core.dpl.tuples`.

    ``func`` gets a tuple of the values and returns a tuple. R2R0901 for more than three patterns, as in TVM.
    """

    def __init__(
        self,
        patterns: Sequence[DFPattern],
        func: Replace,
        outer: Sequence[DFPattern] = (),
        new_subroutines: Mapping[GlobalVar, BaseFunc] | None = None,
    ) -> None:
        super().__init__()
        self.patterns = tuple(patterns)
        self.func = func
        self._outer = tuple(outer)
        self._subroutines = new_subroutines

    def rewrite_bindings(self, bindings: Sequence[Binding]) -> Rewrites:
        """New values of the variables of every tuple that matches."""
        from relax_core.dpl.tuples import TupleSearch

        return Rewrites(TupleSearch(self.patterns, self._made).rewrites(bindings), self._subroutines)

    def _made(self, fields: Sequence[Expr], matched: Matched) -> Expr | None:
        whole = Tuple(tuple(fields))
        for pattern in self._outer:
            matched[pattern] = whole
        new = self.func(whole, matched)
        return None if new is whole else new
