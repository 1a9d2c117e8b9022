"""Attribute values whose C++ kind shows in printed text: numbers other than those a plain number stands for.

A plain int is an int32 ``IntImm`` (``1``), a plain float a float32 ``FloatImm`` (``1.5f``). Numbers of another width,
and the boxed numbers that Python's ``with_attr`` makes, are subclasses that compute and compare as plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from tensor_core.node import Node, node
from tensor_core.prim import Imm

BOX = "box"
"""The ``kind`` of runtime.BoxInt and runtime.BoxFloat."""


class TypedInt(Imm):
    """An int that is an ``IntImm`` of dtype ``kind``, or a box."""

    kind: str

    @property
    def dtype(self) -> str:
        """The integer type; that of a box is int64."""
        return "int64" if self.kind == BOX else self.kind

    def __new__(cls, value: int, kind: str) -> TypedInt:
        self = super().__new__(cls, value)
        self.kind = kind
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return TypedInt, (int(self), self.kind)


def integer_kind(value: int) -> str:
    """The kind of object that TVM has for an integer: the dtype of an IntImm, or a box."""
    return "bool" if isinstance(value, bool) else value.kind if isinstance(value, TypedInt) else "int32"


class TypedFloat(float):
    """A float that is a ``FloatImm`` of dtype ``kind``, or a box."""

    kind: str

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self)

    @property
    def dtype(self) -> str:
        """The float type; that of a box is float64."""
        return "float64" if self.kind == BOX else self.kind

    def __new__(cls, value: float, kind: str) -> TypedFloat:
        self = super().__new__(cls, value)
        self.kind = kind
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return TypedFloat, (float(self), self.kind)


class DictAttrs(dict[str, Any]):
    """The attributes of a function or module by name. Not to be changed: make a copy with ``with_attr``."""

    def __init__(self, values: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__({name: _held(value) for name, value in values.items()})

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no attribute {name!r}") from None


def _held(value: Any) -> Any:
    """A value as TVM's runtime holds it: a Python list is an array, an int an IntImm of int32."""
    if type(value) is int:
        return Imm(value)
    return tuple(map(_held, cast("list[Any]", value))) if isinstance(value, list) else value


class Entry(NamedTuple):
    """One field of a :class:`Record`. ``raw``: the value is stored as text inside the object's own JSON node."""

    name: str
    value: Any
    raw: bool


@node
class Record(Node):
    """An object without a class of its own (a target, a virtual device, ...): kept whole, so that it prints unchanged.

    ``entries`` are its fields in declared order; ``text`` is the own representation of kinds that have one.
    """

    type_key: str
    entries: tuple[Entry, ...] = ()
    text: str | None = None

    def __getattr__(self, name: str) -> Any:
        for entry in self.entries:
            if entry.name == name:
                return entry.value
        return super().__getattr__(name)


class Pairs(Mapping[Any, Any]):
    """A map whose keys are not strings: ``entries`` in order."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[tuple[Any, Any], ...]) -> None:
        self.entries = entries

    def __getitem__(self, key: Any) -> Any:
        for known, value in self.entries:
            if known is key or known == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"Pairs({self.entries!r})"


@dataclass(frozen=True, slots=True)
class EnvFunc:
    """A function of the environment by its global name, which is all that the IR holds of it."""

    name: str

    @staticmethod
    def get(name: str) -> EnvFunc:
        """The function of this name."""
        return EnvFunc(name)
