"""CombineParallelOpBatch: calls of one operator on arguments of the same types become a batched one (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from relay_compat.ir.expr import Call, Expr, Tuple, TupleGetItem
from relay_compat.op.call import call
from relay_compat.passes.building import tensor_type
from relay_compat.passes.combine_parallel import Branch, Combiner, combining_pass, same_types
from tensor_core.passes import Pass


def CombineParallelOpBatch(op_name: str, batch_op_name: str, min_num_branches: int = 3) -> Pass:
    """The pass. ``batch_op_name`` takes the arguments stacked along a new first axis."""
    return combining_pass("CombineParallelOpBatch", BatchCombiner(op_name, batch_op_name), min_num_branches)


class BatchCombiner(Combiner):
    """Stacks arguments, and splits the result."""

    def __init__(self, op_name: str, batch_op_name: str) -> None:
        self.op_name = op_name  # pyright: ignore[reportAttributeAccessIssue]
        self._batch = batch_op_name

    def alike(self, left: Call, right: Call) -> bool:
        return len(left.args) == len(right.args) and all(map(same_types, left.args, right.args))

    def combined(self, branches: Sequence[Branch]) -> Call:
        return call(self._batch, *self.stacked_args(branches))

    def stacked_args(self, branches: Sequence[Branch]) -> list[Expr]:
        """All arguments of the first calls, stacked."""
        return [_stack([branch[0].args[place] for branch in branches]) for place in range(len(branches[0][0].args))]

    def fits(self, first: Call, left: Call, right: Call, index: int) -> bool:
        del first
        return same_types(left.args[index], right.args[index])

    def joined(self, args: Sequence[Expr], branches: Sequence[Branch], depth: int, parent: int) -> Expr:
        del branches, depth, parent
        # A vector must not be taken for one of the batch.
        return _stack([call("expand_dims", arg, axis=0) if tensor_type(arg).rank == 1 else arg for arg in args])

    def parts(self, data: Expr, branches: Sequence[Branch], depth: int) -> Iterator[Expr]:
        del depth
        split = call("split", data, indices_or_sections=len(branches), axis=0)
        return (call("squeeze", TupleGetItem(split, place), axis=[0]) for place in range(len(branches)))


def _stack(args: Sequence[Expr]) -> Expr:
    return call("stack", Tuple(tuple(args)), axis=0)
