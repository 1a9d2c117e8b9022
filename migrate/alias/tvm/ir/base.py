"""tvm.ir.base: spans, comparison and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.alias.facade import facade
from migrate.alias.ir.compare import (
    assert_structural_equal,
    get_first_structural_mismatch,
    structural_equal,
    structural_hash,
)
from relay_compat.ir.values import EnvFunc
from relay_compat.json.reader import load_object as load_json
from relay_compat.json.writer import save_json
from tensor_core.node import Node
from tensor_core.spans import SourceName
from tensor_core.spans import Span as _Span


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
