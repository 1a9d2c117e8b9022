"""tvm.ir.base: spans, comparison and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.alias.facade import facade
from relay_compat.ir.values import EnvFunc
from relay_compat.json.reader import load_object as load_json
from relay_compat.json.writer import save_json
from relay_compat.structural import Mismatch, first_mismatch, structural_equal, structural_hash
from tensor_core.node import Node
from tensor_core.spans import SourceName
from tensor_core.spans import Span as _Span


def assert_structural_equal(lhs: Any, rhs: Any, map_free_vars: bool = False) -> None:
    """ValueError with the place of the first difference when the two are not structurally equal."""
    if not structural_equal(lhs, rhs, map_free_vars):
        found = first_mismatch(lhs, rhs, map_free_vars)
        places = ("", "") if found is None else (f" at {found.lhs_path}", f" at {found.rhs_path}")
        raise ValueError(f"StructuralEqual check failed, caused by lhs{places[0]}:\n{lhs}\nand rhs{places[1]}:\n{rhs}")


def get_first_structural_mismatch(lhs: Any, rhs: Any, map_free_vars: bool = False) -> Mismatch | None:
    """The paths to the first difference, (in the first, in the second); None where the two are equal."""
    return first_mismatch(lhs, rhs, map_free_vars)


def _span(source_name: Any, line: Any, end_line: Any, column: Any, end_column: Any) -> _Span:
    source = "" if source_name is None else str(source_name)
    declared = _Span(source, int(line), int(column), int(end_line), int(end_column))
    return _Span(source, int(line), int(column), int(end_line), int(end_column), declared)


def _sequential(spans: Sequence[_Span]) -> _Span:
    if not spans:
        raise ValueError("a sequence of spans holds at least one")
    return spans[0]


Span = facade("Span", (_Span,), _span)
SequentialSpan = facade("SequentialSpan", (), _sequential)

__all__ = [
    "EnvFunc",
    "Node",
    "SequentialSpan",
    "SourceName",
    "Span",
    "assert_structural_equal",
    "get_first_structural_mismatch",
    "load_json",
    "save_json",
    "structural_equal",
    "structural_hash",
]
