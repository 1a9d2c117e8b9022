"""Regions of a program that marks enclose (tvm.relay.analysis.AnnotatedRegionSet in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from relay_compat.annotations import compiler_of
from relay_compat.ir.expr import Call, Expr, Function, If, Let, Op, RefCreate, RefRead, RefWrite, Tuple, TupleGetItem
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import Node

_MARKS = "relay.attrs.CompilerAttrs"


class AnnotatedRegion:
    """One region: a number, its compiler, the function that it is in, the begins that lead into it and the ends that
    lead out, by first sight.
    """

    def __init__(self, number: int, target: str, name: str) -> None:
        self.id = number
        self.target = target
        self.name = name
        self.args: list[Call] = []
        self.rets: list[Call] = []
        self.parts: list[list[Expr]] = [[]]
        self.members = 1 << number
        """A bit for each region that was merged into this one, itself included."""
        self.merged_into: AnnotatedRegion | None = None

    @property
    def nodes(self) -> list[Expr]:
        """All expressions of the region, marks included."""
        return [node for part in self.parts for node in part]


class AnnotatedRegionSet:
    """The regions between ``begin_op`` and ``end_op`` marks of an expression.

    R2R0205 for an end without a begin, for marks that name two compilers, and for operands of which only some are in a
    region.
    """

    def __init__(self, expr: Expr, begin_op: Op, end_op: Op, func_name: str = "default") -> None:
        self._begin, self._end, self._name = begin_op, end_op, func_name
        self._home: dict[Expr, AnnotatedRegion] = {}
        self._made: list[AnnotatedRegion] = []
        for node in _order(expr):
            self._add(node)

    def __iter__(self) -> Iterator[AnnotatedRegion]:
        return (region for region in self._made if region.merged_into is None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def regions(self) -> list[AnnotatedRegion]:
        """All regions."""
        return list(self)

    def get_region(self, expr: Expr) -> AnnotatedRegion | None:
        """The region that an expression is in."""
        region = self._home.get(expr)
        if region is None:
            return None
        top = region
        while top.merged_into is not None:
            top = top.merged_into
        while region.merged_into is not None:
            region.merged_into, region = (top if region is not top else None), region.merged_into
        self._home[expr] = top
        return top

    def merge(self, source: AnnotatedRegion, target: AnnotatedRegion) -> None:
        """Put all of one region into another; edges between them are inside from now on."""
        if source is target:
            return
        target.args += source.args
        target.rets += source.rets
        inner = [arg for arg in target.args if self.get_region(arg.args[0]) is source]
        if inner:
            ended = {arg.args[0] for arg in inner}
            gone = set(inner)
            target.args = [arg for arg in target.args if arg not in gone]
            target.rets = [ret for ret in target.rets if ret not in ended]
        target.parts += source.parts
        target.members |= source.members
        source.merged_into = target

    # ------------------------------------------------------------ construction

    def _add(self, node: Node) -> None:
        match node:
            case Call() if isinstance(node.op, Op) and getattr(node.attrs, "type_key", None) == _MARKS:
                self._mark(node)
            case Call():
                self._join(node, node.args)
            case Tuple() | TupleGetItem() | Let() | If() | RefCreate() | RefRead():
                self._join(node, [child for child in node.iter_children() if isinstance(child, Expr)])
            case RefWrite():
                self._join(node, [node.ref])
            case _:
                pass

    def _mark(self, mark: Call) -> None:
        if mark.op is self._begin:
            region = AnnotatedRegion(len(self._made), compiler_of(mark), self._name)
            self._made.append(region)
            region.args.append(mark)
        else:
            found = self.get_region(mark.args[0])
            if found is None:
                raise fail(codes.ILL_FORMED, "an end of a region has no begin", mark.span)
            if found.target != compiler_of(mark):
                message = f"a region of {found.target} ends as one of {compiler_of(mark)}"
                raise fail(codes.ILL_FORMED, message, mark.span)
            region = found
            region.rets.append(mark)
        self._put(mark, region)

    def _put(self, expr: Expr, region: AnnotatedRegion) -> None:
        self._home[expr] = region
        region.parts[0].append(expr)

    def _join(self, expr: Expr, args: Sequence[Expr]) -> None:
        """Put an expression into the region of its operands, which become one; ends are outside of theirs."""
        open_args = [arg for arg in args if not (isinstance(arg, Call) and arg.op is self._end)]
        region = next((found for arg in open_args if (found := self.get_region(arg)) is not None), None)
        if region is None:
            return
        for arg in open_args:
            other = self.get_region(arg)
            if other is None:
                raise fail(codes.ILL_FORMED, "only some operands are in a region", getattr(expr, "span", None))
            self.merge(other, region)
        before = self.get_region(expr)
        if before is None:
            self._put(expr, region)
        else:
            self.merge(before, region)


def _order(root: Expr) -> Iterable[Node]:
    """Operands before users; what binds, branches or refers is met before what is in it, as in TVM."""
    early = (Let, If, RefCreate, RefRead, RefWrite)
    seen: set[Node] = set()
    stack: list[tuple[Node, Iterator[Node]]] = []

    def enter(node: Node) -> Iterator[Node]:
        seen.add(node)
        stack.append((node, node.iter_children()))
        if isinstance(node, early):
            yield node

    yield from enter(root)
    while stack:
        node, pending = stack[-1]
        child = next((item for item in pending if item not in seen), None)
        if child is not None:
            yield from enter(child)
            continue
        stack.pop()
        if not isinstance(node, (*early, Function)):
            yield node
