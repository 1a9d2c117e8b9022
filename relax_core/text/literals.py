"""How numbers, strings and constant arrays are spelled. Every finite float reads back to the same bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.spans import Span

INLINE_ELEMENTS = 4096
"""The largest constant array that is written out; TVM's parser takes about 50 microseconds for each element."""

_SPECIAL = {math.inf: 'float("inf")', -math.inf: 'float("-inf")'}
# numpy's own names, which R.const takes in every release.
_ARRAY_DTYPES = {"e4m3_float8": "float8_e4m3fn", "e5m2_float8": "float8_e5m2"}


def float_text(value: float) -> str:
    """A float as TVM prints it: integral values in full, others with 17 significant digits."""
    if not math.isfinite(value):
        return _SPECIAL.get(value, 'float("nan")')
    return f"{value:.1f}" if value.is_integer() else f"{value:.17g}"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def string_text(value: str) -> str:
    """A string literal in double quotes, escaped outside ASCII: TVM's printer does not keep such characters."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(map(_escape, value)) + '"'


def exact_string_text(value: str) -> str:
    """A string literal as TVM's printer says it: bytes outside ASCII one by one, which its parser does not join."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join([_escape(char) if char.isascii() else _bytes(char) for char in value]) + '"'


def _bytes(char: str) -> str:
    return "".join([f"\\x{byte:02X}" for byte in char.encode("utf-8", "surrogatepass")])


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isascii() and char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def constant_text(array: np.ndarray[Any, Any], span: Span | None = None) -> str:
    """A constant as ``R.const(value, dtype)``, arrays as nested lists.

    TVM prints arrays as references into a metadata section, which other releases cannot read; nested lists are read by
    all. DiagnosticError R2R0406 for an array that is too large for text, or whose shape a nested list cannot say.
    """
    dtype = dtypes.from_numpy(array.dtype)
    _check(array, dtype, span)
    if array.ndim == 0:
        text = _scalar(array, dtype)
    elif dtypes.is_float(dtype):
        text = _nested([_float_element(item, array.dtype) for item in array.ravel()], array.shape)
    else:
        text = _nested(list(map(str, array.ravel().tolist())), array.shape)
    return f'R.const({text}, "{_ARRAY_DTYPES.get(dtype, dtype)}")'


def reads_back(array: np.ndarray[Any, Any]) -> bool:
    """Whether :func:`constant_text` says the array to the bit: a text knows one NaN, and no shapes of nothing."""
    if array.size > INLINE_ELEMENTS or 0 in array.shape[:-1]:
        return False
    dtype = dtypes.from_numpy(array.dtype)
    if not dtypes.is_float(dtype):
        return dtypes.is_known(dtype)
    found = array[array != array]
    return found.tobytes() == np.full(found.shape, math.nan, array.dtype).tobytes()


def _check(array: np.ndarray[Any, Any], dtype: str, span: Span | None) -> None:
    if not dtypes.is_known(dtype):
        raise fail(codes.TEXT_CONSTANT, f"a constant of element type {dtype} has no spelling in text", span)
    if array.size > INLINE_ELEMENTS:
        raise fail(
            codes.TEXT_CONSTANT,
            f"a constant with {array.size} elements is too large for text",
            span,
            hint=f"make it a parameter of the function; up to {INLINE_ELEMENTS} elements are written out",
        )
    if 0 in array.shape[:-1]:
        raise fail(
            codes.TEXT_CONSTANT,
            f"a nested list cannot say the shape {array.shape} of an empty constant",
            span,
            hint="make it a parameter of the function",
        )


def _scalar(array: np.ndarray[Any, Any], dtype: str) -> str:
    return float_text(float(array)) if dtypes.is_float(dtype) else str(array.item())


def _float_element(value: Any, dtype: np.dtype[Any]) -> str:
    wide = float(value)
    if not math.isfinite(wide):
        return _SPECIAL.get(wide, 'float("nan")')
    # Some element types write a negative zero as -0, which Python reads as the integer 0.
    short = str(value) if wide else repr(wide)
    # The shortest text is that of the value's own precision; readers go through float64, which nearly always agrees.
    return short if dtype.type(float(short)) == value else repr(wide)


def _nested(elements: list[str], shape: tuple[int, ...]) -> str:
    level = elements
    for extent in reversed(shape[1:]):
        rows = range(0, len(level), extent) if extent else ()
        level = ["[" + ", ".join(level[n : n + extent]) + "]" for n in rows] or ["[]"] * math.prod(shape[:-1])
    return "[" + ", ".join(level) + "]"
