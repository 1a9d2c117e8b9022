"""Calls that mean something else in another release which the text may be of: refused, for nobody can tell which."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from relax_core.ir.expr import Call, Constant, Op
from relax_core.op.creators import creator, has_creator
from relax_core.op.signatures import recorded
from relax_core.ops import call_params
from relax_core.text.script import Script, dotted
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import Card
from tensor_core.releases import older

_HALVES_TO_EVEN = "0.24"
_HINT = "state the release that the text was written for: --from-release, or read(release=)"


@lru_cache(maxsize=4096)
def others(card: Card, path: str, release: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """The releases among the candidates that spell an operator in another way; of those that agree, one."""
    seen = [_form(card, path, release)]
    found: list[str] = []
    for other in candidates:
        form = _form(card, path, other)
        if form not in seen:
            seen.append(form)
            found.append(other)
    return tuple(found)


def _form(card: Card, path: str, release: str) -> tuple[int, str]:
    known = recorded(path, release)
    return id(card.relax_for(release)), str(known.signature) if known else ""


def check_meaning(
    script: Script,
    node: ast.Call,
    path: str,
    call: Call,
    values: Mapping[ast.expr, Any],
    release: str,
    candidates: tuple[str, ...],
) -> None:
    """R2R0114 when another release that the text may be of reads the call, and takes it for something else.

    ``values`` are the arguments as the release read them, by their nodes.
    """
    card = call.op.card if isinstance(call.op, Op) else None
    if card is None:
        return
    for other in others(card, path, release, candidates):
        found = _read_as(node, path, values, other)
        if found is None:
            continue
        try:
            own, foreign = call_params(call, release), call_params(found, other)
        except (Reject, DiagnosticError, ValueError, TypeError):
            continue
        if own is None or foreign is None or _same(own, foreign):
            continue
        problem = f"R.{path} means something else in TVM {other} than in TVM {release}"
        raise script.error(node, codes.AMBIGUOUS_RELEASE, problem, _HINT)


def check_rounding(script: Script, node: ast.FunctionDef, candidates: tuple[str, ...]) -> None:
    """R2R0114 for a kernel that rounds, in a text that may be of releases before and after halves went to even."""
    if "T.round(" not in script.source.text or len({older(item, _HALVES_TO_EVEN) for item in candidates}) < 2:
        return
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and dotted(item.func) == "T.round":
            problem = f"T.round takes halves to even from TVM {_HALVES_TO_EVEN} on, and away from zero before"
            raise script.error(item, codes.AMBIGUOUS_RELEASE, problem, _HINT)


def _read_as(node: ast.Call, path: str, values: Mapping[ast.expr, Any], release: str) -> Call | None:
    """The call as a release reads it; None when it does not."""
    if not has_creator(path, release):
        return None
    given = [*node.args, *[item.value for item in node.keywords]]
    if any(item not in values for item in given):
        return None
    args = [values[item] for item in node.args]
    keywords = {item.arg or "": values[item.value] for item in node.keywords}
    try:
        made = creator(path, release)(*args, **keywords)
    except (TypeError, ValueError, NotImplementedError, AttributeError, Reject):
        return None
    return made if isinstance(made, Call) else None


def _same(own: tuple[Card, Any, list[Any]], foreign: tuple[Card, Any, list[Any]]) -> bool:
    if own[0] is not foreign[0] or len(own[2]) != len(foreign[2]):
        return False
    same = all(a is b or _equal_constants(a, b) for a, b in zip(own[2], foreign[2], strict=True))
    return same and bool(own[1] == foreign[1])


def _equal_constants(a: Any, b: Any) -> bool:
    if not isinstance(a, Constant) or not isinstance(b, Constant):
        return False
    return a.data.shape == b.data.shape and bool((a.data == b.data).all())
