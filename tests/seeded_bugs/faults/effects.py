"""Effects that passes lose, repeat or move: references above all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import relax_core.passes.eliminate_common_subexpr as relax_cse
import relax_core.passes.remove_unused as relax_dce
import relax_core.passes.topological_sort as sorting
import relax_core.transform as relax_passes
import relay_compat.dependency_graph as dependencies
import relay_compat.normal_form as normal_form
import relay_compat.partial.evaluator as evaluator
import relay_compat.partial.store as store
import relay_compat.transform as relay_passes
from faults.frame import Bug, bug, chained, meaning, on_relax, types
from relay_compat.types.infer import infer_types

ANF = chained(infer_types, relay_passes.ToANormalForm(), infer_types)
EVALUATE = chained(ANF, relay_passes.PartialEvaluate(), infer_types, relay_passes.DeadCodeElimination(), infer_types)
RELAX_DCE = on_relax(relax_passes.DeadCodeElimination())
RELAX_CSE = on_relax(relax_passes.EliminateCommonSubexpr())

_CLOSE = relax_dce._close
_STEP = normal_form._Fill._step
_COMMON = dependencies.ScopeMap._common
_CALLEE = evaluator.Evaluator._callee


def never(*_: Any) -> bool:
    """No."""
    return False


def _nothing(*_: Any) -> None:
    return


def _close_only(used: set[Any], pending: list[Any], needs: Any) -> None:
    """An impure binding that is kept because of its effect keeps nothing of what it needs."""
    if used and len(pending) == 1:
        used.add(pending.pop())
        return
    _CLOSE(used, pending, needs)


def _no_scope(self: Any, expr: Any, var: Any) -> Any:
    """The body of a let is no scope of its own."""
    if not isinstance(expr, normal_form.Let):
        return (yield _STEP(self, expr, var))
    yield self._visit(expr.value, expr.var)
    return self._bind(expr, (yield self._visit(expr.body, None)), var)


def _out_of_arms(self: Any, node: Any) -> Any:
    """What a branch alone needs is evaluated in the scope around it."""
    scope = _COMMON(self, node)
    movable = isinstance(node.expr, normal_form.Call | normal_form.RefWrite | normal_form.RefRead | normal_form.Tuple)
    opened_by_arm = any(
        parent.expr is None and any(isinstance(item.expr, normal_form.If) for item in parent.parents)
        for parent in node.parents
    )
    return scope.parent if movable and opened_by_arm and scope.parent is not None else scope


def _without_own_copy(self: Any, function: Any, name: Any, scope: Any, own: Any = None) -> Any:
    """A known call is inlined, and written as a call as well."""
    callee = _CALLEE(self, function, name, scope, own)
    right = callee.call

    def call(this: Any, args: Any, attrs: Any, type_args: Any, code: Any) -> Any:
        evaluator._written_call(this.code, args, attrs, type_args, code)
        self._store.forget()
        return right(this, args, attrs, type_args, code)

    return evaluator.Callee(call) if isinstance(name, evaluator.GlobalVar) else callee


def _all_at_once(others: Any, missing: Any) -> list[Any]:
    """What waits for several values is freed by the first of them."""
    for other in others:
        missing[other] -= 1
    return list(dict.fromkeys(others))


def bugs() -> Iterator[Bug]:
    yield bug(
        "1", "#6803, #9542", "dead code elimination removes writes to references", "ref, write as a statement",
        meaning("DeadCodeElimination"), chained(ANF, relay_passes.DeadCodeElimination(), infer_types),
        chained(ANF, relay_passes.DeadCodeElimination(ignore_impurity=True), infer_types),
    )  # fmt: skip
    yield bug(
        "2", "#15807", "dead code elimination keeps an impure call and drops what only that needs",
        "escaping ref, computed operand of a write", meaning("DeadCodeElimination in Relax"), RELAX_DCE,
        (relax_dce, "_close", _close_only),
    )  # fmt: skip
    yield bug(
        "3", "#16773, #17119", "an impure call taken for a pure one is removed", "escaping ref, write as a statement",
        meaning("DeadCodeElimination in Relax"), RELAX_DCE, (relax_dce, "contains_impure_call", never),
    )  # fmt: skip
    yield bug(
        "4", "#17222", "bindings are sorted so that a variable is used before its definition",
        "binding with two operands", types("TopologicalSort"), on_relax(relax_passes.TopologicalSort()),
        (sorting, "_freed", _all_at_once),
    )  # fmt: skip
    yield bug(
        "5", "#16852", "creations and reads of references are merged", "escaping refs, two alike",
        meaning("EliminateCommonSubexpr in Relax"), RELAX_CSE, (relax_cse, "contains_impure_call", never),
    )  # fmt: skip
    yield bug(
        "11", "#10078", "A-normal form binds an inner let as a value", "let below an operator",
        meaning("ToANormalForm"), ANF, (normal_form._Fill, "_step", _no_scope),
    )  # fmt: skip
    yield bug(
        "12", "#2253, #7416", "A-normal form evaluates before a branch what only one arm needs", "if, effect in an arm",
        meaning("ToANormalForm"), ANF, (dependencies.ScopeMap, "_common", _out_of_arms),
    )  # fmt: skip
    yield bug(
        "13", "#3482", "partial evaluation runs a global function twice", "ref, global function that writes it",
        meaning("PartialEvaluate"), EVALUATE, (evaluator.Evaluator, "_callee", _without_own_copy),
    )  # fmt: skip
    yield bug(
        "14", "#2714", "partial evaluation believes what a reference held before a branch that may write it",
        "ref, write in an arm, read after it", meaning("PartialEvaluate"), EVALUATE, (store.Store, "forget", _nothing),
    )  # fmt: skip
