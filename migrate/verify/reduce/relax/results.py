"""Something that is bound on the way becomes the result; fields of the result are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relax.program import (
    Anew,
    bindings_of,
    body_of,
    remade,
    with_result,
)
from relax_core.ir.expr import (
    Binding,
    DataflowVar,
    Tuple,
    Var,
)
from relay_compat.visit import reachable


def _ends(program: Program) -> list[Binding]:
    return [item for item in bindings_of(program) if item.var is not body_of(program).body]


def _ended(program: Program, edits: Sequence[Binding]) -> Program:
    """A variable is the result; what comes after it, and what it does not need, goes."""
    (end,) = edits
    bindings = bindings_of(program)
    needed: set[Any] = {end.var}
    dropped: set[Binding] = set(bindings[bindings.index(end) + 1 :])
    for binding in reversed(bindings[: bindings.index(end) + 1]):
        if binding.var in needed:
            needed.update(node for node in reachable(binding.value) if isinstance(node, Var))
        else:
            dropped.add(binding)
    plain = frozenset({end.var}) if isinstance(end.var, DataflowVar) else frozenset[Var]()
    return remade(program, Anew(program, with_result(program, end.var), dropped, plain))


def _fields(program: Program) -> list[int]:
    return list(range(len(fields))) if len(fields := _result(program)) > 1 else []


def _result(program: Program) -> tuple[Any, ...]:
    """The fields of the result, which may be bound just before."""
    result: Any = body_of(program).body
    for binding in reversed(bindings_of(program)):
        if binding.var is result:
            result = binding.value
            break
    return result.fields if isinstance(result, Tuple) else ()


def _without_fields(program: Program, edits: Sequence[int]) -> Program | None:
    kept = [field for number, field in enumerate(_result(program)) if number not in edits]
    if not kept:
        return None
    result = kept[0] if len(kept) == 1 else Tuple(tuple(kept))
    plain = {node for node in reachable(*kept) if isinstance(node, DataflowVar)}
    return remade(program, Anew(program, with_result(program, result), plain=plain))


ENDS = Kind("end", _ends, _ended, together=False, ordered=True)
FIELDS = Kind("fields", _fields, _without_fields)
