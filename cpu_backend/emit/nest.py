"""Loop nests as text: code is put at the outermost level where it is valid, and assembled at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cpu_backend.emit.scribe import Scribe
from tensor_core.loops.polynomials import Atom


@dataclass(slots=True, eq=False)
class Loop:
    """``for start in range(0, extent, step)``; ``extent`` is a number or the name of one.

    With ``overlap`` the last start is moved back to ``extent - step``, so that every step covers ``step`` points.
    ``between``: the first start and what every start is below, where these are others than 0 and ``extent``.
    """

    atom: Atom
    extent: int | str
    step: int = 1
    overlap: bool = False
    phi: str = ""
    start: str = ""
    between: tuple[str, str] | None = None

    @property
    def may_be_empty(self) -> bool:
        """Whether the trip count is only known at run time."""
        return isinstance(self.extent, str) or self.between is not None

    @property
    def first(self) -> str:
        """Where the loop starts."""
        return self.between[0] if self.between else "0"

    @property
    def bound(self) -> int | str:
        """What every start is below."""
        return self.between[1] if self.between else self.extent


@dataclass(slots=True, eq=False)
class Carried:
    """A value that the loops from ``first`` inward carry along: an accumulator."""

    type: str
    initial: str
    phis: list[str] = field(default_factory=list[str])
    final: str = ""


_Epilogue = Callable[[list[str]], None]


class Nest:
    """Loops outermost first; level 0 is the code before them, level k the body of the k-th loop."""

    def __init__(self, scribe: Scribe, loops: list[Loop]) -> None:
        self._scribe = scribe
        self.loops = loops
        self.heads: list[list[str]] = [[] for _ in range(len(loops) + 1)]
        self.tails: list[list[str]] = [[] for _ in range(len(loops) + 1)]
        self.carried: list[Carried] = []
        self.first_carrying = len(loops) + 1
        for level, loop in enumerate(loops, 1):
            loop.phi = "%" + scribe.label("i")
            loop.start = loop.phi
            if loop.overlap:
                self.at(level)
                most = int(loop.extent) - loop.step
                loop.start = scribe.intrinsic("llvm.umin.i64", "i64", ("i64", loop.phi), ("i64", str(most)))

    def at(self, level: int) -> None:
        """Direct the scribe to the start of a level's body."""
        self._scribe.lines = self.heads[level]

    def after(self, level: int) -> None:
        """Direct the scribe to the end of a level's body."""
        self._scribe.lines = self.tails[level]

    def carry(self, first: int, type_: str, initial: str) -> Carried:
        """An accumulator carried by the loops from level ``first`` inward; its innermost phi is ``phis[-1]``."""
        item = Carried(type_, initial)
        item.phis = ["%" + self._scribe.label("a") for _ in self.loops[first - 1 :]] or [initial]
        self.first_carrying = first
        self.carried.append(item)
        return item

    def assemble(self, finals: list[str], epilogue: Callable[[list[str]], None]) -> list[str]:
        """The whole nest.

        ``finals`` are the accumulators' values at the end of the innermost body; ``epilogue`` writes what follows the
        carrying loops, given the accumulators' values after them.
        """
        return self._level(0, finals, epilogue)[0]

    def _level(self, level: int, finals: list[str], epilogue: _Epilogue) -> tuple[list[str], list[str]]:
        inner: list[str] = []
        results = finals
        if level < len(self.loops):
            inner, results = self._loop(level + 1, finals, epilogue)
        if level == self.first_carrying - 1:
            self.after(level)
            epilogue(results)
        return [*self.heads[level], *inner, *self.tails[level]], results

    def _loop(self, level: int, finals: list[str], epilogue: _Epilogue) -> tuple[list[str], list[str]]:
        loop = self.loops[level - 1]
        s = self._scribe
        names = [s.label(part) for part in ("before", "loop", "latch", "after")]
        before, body, latch, after = names
        carrying = level >= self.first_carrying
        inner, nexts = self._level(level, finals, epilogue)
        initials = self._initials(level) if carrying else []
        lines = [f"  br label %{before}", f"{before}:"]
        s.lines = lines
        if loop.may_be_empty:
            runs = s.op(f"icmp sgt i64 {loop.bound}, {loop.first}")
            s.put(f"br i1 {runs}, label %{body}, label %{after}")
        else:
            s.put(f"br label %{body}")
        s.start(body)
        following = "%" + s.label("n")
        s.put(f"{loop.phi} = phi i64 [ {loop.first}, %{before} ], [ {following}, %{latch} ]")
        if carrying:
            for item, initial, value in zip(self.carried, initials, nexts, strict=True):
                phi = item.phis[level - self.first_carrying]
                s.put(f"{phi} = phi {item.type} [ {initial}, %{before} ], [ {value}, %{latch} ]")
        lines += inner
        s.put(f"br label %{latch}")
        s.start(latch)
        s.put(f"{following} = add nuw nsw i64 {loop.phi}, {loop.step}")
        again = s.op(f"icmp slt i64 {following}, {loop.bound}")
        s.put(f"br i1 {again}, label %{body}, label %{after}")
        s.start(after)
        if not carrying or not loop.may_be_empty:
            return lines, nexts
        return lines, [
            s.op(f"phi {item.type} [ {initial}, %{before} ], [ {value}, %{latch} ]")
            for item, initial, value in zip(self.carried, initials, nexts, strict=True)
        ]

    def _initials(self, level: int) -> list[str]:
        if level == self.first_carrying:
            return [item.initial for item in self.carried]
        return [item.phis[level - self.first_carrying - 1] for item in self.carried]
