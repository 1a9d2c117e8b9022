"""The words in which `op_rows/*.py` state what to record: operators, operands and attributes. No imports but numpy.

`relay("nn.softmax", T(2, 3), axis=0)` is one row; its attributes are passed by name as written, so that whatever is
left out takes the release's own default. `relax(...)` likewise, for each release unless `releases` narrows it.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class T:
    """A tensor of random values between two bounds, the same in every recording."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    low: float = -3.0
    high: float = 3.0


@dataclass(frozen=True)
class V:
    """A tensor of given values."""

    values: Any
    dtype: str = "float32"


@dataclass(frozen=True)
class K:
    """A tensor that the program states as a constant."""

    values: Any
    dtype: str = "float32"


@dataclass(frozen=True)
class Open:
    """A tensor whose type the program states with these dimensions, None for one that is open."""

    tensor: T | V
    dims: tuple[int | None, ...]


@dataclass(frozen=True)
class S:
    """A scalar operand of Relax."""

    value: Any
    dtype: str | None = None


@dataclass(frozen=True)
class Shape:
    """A shape operand of Relax."""

    dims: tuple[int, ...]


@dataclass(frozen=True)
class Map:
    """An attribute that maps indices, e.g. `Map("i, j", "(j, i)")`."""

    initial: str
    final: str


@dataclass(frozen=True)
class Row:
    """One call to record. `attrs_type` is given for Relay operators that do not declare theirs.

    `refused`: why we take no such call although the release infers a type for it, which its kernel then contradicts.
    `wrong`: what the release computes wrongly, so that nothing may be converted to such a call.
    """

    side: str
    op: str
    operands: tuple[Any, ...]
    attrs: dict[str, Any]
    releases: tuple[str, ...]
    attrs_type: str | None = None
    refused: str = ""
    wrong: str = ""


def relay(op: str, *operands: Any, attrs_type: Any = None, **attrs: Any) -> Row:
    return Row("relay", op, operands, attrs, ("0.19",), attrs_type)


def relax(op: str, *operands: Any, releases: tuple[str, ...] = ("0.19", "0.27"), **attrs: Any) -> Row:
    return Row("relax", op, operands, attrs, releases)


def refused(reason: str, *rows: Row) -> list[Row]:
    """Calls that a release types and cannot run, and that we refuse."""
    return [replace(row, refused=reason) for row in rows]


def wrong(reason: str, *rows: Row) -> list[Row]:
    """Calls that a release computes, but wrongly."""
    return [replace(row, wrong=reason) for row in rows]


def both(op: str, *operands: Any, relax_op: str = "", **attrs: Any) -> list[Row]:
    """The same call in Relay and in Relax, where operands and attributes agree."""
    return [relay(op, *operands, **attrs), relax(relax_op or op, *operands, **attrs)]


def values(tensor: T | V | K | Open, seed: int) -> np.ndarray:
    """The array of a tensor operand."""
    if isinstance(tensor, Open):
        return values(tensor.tensor, seed)
    if not isinstance(tensor, T):
        return np.array(tensor.values, tensor.dtype)
    generator = np.random.default_rng(seed)
    if tensor.dtype == "bool":
        return generator.random(tensor.shape) < 0.5
    if "float" in tensor.dtype:
        return generator.uniform(tensor.low, tensor.high, tensor.shape).astype(tensor.dtype)
    return generator.integers(int(tensor.low), int(tensor.high) + 1, tensor.shape).astype(tensor.dtype)
