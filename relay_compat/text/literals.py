"""Numbers and strings as Relay's text writes them: reading and printing.

Printing follows TVM 0.19: floats with six significant digits, widths as suffixes (support/scalars), strings with C
escapes. Reading takes all that is printed, also what TVM's own tokenizer refuses (NaN, infinities with a width).
"""

from __future__ import annotations

import math
import re
from typing import cast

import numpy as np

SUFFIXES = {"int32": "", "int64": "i64", "int16": "i16", "float32": "f", "float64": "f64", "float16": "f16"}
"""What follows a scalar of this dtype; scalars of other dtypes are not written inline (bool is: True, False)."""

_INT32 = range(-(1 << 31), 1 << 31)
_RANGES = {"16": range(-(1 << 15), 1 << 15), "32": _INT32, "64": range(-(1 << 63), 1 << 63)}
_LARGEST = {name: float(np.finfo(name).max) for name in ("float16", "float32", "float64")}
_MOST_DIGITS = 400
_ESCAPES = {
    '"': '"',
    "\\": "\\",
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "'": "'",
    "?": "?",
}
_UNESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_PLAIN = re.compile(r"(?!(?:inf|nan)f\d*\Z)[A-Za-z][A-Za-z0-9_]*")
_BACKQUOTE = "\\x60"
_TO_ESCAPE = re.compile(rb"[^ !#-\[\]-~]")
_NAMED = {ord(value): f"\\{key}" for key, value in _ESCAPES.items() if key not in "'?"}


class BadLiteral(ValueError):
    """The text is no number or string of the format; the message says why."""


def read_number(text: str) -> tuple[int | float, str]:
    """The value and dtype of a number such as ``1``, ``-3i64``, ``1e-05f``, ``2f16``; BadLiteral when it is none."""
    body = text.lstrip("-")
    sign = -1 if (len(text) - len(body)) % 2 else 1
    if len(body) > _MOST_DIGITS:
        raise BadLiteral("the number has too many digits")
    if body.isdigit():
        value = sign * int(body)
        if value not in _RANGES["64"]:
            raise BadLiteral(f"{value} does not fit 64 bits")
        return value, "int32" if value in _INT32 else "int64"
    if body.startswith(("inff", "nanf")):
        return sign * float(body[:3]), _float_dtype(body[4:])
    digits, mark, width = body.rpartition("f")
    if mark:
        return sign * _float(digits, dtype := _float_dtype(width)), dtype
    digits, mark, width = body.rpartition("i")
    if not mark:
        raise BadLiteral(f"{text} is no integer; a float ends in f, as {text}f")
    width = width or "32"
    if not digits.isdigit() or width not in _RANGES:
        raise BadLiteral(f"{text} is no integer of width 16, 32 or 64")
    value = sign * int(digits)
    if value not in _RANGES[width]:
        raise BadLiteral(f"{value} does not fit {width} bits")
    return value, f"int{width}"


def _float_dtype(width: str) -> str:
    if width not in ("", "16", "32", "64"):
        raise BadLiteral(f"no float has {width} bits")
    return f"float{width or 32}"


def _float(digits: str, dtype: str) -> float:
    try:
        value = float(digits)
    except ValueError:
        raise BadLiteral(f"{digits} is no number") from None
    if value > _LARGEST[dtype]:
        raise BadLiteral(f"{digits} does not fit {dtype}")
    return value


def float_text(value: float) -> str:
    """Six significant digits, as a C++ stream prints; NaN without its sign."""
    return "nan" if math.isnan(value) else f"{value:g}"


def scalar_text(value: int | float | bool, dtype: str) -> str | None:
    """A scalar as it is written inline; None for a dtype that is not."""
    if dtype == "bool":
        return "True" if value else "False"
    suffix = SUFFIXES.get(dtype)
    if suffix is None:
        return None
    return (float_text(float(value)) if dtype.startswith("float") else str(int(value))) + suffix


def constant_text(data: np.ndarray, dtype: str) -> str | None:
    """A constant as it is written inline; None for one that goes to the metadata section."""
    return (
        scalar_text(cast("int | float", data.item()), dtype)
        if data.ndim == 0 and (dtype in SUFFIXES or dtype == "bool")
        else None
    )


def plain_name(text: str) -> str:
    """The name that a token without its ``%`` or ``@`` stands for: without quotes and number."""
    if "`" not in text:
        return text.partition("#")[0]
    return read_string(text[: text.rindex("`") + 1])


def name_text(name: str) -> str:
    """A name as the lossless form writes it: in backquotes unless it is a plain identifier."""
    if _PLAIN.fullmatch(name):
        return name
    return f"`{string_text(name)[1:-1].replace('`', _BACKQUOTE)}`"


def read_string(text: str) -> str:
    """The value of a quoted string."""
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return _UNESCAPE.sub(_unescape, inner.encode()).decode(errors="surrogateescape")


def _unescape(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 16)])
    if match[2]:
        return bytes([int(match[2], 8) & 255])
    letter = match[3].decode(errors="surrogateescape")
    return _ESCAPES.get(letter, "\\" + letter).encode(errors="surrogateescape")


def string_text(value: str) -> str:
    """A string in quotes with C escapes, bytes beyond ASCII as ``\\xNN``."""
    data = value.encode(errors="surrogateescape")
    return f'"{_TO_ESCAPE.sub(_escape, data).decode()}"' if _TO_ESCAPE.search(data) else f'"{value}"'


def _escape(match: re.Match[bytes]) -> bytes:
    byte = match[0][0]
    return (_NAMED.get(byte) or f"\\x{byte:02X}").encode()
