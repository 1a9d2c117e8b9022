"""Applying a rewriter until nothing changes (PatternMatchingMutator in TVM 0.19 to 0.27).

After each round trivial bindings, common subexpressions and unused bindings are removed, so that patterns see through
what replacements leave behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relax_core.analysis.variables import all_vars
from relax_core.assumed import assumed
from relax_core.dpl.order import in_order
from relax_core.dpl.rewriters import PatternMatchingRewriter
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    Expr,
    Function,
    GlobalVar,
    If,
    IRModule,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.normalizer import Normalizer
from relax_core.passes.canonicalize_bindings import canonicalize_bindings
from relax_core.passes.eliminate_common_subexpr import eliminate_common_subexpr
from relax_core.passes.function_pass import relax_release, updated
from relax_core.passes.remove_unused import remove_unused
from relax_core.retype import RetypingMutator, scope_type
from relax_core.structural import structural_equal
from relax_core.types.deduce import is_pure_call, type_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc
from tensor_core.trampoline import Steps, run


def apply_to_module(rewriter: PatternMatchingRewriter, module: IRModule) -> IRModule:
    """The module with its functions rewritten and the functions that replacements call added."""
    mutator = _Rewriting(rewriter, relax_release(module))
    functions = {var: mutator.run(func) for var, func in module.functions.items() if isinstance(func, Function)}
    result = updated(module, {**functions})
    if result is not module:
        result.update(mutator.subroutines)
    return result


def apply_to_expr(rewriter: PatternMatchingRewriter, expr: Expr) -> Expr:
    """A function or body rewritten; the same object when nothing changed.

    R2R0205 when replacements call functions of their own.
    """
    mutator = _Rewriting(rewriter, assumed())
    result = mutator.run_expr(expr)
    if mutator.subroutines:
        names = ", ".join(sorted(var.name for var in mutator.subroutines))
        raise fail(codes.ILL_FORMED, f"replacements call {names}", hint="apply the rewriter to a module")
    return result


class _Rewriting(RetypingMutator):
    def __init__(self, rewriter: PatternMatchingRewriter, release: str) -> None:
        super().__init__(release)
        self._rewriter = rewriter
        self.subroutines: dict[GlobalVar, BaseFunc] = {}

    def scope(self, body: Expr) -> Steps[Expr]:
        """Rewrite nested bodies, then this one until nothing changes."""
        current = yield super().scope(body)
        while isinstance(current, SeqExpr):
            rewritten = self._round(current)
            # TVM takes a body with bindings outside of dataflow blocks for changed in every round.
            if not any(type(block) is BindingBlock for block in current.blocks):
                if rewritten is None or structural_equal(current, rewritten):
                    break
            elif rewritten is None:
                rewritten = current
            cleaned = _cleaned(rewritten, self.release)
            if structural_equal(current, cleaned):
                break
            current = cleaned
        return current

    def _round(self, body: SeqExpr) -> SeqExpr | None:
        """The body with one set of new values, in normal form; None when there are none."""
        blocks, result = list(body.blocks), body.body
        # A result that is no variable is treated as the value of one.
        dummy = None if isinstance(result, Var) else Var("dummy_output_var", type_of(result))
        if dummy is not None:
            last = blocks.pop() if blocks else BindingBlock(())
            blocks.append(last.replace(bindings=(*last.bindings, VarBinding(dummy, result))))
        rewritten = [self._block(block) for block in blocks]
        if all(new is None for new in rewritten):
            return None
        new_blocks = [
            block if bindings is None else block.replace(bindings=tuple(bindings))
            for block, bindings in zip(blocks, rewritten, strict=True)
        ]
        if dummy is not None:
            *inner, last = new_blocks[-1].bindings
            new_blocks[-1] = new_blocks[-1].replace(bindings=tuple(inner))
            result = last.value
        normalizer = Normalizer(self.release, lambda: {var.name for var in all_vars(body)})
        new = run(normalizer.sequence(SeqExpr(tuple(new_blocks), result, body.span)))
        new.memo("ty", scope_type(new))
        return new

    def _block(self, block: BindingBlock) -> list[Binding] | None:
        """The bindings of a block with new values, in an order that defines before use; None without new values."""
        if isinstance(block, DataflowBlock):
            return self._bindings(block.bindings)
        changed = False
        result: list[Binding] = []
        run: list[Binding] = []
        for binding in (*block.bindings, None):
            if binding is not None and _may_move(binding.value):
                run.append(binding)
                continue
            new = self._bindings(run) if run else None
            changed = changed or new is not None
            result.extend(run if new is None else new)
            run = []
            if binding is not None:
                result.append(binding)
        return result if changed else None

    def _bindings(self, bindings: Any) -> list[Binding] | None:
        rewrites = self._rewriter.rewrite_bindings(bindings)
        self.subroutines.update(rewrites.subroutines)
        return in_order(_replaced(bindings, rewrites.values)) if rewrites else None


def _replaced(bindings: Any, rewrites: Mapping[Var, Expr]) -> list[Binding]:
    return [item.replace(value=rewrites[item.var]) if item.var in rewrites else item for item in bindings]


def _may_move(value: Expr) -> bool:
    """Whether a value could stand in a dataflow block."""
    return not isinstance(value, If) and not (isinstance(value, Call) and not is_pure_call(value))


def _cleaned(body: SeqExpr, release: str) -> SeqExpr:
    """The body without trivial, repeated and unused bindings; each removal may make room for others."""
    while True:
        new = canonicalize_bindings(body, release)
        new = eliminate_common_subexpr(new)
        new = remove_unused(new)
        if new is body or structural_equal(new, body):
            return new
        body = new
