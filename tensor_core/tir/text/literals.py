"""Numbers and strings as TVM's script printer writes them."""

from __future__ import annotations

import math

from tensor_core.prim import FloatImm, IntImm

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def string_text(value: str) -> str:
    """A string in double quotes; what is not ASCII is written byte by byte."""
    return '"' + "".join(map(_escape, value)) + '"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isascii():
        return char if char.isprintable() else f"\\x{ord(char):02x}"
    return "".join(f"\\x{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def float_text(value: float) -> str:
    """A float: integral values in full, others with 17 significant digits, what is not finite in quotes."""
    if not math.isfinite(value):
        return '"nan"' if math.isnan(value) else '"inf"' if value > 0 else '"-inf"'
    return f"{value:.1f}" if value.is_integer() else f"{value:.17g}"


def int_text(node: IntImm) -> str:
    """An integer constant with its type, which int32 does not need."""
    if node.dtype == "int32":
        return str(node.value)
    if node.dtype == "bool":
        return f"T.bool({bool(node.value)})"
    return f"T.{node.dtype}({node.value})"


def float_constant(node: FloatImm) -> str:
    """A float constant with its type."""
    return f"T.{node.dtype}({float_text(node.value)})"
