"""tvm.ir.base: comparison and JSON."""

from __future__ import annotations

from typing import Any

from relay_compat.json.reader import load_object as load_json
from relay_compat.json.writer import save_json
from relay_compat.structural import structural_equal
from tensor_core.node import Node


def assert_structural_equal(lhs: Any, rhs: Any, map_free_vars: bool = False) -> None:
    """ValueError when the two are not structurally equal."""
    if not structural_equal(lhs, rhs, map_free_vars):
        raise ValueError(f"StructuralEqual check failed:\n{lhs}\nand\n{rhs}")


__all__ = ["Node", "assert_structural_equal", "load_json", "save_json", "structural_equal"]
