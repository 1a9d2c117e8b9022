"""Run-time values of both IRs beside arrays, tuples and functions: algebraic data, references."""

from __future__ import annotations

from typing import Any


class DataValue:
    """A value of an algebraic data type: the name of the constructor that made it, and its fields."""

    __slots__ = ("fields", "name")

    def __init__(self, name: str, fields: tuple[Any, ...]) -> None:
        self.name = name
        self.fields = fields

    def __repr__(self) -> str:
        return f"{self.name}({len(self.fields)} fields)"


class RefValue:
    """A mutable reference."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value
