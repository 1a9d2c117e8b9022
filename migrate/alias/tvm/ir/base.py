"""tvm.ir.base: spans, comparison and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.alias.current import before
from migrate.alias.facade import facade
from migrate.alias.ir import relax_json
from migrate.alias.ir.compare import (
    assert_structural_equal,
    get_first_structural_mismatch,
    is_relax,
    structural_equal,
    structural_hash,
)
from relay_compat.ir.values import EnvFunc
from relay_compat.json import reader, writer
from tensor_core.node import Node
from tensor_core.spans import SourceName
from tensor_core.spans import Span as _Span


def save_json(node: Any) -> str:
    """The JSON text of an object: of Relay in TVM 0.19's layout, of Relax in one of this program's own.

    R2R0304 and R2R0107 for an object that has no form there.
    """
    return relax_json.save(node) if is_relax(node) or not before("0.20") else writer.save_json(node)


def load_json(json_str: str) -> Any:
    """The object of a JSON text. R2R0301 for text that is none."""
    return relax_json.load(json_str) if relax_json.MARK in json_str[:100] else reader.load_object(json_str)


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
