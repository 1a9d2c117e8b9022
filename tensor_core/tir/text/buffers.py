"""Declarations of buffers as text: shape, type and what differs from a compact array in plain memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from tensor_core import prim
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir.buffer import ALIGNMENT, SCALAR, Buffer
from tensor_core.tir.expr import HandleVar, bits
from tensor_core.tir.functor import children
from tensor_core.tir.same import same
from tensor_core.tir.text.dialect import Dialect
from tensor_core.tir.text.expressions import ExpressionText, tuple_text
from tensor_core.tir.text.literals import string_text
from tensor_core.tir.text.scopes import Frame, Scopes

NONE, DATA, MATCH = 0, 1, 2
"""Which variables a declaration defines with its buffer: none, the pointer, or also those of shape and strides."""
_KEYWORDS = ("data", "strides", "elem_offset", "scope", "align", "offset_factor", "buffer_type", "axis_separators",
             "layout")  # fmt: skip


class Quoting:
    """The variables whose dimensions a parameter's annotation writes as strings (0.26 on)."""

    def __init__(self, first_uses: set[Var], compound: set[Var]) -> None:
        self.first_uses = first_uses
        self.compound = compound


class BufferText(ExpressionText):
    """Writes declarations of buffers. ``owners`` are the buffers that pointers belong to."""

    def __init__(self, dialect: Dialect, scopes: Scopes) -> None:
        super().__init__(dialect, scopes)
        self.owners: dict[Var, Buffer] = {}

    def view(self, buffer: Buffer) -> str | None:
        """A buffer over another one's memory that only reshapes it or reads it as another type (0.25 on)."""
        owner = self.owners.get(buffer.data)
        if owner is None or not self.dialect.s_tir or owner not in self.scopes or buffer is owner:
            return None
        kept = ("data_alignment", "offset_factor")
        if any(getattr(owner, name) != getattr(buffer, name) for name in kept):
            return None
        if not same(owner.elem_offset, buffer.elem_offset) or not _all_same(owner.strides, buffer.strides):
            return None
        if owner.dtype != buffer.dtype:
            known = _retyped(owner, buffer)
            return f'{self.buffer(owner)}.view("{buffer.dtype}")' if known else None
        if _all_same(owner.shape, buffer.shape):
            return None
        return f"{self.buffer(owner)}.view({', '.join(map(self.text, buffer.shape))})"

    def declaration(self, method: str, buffer: Buffer, frame: Frame, defines: int, args: tuple[str, ...] = ()) -> str:
        """``T.method(args, shape, dtype, ...)``."""
        attrs = self.attributes(buffer, frame, defines, None)
        return _call(f"T.{method}", attrs, args)

    def annotation(self, buffer: Buffer, frame: Frame, quoting: Quoting | None) -> str:
        """The annotation of a parameter."""
        attrs = self.attributes(buffer, frame, DATA if quoting is None else MATCH, quoting or Quoting(set(), set()))
        attrs.setdefault("dtype", string_text(buffer.dtype))
        if quoting is None:
            attrs = {name: attrs[name] for name in ("shape", "dtype")}
        return _call("T.Buffer", attrs, ())

    def attributes(self, buffer: Buffer, frame: Frame, defines: int, quoting: Quoting | None) -> dict[str, str]:
        """The arguments by name; variables that are new here are defined before, or by their place in the buffer."""
        attrs: dict[str, str] = {}
        made: list[tuple[str, str]] = []
        counts: Counter[Var] = Counter()
        for part in (buffer.elem_offset, buffer.data, *buffer.strides, *buffer.shape):
            counts.update(item for item in post_order([part], children) if isinstance(item, Var))

        def define(var: Var) -> None:
            made.append((self.scopes.define(var, var.name or "v", frame), self.creation(var)))

        def inline(var: Var, text: Callable[[], str]) -> bool:
            if counts[var] == 1:
                self.scopes.alias(var, text, frame)
                if var is buffer.data:
                    self.owners[var] = buffer
                return True
            define(var)
            return False

        attrs["shape"] = tuple_text([self._dimension(dim, define, quoting) for dim in buffer.shape])
        if buffer.dtype != "float32":
            attrs["dtype"] = string_text(buffer.dtype)
        if buffer.data in self.scopes or not (defines and inline(buffer.data, lambda: f"{self.buffer(buffer)}.data")):
            if buffer.data not in self.scopes:
                define(buffer.data)
            if quoting is None or not self.dialect.buffer_params:
                attrs["data"] = self.variable(buffer.data)
        strides = [self._stride(buffer, place, inline) for place in range(len(buffer.strides))]
        if strides:
            attrs["strides"] = tuple_text(strides)
        offset, shown = buffer.elem_offset, False
        if isinstance(offset, Var) and offset not in self.scopes:
            inline(offset, lambda: f"{self.buffer(buffer)}.elem_offset")
            shown = True
        elif not isinstance(offset, prim.IntImm) or offset.value or self._is_odd(buffer):
            attrs["elem_offset"] = self.text(offset)
        if buffer.scope != "global":
            attrs["scope"] = string_text(buffer.scope)
        if buffer.data_alignment != ALIGNMENT:
            attrs["align"] = str(buffer.data_alignment)
        if shown or buffer.offset_factor != 1:
            attrs["offset_factor"] = str(buffer.offset_factor)
        if not self.dialect.s_tir and buffer.buffer_type != "default":
            attrs["buffer_type"] = '"auto"'
        if buffer.axis_separators and self.dialect.version < (0, 26):
            attrs["axis_separators"] = self.value(buffer.axis_separators)
        if buffer.layout not in (None, SCALAR) and self.dialect.s_tir:
            attrs["layout"] = buffer.layout
        if made:
            frame.lines.append(f"{', '.join(name for name, _ in made)} = {', '.join([text for _, text in made])}")
        return attrs

    def _is_odd(self, buffer: Buffer) -> bool:
        """Whether an offset of zero has another type than indices have, which is said from 0.25 on."""
        index = buffer.shape[0].dtype if buffer.shape else "int32"
        return self.dialect.s_tir and buffer.elem_offset.dtype != index

    def _dimension(self, dim: PrimExpr, define: Callable[[Var], None], quoting: Quoting | None) -> str:
        quoted = False
        if quoting is not None:
            used = [item for item in post_order([dim], children) if isinstance(item, Var)]
            quoted = any(var not in self.scopes or var in quoting.first_uses for var in used)
            quoted = quoted or (not isinstance(dim, Var) and any(var in quoting.compound for var in used))
            quoting.first_uses.difference_update(used)
        if isinstance(dim, Var) and dim not in self.scopes:
            define(dim)
        text = self.text(dim)
        return string_text(text) if quoted else text

    def _stride(self, buffer: Buffer, place: int, inline: Callable[[Var, Callable[[], str]], bool]) -> str:
        stride = buffer.strides[place]
        if not isinstance(stride, Var) or stride in self.scopes:
            return self.text(stride)
        inlined = inline(stride, lambda: f"{self.buffer(buffer)}.strides[{place}]")
        return string_text(stride.name) if inlined else self.text(stride)

    def creation(self, var: Var) -> str:
        """The right-hand side of the declaration of a free variable."""
        size = "is_size_var=True" if isinstance(var, prim.SizeVar) and not self.dialect.buffer_params else ""
        if isinstance(var, HandleVar) and var.element:
            scope = f", {string_text(var.scope)}" if var.scope else ""
            return f'T.handle("{var.element}"{scope}{", " + size if size else ""})'
        return f"T.{var.dtype}({size})"

    def type_text(self, var: Var) -> str:
        """The annotation of a variable."""
        if not isinstance(var, HandleVar) or not var.element:
            return f"T.{var.dtype}"
        scope = f", {string_text(var.scope)}" if var.scope else ""
        return f'T.handle("{var.element}"{scope})'


def _all_same(a: tuple[PrimExpr, ...], b: tuple[PrimExpr, ...]) -> bool:
    return len(a) == len(b) and all(map(same, a, b))


def _retyped(owner: Buffer, buffer: Buffer) -> bool:
    """Whether a buffer is another one with its elements taken apart or together."""
    if len(owner.shape) != len(buffer.shape) or not buffer.shape:
        return False
    one, other = owner.shape[-1], buffer.shape[-1]
    if not isinstance(one, prim.IntImm) or not isinstance(other, prim.IntImm):
        return False
    return _all_same(owner.shape[:-1], buffer.shape[:-1]) and (
        one.value * bits(owner.dtype) == other.value * bits(buffer.dtype)
    )


def _call(function: str, attrs: Mapping[str, str], args: tuple[str, ...]) -> str:
    parts = [*args, *(attrs[name] for name in ("shape", "dtype") if name in attrs)]
    parts += [f"{name}={attrs[name]}" for name in _KEYWORDS if name in attrs]
    return f"{function}({', '.join(parts)})"
