"""Effects that passes lose, repeat or move: references above all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import relax_core.passes.eliminate_common_subexpr as relax_cse
import relax_core.passes.remove_unused as relax_dce
import relay_compat.dependency_graph as dependencies
import relay_compat.normal_form as normal_form
import relay_compat.partial.evaluator as evaluator
import relay_compat.partial.store as store
import relay_compat.transform as relay_passes
from faults.frame import Bug, bug, chained, on_relax, planted
from migrate.verify.properties.equivalence import keeps_meaning
from relay_compat.types.infer import infer_types

ANF = relay_passes.ToANormalForm()
DCE = relay_passes.DeadCodeElimination()


def _close_only(used: Any, pending: Any, needs: Any) -> None:
    """Marks what is needed, without what that needs, where a single impure binding is asked about."""
    if len(pending) == 1 and pending[0] not in used and used:
        used.add(pending.pop())
        return
    _CLOSE(used, pending, needs)


_CLOSE = relax_dce._close


def _inner_let(self: Any, expr: Any, var: Any) -> Any:
    """The body of a let as if it were not a scope of its own."""
    if isinstance(expr, normal_form.Let):
        yield self._visit(expr.value, expr.var)
        body = yield self._visit(expr.body, None)
        return self._bind(expr, body, var)
    return (yield _STEP(self, expr, var))


_STEP = normal_form._Fill._step


def _root_scope(self: Any, node: Any) -> Any:
    """What a branch alone needs is evaluated outside of it."""
    scope = _COMMON(self, node)
    expr = node.expr
    while expr is not None and not isinstance(expr, (normal_form.Let, normal_form.Var)) and scope.parent is not None:
        scope = scope.parent
    return scope


_COMMON = dependencies.ScopeMap._common


def _every_time(self: Any, var: Any) -> Any:
    """The code of a global function is written again whenever it is asked for."""
    self._globals.pop(var, None)
    return (yield from _GLOBAL(self, var))


_GLOBAL = evaluator.Evaluator.global_function


def _never(*_: Any) -> bool:
    return False


def _nothing(*_: Any) -> None:
    return


def bugs() -> Iterator[Bug]:
    meaning = partial(partial, keeps_meaning)
    relay_dce = meaning("DeadCodeElimination")
    anf = chained(infer_types, ANF)
    careless = chained(anf, infer_types, relay_passes.DeadCodeElimination(ignore_impurity=True))
    yield bug(
        "1", "#6803, #9542", "dead code elimination removes writes to references", "ref, write as a statement",
        relay_dce, chained(anf, infer_types, DCE), careless,
    )  # fmt: skip
    remove = on_relax(relax_dce_pass())
    yield bug(
        "2", "#15807", "dead code elimination keeps an impure call and drops what only that needs",
        "escaping ref, computed operand of a write", meaning("DeadCodeElimination in Relax"), remove,
        (relax_dce, "_close", _close_only),
    )  # fmt: skip
    yield bug(
        "3", "#16773, #17119", "an impure call taken for a pure one is removed", "escaping ref, write as a statement",
        meaning("DeadCodeElimination in Relax"), remove, (relax_dce, "contains_impure_call", _never),
    )  # fmt: skip
    yield bug(
        "5", "#16852", "creations and reads of references are merged", "escaping refs, two alike",
        meaning("EliminateCommonSubexpr in Relax"), on_relax(relax_cse_pass()),
        (relax_cse, "contains_impure_call", _never),
    )  # fmt: skip
    yield bug(
        "11", "#10078", "A-normal form binds an inner let as a value", "let below an operator",
        meaning("ToANormalForm"), anf, (normal_form._Fill, "_step", _inner_let),
    )  # fmt: skip
    yield bug(
        "12", "#2253, #7416", "A-normal form evaluates outside of a branch what only the branch needs",
        "if, effect in a branch", meaning("ToANormalForm"), anf, (dependencies.ScopeMap, "_common", _root_scope),
    )  # fmt: skip
    evaluate = chained(infer_types, ANF, infer_types, relay_passes.PartialEvaluate(), infer_types, DCE)
    yield bug(
        "14", "#2714", "partial evaluation believes what a reference held before a branch that may write it",
        "ref, write in a branch, read after it", meaning("PartialEvaluate"), evaluate,
        (store.Store, "forget", _nothing),
    )  # fmt: skip


def relax_dce_pass() -> Any:
    from relax_core.transform import find

    maker: Any = find("DeadCodeElimination")
    return maker()


def relax_cse_pass() -> Any:
    from relax_core.transform import find

    maker: Any = find("EliminateCommonSubexpr")
    return maker()


__all__ = ["bugs", "planted"]
