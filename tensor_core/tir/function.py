"""Functions of tensor programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from tensor_core.module import BaseFunc
from tensor_core.node import hidden, node
from tensor_core.prim import Var
from tensor_core.spans import Span
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.stmt import Stmt


@node
class PrimFunc(BaseFunc):
    """A tensor program. ``buffer_map`` says which parameters are arrays, and what they look like.

    ``attrs`` hold plain values (numbers, strings, tuples, mappings, None) and nodes. ``ret_type`` is the type of a
    scalar result, None where there is none. ``loops`` is the executable form once it was derived
    (:func:`tensor_core.tir.to_loops.to_loops`).
    """

    children: ClassVar[tuple[str, ...]] = ("params", "body")
    params: tuple[Var, ...]
    body: Stmt
    ret_type: str | None = None
    buffer_map: Mapping[Var, Buffer] = field(default_factory=dict[Var, Buffer])
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    span: Span | None = None
    loops: Any = hidden()

    def with_attr(self, key: str, value: Any) -> PrimFunc:
        """The function with one attribute set."""
        return self.replace(attrs={**self.attrs, key: value})

    def without_attr(self, key: str) -> PrimFunc:
        """The function without an attribute."""
        return self.replace(attrs={name: value for name, value in self.attrs.items() if name != key})
