"""Operators on the same data become one, with what follows them elementwise (combine_parallel_op.cc in TVM 0.19)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import ClassVar

from relay_compat.ir.expr import Call, Expr, Function, Op, Tuple
from relay_compat.op.call import call
from relay_compat.passes.building import tensor_type
from relay_compat.structural import structural_equal
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter, reachable
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.ops.card import Pattern
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.types import TensorType, same_type

Branch = Sequence[Call]
"""A call of the operator and the elementwise calls after it, each the only user of the one before."""


class Combiner(ABC):
    """Says for one operator which calls are combined, and how."""

    op_name: ClassVar[str]

    def takes(self, found: Call) -> bool:
        """Whether a call may be combined at all."""
        del found
        return True

    @abstractmethod
    def alike(self, left: Call, right: Call) -> bool:
        """Whether two calls on the same data may be combined."""

    @abstractmethod
    def combined(self, branches: Sequence[Branch]) -> Call:
        """One call in place of the first calls of all branches."""

    def fits(self, first: Call, left: Call, right: Call, index: int) -> bool:
        """Whether further arguments of following calls may be combined; ``first`` is the call that they follow."""
        del first, left, right, index
        return True

    @abstractmethod
    def joined(self, args: Sequence[Expr], branches: Sequence[Branch], depth: int, parent: int) -> Expr:
        """One further argument of a following call in place of those of all branches; ``parent`` is where the result so
        far goes.
        """

    @abstractmethod
    def parts(self, data: Expr, branches: Sequence[Branch], depth: int) -> Iterator[Expr]:
        """What every branch takes of the result."""


def combining_pass(name: str, combiner: Combiner, min_num_branches: int) -> Pass:
    """The pass that combines as many branches or more."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        replaced: dict[Node, Expr] = {}
        for group in _groups(function, combiner, min_num_branches):
            replaced.update(_combine(group, combiner))
        return _Substituter(replaced).rewrite(function)

    return FunctionPass(PassInfo(4, name, ("InferType",), contract=Contract.REASSOCIATING), run)


class _Substituter(Rewriter):
    """Puts expressions in the place of others, and goes on inside them."""

    def __init__(self, replaced: dict[Node, Expr]) -> None:
        super().__init__()
        self._replaced = replaced

    def order(self, node: Node) -> Iterator[Node]:
        return iter((self._replaced[node],)) if node in self._replaced else super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        return self.done[self._replaced[old]] if old in self._replaced else new


def _groups(root: Function, combiner: Combiner, least: int) -> Iterator[list[Branch]]:
    users: defaultdict[Node, list[Call]] = defaultdict(list)
    roots: dict[Node, None] = {}
    for node in reachable(root):
        if isinstance(node, Call):
            if _is(node, combiner.op_name) and combiner.takes(node):
                roots.setdefault(node.args[0])
                users[node.args[0]].append(node)
            else:
                for arg in node.args:
                    users[arg].append(node)
    for data in roots:
        here: list[list[Call]] = []
        for found in users[data]:
            # TVM asks of some convolutions only whether they may be combined, and is wrong about others.
            if _is(found, combiner.op_name) and combiner.takes(found):
                group = next((group for group in here if combiner.alike(found, group[0])), None)
                if group is None:
                    here.append([found])
                else:
                    group.append(found)
        for group in here:
            if len(group) >= least:
                yield [_branch(found, users) for found in group]


def _branch(start: Call, users: defaultdict[Node, list[Call]]) -> Branch:
    branch = [start]
    while len(users.get(branch[-1], ())) == 1:
        (following,) = users[branch[-1]]
        pattern = following.op.get_attr("TOpPattern") if isinstance(following.op, Op) else None
        if pattern is None or int(pattern) > Pattern.BROADCAST.value:
            break
        branch.append(following)
    return branch


def _combine(branches: list[Branch], combiner: Combiner) -> Iterator[tuple[Node, Expr]]:
    data = combiner.combined(branches)
    depth = 1
    while depth < min(map(len, branches)):
        first = branches[0][depth]
        parent = first.args.index(branches[0][depth - 1])
        if not _same_level(branches, depth, parent, combiner):
            break
        columns = zip(*[branch[depth].args for branch in branches], strict=True)
        args = [
            data if place == parent else combiner.joined(column, branches, depth, parent)
            for place, column in enumerate(columns)
        ]
        data = Call(first.op, tuple(args), first.attrs)
        depth += 1
    for branch, part in zip(branches, combiner.parts(data, branches, depth - 1), strict=True):
        yield branch[depth - 1], part


def _same_level(branches: list[Branch], depth: int, parent: int, combiner: Combiner) -> bool:
    first = branches[0][depth]
    for branch in branches[1:]:
        found = branch[depth]
        if found.op is not first.op or len(found.args) != len(first.args):
            return False
        if not structural_equal(found.attrs, first.attrs) or found.args[parent] is not branch[depth - 1]:
            return False
        if not all(
            combiner.fits(branches[0][0], first, found, place) for place in range(len(first.args)) if place != parent
        ):
            return False
    return True


def _is(found: Call, name: str) -> bool:
    return isinstance(found.op, Op) and found.op.name == name


def concatenate(args: Sequence[Expr], axis: int) -> Expr:
    """A concatenation."""
    return call("concatenate", Tuple(tuple(args)), axis=axis)


def same_types(left: Expr, right: Expr) -> bool:
    """Whether two tensors have one shape and element type."""
    return same_type(tensor_type(left), tensor_type(right))


def same_but(left: TensorType, right: TensorType, axis: int) -> bool:
    """Whether two types are equal but for the extent of one axis."""
    if left.rank != right.rank or left.dtype != right.dtype:
        return False
    return all(a == b for place, (a, b) in enumerate(zip(left.shape, right.shape, strict=True)) if place != axis)


def slices(data: Expr, rank: int, axis: int, sizes: Sequence[int]) -> Iterator[Expr]:
    """Neighbouring parts along an axis; ``rank`` axes are named in the slices."""
    start = 0
    for size in sizes:
        begin, end = [0] * rank, [-1] * rank
        begin[axis], end[axis] = start, size
        start += size
        yield call("strided_slice", data, begin=begin, end=end, strides=[1] * rank, axes=None, slice_mode="size")
