"""Functions for outside compilers, as passes that put them into globals or back look at them."""

from __future__ import annotations

from typing import TypeGuard

from relay_compat.ir.expr import Function
from tensor_core.node import Node


def is_for_compiler(node: Node, compiler: str) -> TypeGuard[Function]:
    """Whether a function is for this compiler; for any at all where none is named."""
    if not isinstance(node, Function):
        return False
    found = node.attrs.get("Compiler")
    return found is not None and compiler in ("", found)
