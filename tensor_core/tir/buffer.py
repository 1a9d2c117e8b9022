"""Buffers of tensor programs: what memory looks like through a pointer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tensor_core.node import Node, node
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir.expr import HandleVar, Range

ALIGNMENT = 64
"""The alignment of memory in bytes that TVM takes for granted."""
SCALAR = "scalar"
"""The layout of a buffer of one element that 0.25 and later write as a variable."""


@node
class Buffer(Node):
    """``data`` seen as an array of ``shape``; identity is what counts. Compact and row-major without ``strides``.

    ``elem_offset`` is counted in elements; a variable there is bound by whoever matches the buffer. ``offset_factor``
    is what it is a multiple of. ``buffer_type`` is "default", or "auto" for broadcasting. ``layout`` is the tile
    layout that 0.25 and later may write, as text.
    """

    children: ClassVar[tuple[str, ...]] = ("data", "shape", "strides", "elem_offset")
    data: Var
    dtype: str
    shape: tuple[PrimExpr, ...]
    strides: tuple[PrimExpr, ...]
    elem_offset: PrimExpr
    name: str
    data_alignment: int = ALIGNMENT
    offset_factor: int = 1
    buffer_type: str = "default"
    axis_separators: tuple[int, ...] = ()
    layout: str | None = None

    @property
    def scope(self) -> str:
        """The memory that the buffer lives in."""
        return (self.data.scope if isinstance(self.data, HandleVar) else "") or "global"


@node
class BufferRegion(Node):
    """A box of a buffer."""

    children: ClassVar[tuple[str, ...]] = ("region",)
    buffer: Buffer
    region: tuple[Range, ...]


@node
class MatchBufferRegion(Node):
    """A buffer that stands for a box of another one inside a block."""

    children: ClassVar[tuple[str, ...]] = ("source",)
    buffer: Buffer
    source: BufferRegion


def decl_buffer(
    shape: Sequence[PrimExpr | int],
    dtype: str = "float32",
    name: str = "buffer",
    data: Var | None = None,
    strides: Sequence[PrimExpr] = (),
    elem_offset: PrimExpr | int | None = None,
    scope: str = "",
    data_alignment: int = -1,
    offset_factor: int = 0,
    buffer_type: str = "default",
    axis_separators: Sequence[int] = (),
    **rest: Any,
) -> Buffer:
    """A buffer, with TVM's defaults (tvm.tir.decl_buffer of 0.19): numbers are int32, ``data`` a pointer of its own.

    With an ``offset_factor`` and no ``elem_offset`` the offset is a variable of its own.
    """
    dims = tuple(IntImm(dim, "int32") if isinstance(dim, int) else dim for dim in shape)
    index = dims[0].dtype if dims else "int32"
    if elem_offset is None:
        offset: PrimExpr = Var(f"{name}_elem_offset", index) if offset_factor else IntImm(0, index)
    else:
        offset = IntImm(elem_offset, "int32") if isinstance(elem_offset, int) else elem_offset
    return Buffer(
        HandleVar(name, element=dtype, scope=scope or "global") if data is None else data,
        dtype,
        dims,
        tuple(strides),
        offset,
        name,
        ALIGNMENT if data_alignment <= 0 else data_alignment,
        offset_factor or 1,
        buffer_type or "default",
        tuple(axis_separators),
        **rest,
    )
