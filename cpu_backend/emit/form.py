"""Scalar expressions as lists of operations: operands first, index arithmetic as polynomials, guards made explicit.

A load that is provably inside its buffer is unconditional. Any other load is masked by the guards around it if they
imply that it is inside, else also by a comparison of its indices with the extents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tensor_core import dtypes, prim
from tensor_core.loops.affine import Indices
from tensor_core.loops.nodes import Buffer
from tensor_core.loops.polynomials import Atom, Poly, atoms_of, number, plus, times
from tensor_core.loops.rewrite import operands
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim


@dataclass(slots=True, eq=False)
class Guard:
    """A condition under which a load happens, and the conditions around it."""

    condition: PrimExpr
    taken: bool
    outer: Guard | None
    facts: list[Poly] = field(default_factory=list[Poly])


Check = tuple[Poly, Poly]


@dataclass(slots=True, eq=False)
class Access:
    """One element of a buffer: its row-major position, and the (index, extent) pairs that are not proven.

    ``checks`` are those that even the guards do not imply, ``unproven`` those that need a guard or a check.
    """

    buffer: Buffer
    offset: Poly
    checks: list[Check] = field(default_factory=list["Check"])
    unproven: list[Check] = field(default_factory=list["Check"])

    def polys(self) -> list[Poly]:
        """Every polynomial of the access."""
        return [self.offset, *(poly for poly, _ in self.unproven)]

    def map(self, function: Callable[[Poly], Poly]) -> None:
        """Replace every polynomial of the access."""
        self.offset = function(self.offset)
        self.checks = [(function(poly), extent) for poly, extent in self.checks]
        self.unproven = [(function(poly), extent) for poly, extent in self.unproven]


@dataclass(slots=True, eq=False)
class Op:
    """One operation. ``args`` are earlier operations; ``leaves`` those that opaque atoms of its polynomials stand for.

    ``kind`` is "node", "load", "index" (an integer polynomial), "sign" (a comparison of one with 0), or "mask" (the
    conjunction of a guard's condition with the guards around it).
    """

    kind: str
    node: PrimExpr
    args: tuple[int, ...] = ()
    poly: Poly | None = None
    access: Access | None = None
    mask: int = -1
    leaves: dict[Atom, int] = field(default_factory=dict[Atom, int])
    negated: bool = False


_Task = tuple[PrimExpr, Guard | None]


class Form:
    """The operations of one statement, over one :class:`Indices`."""

    def __init__(self, space: Indices) -> None:
        self.space = space
        self.ops: list[Op] = []
        self._ids: dict[_Task, int] = {}
        self._masks: dict[Guard, int] = {}
        self._guards: dict[tuple[PrimExpr, bool, Guard | None], Guard] = {}
        self._loads: dict[PrimExpr, bool] = {}
        self._indices: dict[PrimExpr, Poly | None] = {}

    # ------------------------------------------------------------ expressions

    def lower(self, root: PrimExpr, guard: Guard | None = None) -> int:
        """The operation that computes an expression."""
        stack: list[_Task | Guard] = [(root, guard)]
        while stack:
            task = stack[-1]
            needs = self._mask_needs(task) if isinstance(task, Guard) else self._needs(*task)
            if needs:
                stack.extend(needs)
            else:
                stack.pop()
        return self._ids[self._task(root, guard)]

    def _task(self, node: PrimExpr, guard: Guard | None) -> _Task:
        return (node, guard if guard is not None and self._has_load(node) else None)

    def _missing(self, tasks: Iterable[_Task]) -> list[_Task | Guard]:
        return [task for task in tasks if task not in self._ids]

    def _needs(self, node: PrimExpr, guard: Guard | None) -> list[_Task | Guard]:
        task = self._task(node, guard)
        if task in self._ids:
            return []
        guard = task[1]
        poly = self._index(node)
        if poly is not None:
            return self._add(task, Op("index", node, poly=poly))
        if isinstance(node, prim.Load):
            return self._load(task, node, guard)
        if isinstance(node, prim.Select) and node.guards:
            arms = (self._guard(node.condition, True, guard), self._guard(node.condition, False, guard))
            children = [(node.condition, guard), (node.a, arms[0]), (node.b, arms[1])]
        else:
            sign = self._sign(node)
            if sign is not None:
                return self._add(task, Op("sign", node, poly=sign))
            children = [(child, guard) for child in operands(node)]
        tasks = [self._task(*child) for child in children]
        missing = self._missing(tasks)
        return missing or self._add(task, Op("node", node, tuple(self._ids[t] for t in tasks)))

    def _add(self, task: _Task, op: Op) -> list[_Task | Guard]:
        self._ids[task] = len(self.ops)
        self.ops.append(op)
        return []

    def _has_load(self, node: PrimExpr) -> bool:
        known = self._loads
        if node not in known:
            for item in post_order([node], lambda e: [c for c in operands(e) if c not in known]):
                known[item] = isinstance(item, prim.Load) or any(known[child] for child in operands(item))
        return known[node]

    def _index(self, node: PrimExpr) -> Poly | None:
        """The polynomial of an integer expression over loop variables alone."""
        if node not in self._indices:
            poly: Poly | None = None
            if dtypes.is_int(node.dtype) and not isinstance(node, prim.IntImm) and not self._has_load(node):
                poly = self.space.poly(node)
                if any(atom.kind == "opaque" for atom in atoms_of(poly)):
                    poly = None
            self._indices[node] = poly
        return self._indices[node]

    def _sign(self, node: PrimExpr) -> Poly | None:
        """b - a for a comparison of index expressions."""
        if not isinstance(node, (prim.LT, prim.LE, prim.EQ, prim.NE)) or not dtypes.is_int(node.a.dtype):
            return None
        sides = [number(e.value) if isinstance(e, prim.IntImm) else self._index(e) for e in (node.a, node.b)]
        return None if sides[0] is None or sides[1] is None else plus(sides[1], sides[0], -1)

    # ------------------------------------------------------------ loads

    def _load(self, task: _Task, node: prim.Load, guard: Guard | None) -> list[_Task | Guard]:
        polys = [self.space.poly(index) for index in node.indices]
        leaves = self._leaves(polys)
        tasks = {atom: self._task(expr, guard) for atom, expr in leaves.items()}
        missing = self._missing(tasks.values())
        if missing:
            return missing
        access = self.access(node.buffer, polys, guard)
        if access.unproven and guard is not None and guard not in self._masks:
            return [guard]
        mask = self._masks[guard] if access.unproven and guard is not None else -1
        found = {atom: self._ids[t] for atom, t in tasks.items()}
        return self._add(task, Op("load", node, tuple(found.values()), access=access, mask=mask, leaves=found))

    def _leaves(self, polys: Sequence[Poly]) -> dict[Atom, PrimExpr]:
        found: dict[Atom, PrimExpr] = {}
        for poly in polys:
            for atom in sorted(atoms_of(poly)):
                if atom.kind == "opaque" and atom.expr is not None:
                    found[atom] = atom.expr
        return found

    def leaf_ops(self, indices: Sequence[PrimExpr]) -> dict[Atom, int]:
        """The operations behind the opaque atoms of a store's indices."""
        leaves = self._leaves([self.space.poly(index) for index in indices])
        return {atom: self.lower(expr) for atom, expr in leaves.items()}

    def access(self, buffer: Buffer, polys: Sequence[Poly], guard: Guard | None = None) -> Access:
        """The access under a guard, with what could not be proven of its indices."""
        checks: list[Check] = []
        unproven: list[Check] = []
        facts = _all_facts(guard)
        for poly, dim in zip(polys, buffer.shape, strict=True):
            extent = self.space.poly(dim)
            above = plus(plus(extent, poly, -1), number(-1))
            if self.space.is_nonnegative(poly) and self.space.is_nonnegative(above):
                continue
            unproven.append((poly, extent))
            if not (facts and self.space.is_nonnegative(poly, facts) and self.space.is_nonnegative(above, facts)):
                checks.append((poly, extent))
        offset = self.space.recombine(flat_offset(self.space, buffer.shape, polys))
        return Access(buffer, offset, checks, unproven)

    # ------------------------------------------------------------ guards

    def _guard(self, condition: PrimExpr, taken: bool, outer: Guard | None) -> Guard:
        key = (condition, taken, outer)
        if key not in self._guards:
            guard = self._guards[key] = Guard(condition, taken, outer)
            guard.facts += self._facts(condition, taken)
        return self._guards[key]

    def _mask_needs(self, guard: Guard) -> list[_Task | Guard]:
        if guard in self._masks:
            return []
        if guard.outer is not None and guard.outer not in self._masks:
            return [guard.outer]
        task = self._task(guard.condition, guard.outer)
        if task not in self._ids:
            return [task]
        outer = () if guard.outer is None else (self._masks[guard.outer],)
        self._masks[guard] = len(self.ops)
        self.ops.append(Op("mask", guard.condition, (self._ids[task], *outer), negated=not guard.taken))
        return []

    def _facts(self, condition: PrimExpr, taken: bool) -> list[Poly]:
        """Polynomials that are >= 0 where the condition has the given value."""
        facts: list[Poly] = []
        stack = [(condition, taken)]
        while stack:
            node, holds = stack.pop()
            if isinstance(node, prim.Not):
                stack.append((node.a, not holds))
            elif isinstance(node, prim.And if holds else prim.Or):
                stack += [(child, holds) for child in operands(node)]
            elif isinstance(node, (prim.LT, prim.LE, prim.EQ)) and dtypes.is_int(node.a.dtype):
                facts += self._comparison_facts(node, holds)
        return facts

    def _comparison_facts(self, node: prim.LT | prim.LE | prim.EQ, holds: bool) -> list[Poly]:
        difference = plus(self.space.poly(node.b), self.space.poly(node.a), -1)
        opposite = times(difference, number(-1))
        if isinstance(node, prim.EQ):
            return [difference, opposite] if holds else []
        strict = isinstance(node, prim.LT) == holds
        return [plus(difference if holds else opposite, number(-1 if strict else 0))]


def flat_offset(space: Indices, shape: Sequence[Dim], polys: Sequence[Poly]) -> Poly:
    """The row-major position of an element."""
    offset: Poly = {}
    for poly, dim in zip(polys, shape, strict=True):
        offset = plus(times(offset, space.poly(dim)), poly)
    return offset


def _all_facts(guard: Guard | None) -> list[Poly]:
    facts: list[Poly] = []
    while guard is not None:
        facts += guard.facts
        guard = guard.outer
    return facts
