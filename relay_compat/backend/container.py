"""Data of programs as TVM's runtime has it (tvm.runtime.container in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class ADT:
    """A tagged tuple: a tuple of a program has tag 0, a value of an algebraic data type its constructor's."""

    __slots__ = ("_fields", "tag")

    def __init__(self, tag: int, fields: Sequence[Any]) -> None:
        self.tag = tag
        self._fields = tuple(fields)

    def __getitem__(self, idx: Any) -> Any:
        return list(self._fields[idx]) if isinstance(idx, slice) else self._fields[idx]

    def __len__(self) -> int:
        return len(self._fields)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._fields)

    def __repr__(self) -> str:
        return f"ADT(tag={self.tag}, fields={list(self._fields)})"


def tuple_object(fields: Sequence[Any] | None = None) -> ADT:
    """A tuple of values."""
    return ADT(0, fields or ())
