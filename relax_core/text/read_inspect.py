"""What scripts before TVM 0.26 read off a tensor by attributes: ``x.ndim``, ``x.dtype.bits``, ``x.shape[0]``."""

from __future__ import annotations

import ast

from relax_core.ir.types import TensorType
from relax_core.text.read_values import ValueReader
from relax_core.text.script import dotted
from relax_core.types.leaves import type_of

_PARTS = {
    "ndim": "ndim",
    "byte_offset": "byte_offset",
    "elem_offset": "elem_offset",
    "dtype.type_code": "dtype_code",
    "dtype.bits": "dtype_bits",
    "dtype.lanes": "dtype_lanes",
}
_ALONG_AXIS = {"shape": "shape_i", "strides": "stride_i"}


def inspected(reader: ValueReader, node: ast.expr) -> tuple[str, list[ast.expr]] | None:
    """The operator that an expression stands for, and its arguments; None when it is no part of a tensor."""
    if not reader.profile.wraps_scalars:
        return None
    if isinstance(node, ast.Attribute):
        base, _, part = dotted(node).partition(".")
        found = _PARTS.get(part)
        arguments: list[ast.expr] = []
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        base, _, part = dotted(node.value).partition(".")
        found = _ALONG_AXIS.get(part)
        arguments = [node.slice]
    else:
        return None
    var = reader.variables.get(base)
    if found is None or var is None or not isinstance(type_of(var), TensorType):
        return None
    return f"relax.inspect.tensor_{found}", [ast.copy_location(ast.Name(base, ast.Load()), node), *arguments]
