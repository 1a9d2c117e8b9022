"""CombineParallelDense: dense layers of one input become a batch, or one with all their units (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from relay_compat.ir.expr import Call, Expr
from relay_compat.op.call import call
from relay_compat.passes.building import tensor_type
from relay_compat.passes.combine_parallel import Branch, Combiner, combining_pass, concatenate, same_but
from relay_compat.passes.combine_parallel_op_batch import BatchCombiner
from tensor_core.passes import Pass
from tensor_core.shapes import is_static, static


def CombineParallelDense(min_num_branches: int = 3, to_batch: bool = True) -> Pass:
    """The pass. ``to_batch``: to one ``nn.batch_matmul`` of equal layers; otherwise to one dense layer, whose parts may
    have different numbers of units.
    """
    return combining_pass("CombineParallelDense", _ToBatch() if to_batch else _ToDense(), min_num_branches)


class _ToBatch(BatchCombiner):
    def __init__(self) -> None:
        super().__init__("nn.dense", "nn.batch_matmul")

    def alike(self, left: Call, right: Call) -> bool:
        same = tensor_type(left.args[1]).shape == tensor_type(right.args[1]).shape
        return same and is_static(tensor_type(left.args[1]).shape) and _dtype(left) == _dtype(right)

    def combined(self, branches: Sequence[Branch]) -> Call:
        return call("nn.batch_matmul", *self.stacked_args(branches), out_dtype=_dtype(branches[0][0]), transpose_b=True)


class _ToDense(Combiner):
    op_name: ClassVar[str] = "nn.dense"

    def alike(self, left: Call, right: Call) -> bool:
        if not all(is_static(tensor_type(layer).shape) for side in (left, right) for layer in (side, side.args[1])):
            return False
        same = tensor_type(left.args[1]).shape[1] == tensor_type(right.args[1]).shape[1]
        return same and _dtype(left) == _dtype(right)

    def combined(self, branches: Sequence[Branch]) -> Call:
        weights = [branch[0].args[1] for branch in branches]
        units = sum(static(tensor_type(weight).shape)[0] for weight in weights)
        first = branches[0][0]
        return call("nn.dense", first.args[0], concatenate(weights, 0), units=units, out_dtype=_dtype(first))

    def fits(self, first: Call, left: Call, right: Call, index: int) -> bool:
        del first
        a, b = tensor_type(left.args[index]), tensor_type(right.args[index])
        narrow = tensor_type(left).rank < a.rank or tensor_type(right).rank < b.rank
        return not narrow and same_but(a, b, a.rank - 1)

    def joined(self, args: Sequence[Expr], branches: Sequence[Branch], depth: int, parent: int) -> Expr:
        rank = tensor_type(args[0]).rank
        axis = max(rank - 1, 0)
        parts: list[Expr] = []
        for arg, branch in zip(args, branches, strict=True):
            width = static(tensor_type(branch[depth].args[parent]).shape)[-1]
            single = not rank or (width > 1 and static(tensor_type(arg).shape)[-1] == 1)
            spread = arg if rank else call("expand_dims", arg, axis=-1)
            # What is one number per branch must be as many as the branch has columns.
            parts.append(call("repeat", spread, repeats=width, axis=axis) if single else spread)
        return concatenate(parts, axis)

    def parts(self, data: Expr, branches: Sequence[Branch], depth: int) -> Iterator[Expr]:
        start = 0
        for branch in branches:
            shape = static(tensor_type(branch[depth]).shape)
            size = static(tensor_type(branch[0]).shape)[1]
            # Operators behind may have moved the axis: it is the last one of its extent.
            axis = max(place for place, extent in enumerate(shape) if extent == size)
            begin, end, steps = [0] * len(shape), [-1] * len(shape), [1] * len(shape)
            begin[axis], end[axis] = start, size
            start += size
            yield call("strided_slice", data, begin=begin, end=end, strides=steps, axes=None, slice_mode="size")


def _dtype(dense: Call) -> str:
    assert dense.attrs is not None
    return dense.attrs.out_dtype
