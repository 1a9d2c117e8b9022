"""Blocks as text."""

from __future__ import annotations

from typing import Any

from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.tir import stmt as st
from tensor_core.tir.expr import IterVar
from tensor_core.tir.same import same
from tensor_core.tir.text.buffers import DATA, MATCH, BufferText
from tensor_core.tir.text.literals import string_text
from tensor_core.tir.text.scopes import Frame
from tensor_core.trampoline import Steps

_AXES = {"DataPar": "spatial", "CommReduce": "reduce", "Ordered": "scan", "Opaque": "opaque"}


class BlockText(BufferText):
    """Writes blocks. ``loops`` are the loops around, by variable."""

    loops: dict[prim.Var, st.For]

    def body(self, stmt: st.Stmt, frame: Frame) -> Steps[None]:
        """Write a body."""
        raise NotImplementedError

    def lowest_frame(self, item: Any) -> Frame:
        """The innermost open frame that holds all uses of what nothing defines."""
        raise NotImplementedError

    def holds_all_uses(self, stmt: st.Stmt, item: Any) -> bool:
        """Whether all uses of a variable stand below a statement."""
        raise NotImplementedError

    def block(self, block: st.Block, realize: st.BlockRealize | None) -> Steps[None]:
        """Write a block."""
        outer = self.scopes.frames[-1].lines
        frame = self.scopes.enter(block)
        lines = frame.lines
        self._axes(block, realize, frame)
        if realize is not None and not st.is_one(realize.predicate):
            lines.append(f"T.where({self.text(realize.predicate)})")
        lines.append(f"T.reads({', '.join(map(self.region, block.reads))})")
        lines.append(f"T.writes({', '.join(map(self.region, block.writes))})")
        if block.annotations:
            lines.append(f"T.{self.dialect.block}_attr({self.mapping(block.annotations)})")
        self.allocations(block, frame)
        for match in block.match_buffers:
            name = self.scopes.define(match.buffer, match.buffer.name or "buffer")
            source = self.region(match.source)
            right = self.declaration("match_buffer", match.buffer, frame, MATCH, (source,))
            lines.append(f"{name} = {right}")
        if block.init is not None:
            init = self.scopes.enter(block.init)
            yield self.body(block.init, init)
            lines.append(("with T.init():", self.scopes.leave().lines))
        yield self.body(block.body, frame)
        self.scopes.leave()
        more = "" if realize is not None else ", no_realize=True"
        outer.append((f"with T.{self.dialect.block}({string_text(block.name_hint)}{more}):", lines))

    def allocations(self, block: st.Block, frame: Frame) -> None:
        """The buffers that a block allocates."""
        for buffer in block.alloc_buffers:
            name = self.scopes.define(buffer, buffer.name or "buffer", frame)
            right = self.declaration(self.dialect.block_alloc, buffer, frame, DATA)
            frame.lines.append(f"{name} = {right}")

    def _axes(self, block: st.Block, realize: st.BlockRealize | None, frame: Frame) -> None:
        together: list[int] = []
        for place, axis in enumerate(block.iter_vars):
            if realize is not None and self._follows_loop(axis, realize.iter_values[place]):
                together.append(place)
                continue
            self._remap(together, block, realize, frame)
            together = []
            self._axis(axis, None if realize is None else realize.iter_values[place], frame)
        self._remap(together, block, realize, frame)

    def _follows_loop(self, axis: IterVar, value: prim.PrimExpr) -> bool:
        loop = self.loops.get(value) if isinstance(value, prim.Var) else None
        if loop is None or axis.dom is None or axis.kind not in ("DataPar", "CommReduce"):
            return False
        return same(loop.min, axis.dom.min) and same(loop.extent, axis.dom.extent)

    def _remap(self, places: list[int], block: st.Block, realize: st.BlockRealize | None, frame: Frame) -> None:
        if not places or realize is None:
            return
        if len(places) == 1:
            return self._axis(block.iter_vars[places[0]], realize.iter_values[places[0]], frame)
        axes = [block.iter_vars[place] for place in places]
        pairs = [
            (self.scopes.define(axis.var, axis.var.name or "v"), self.text(realize.iter_values[place]))
            for place, axis in zip(places, axes, strict=True)
        ]
        kinds = "".join("S" if axis.kind == "DataPar" else "R" for axis in axes)
        values = ", ".join(text for _, text in pairs)
        frame.lines.append(f'{", ".join(name for name, _ in pairs)} = T.axis.remap("{kinds}", [{values}])')
        return None

    def _axis(self, axis: IterVar, value: prim.PrimExpr | None, frame: Frame) -> None:
        kind = _AXES.get(axis.kind)
        if kind is None or axis.dom is None:
            raise fail(codes.UNPRINTABLE, f"a block has no iteration variable of kind {axis.kind}")
        if st.is_zero(axis.dom.min):
            domain = self.text(axis.dom.extent)
        else:
            domain = f"({self.text(axis.dom.min)}, {self.stop(axis.dom)})"
        more = "" if value is None else f", {self.text(value)}"
        name = self.scopes.define(axis.var, axis.var.name or "v")
        frame.lines.append(f"{name} = T.axis.{kind}({domain}{more})")
