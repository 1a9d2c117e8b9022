"""CombineParallelBatchMatmul: products of one input with several matrices become one product (TVM 0.19).

Matrices of open size stay apart, and so does what follows with arguments that cannot be joined: TVM 0.19 fails on both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from relay_compat.ir.expr import Call, Expr
from relay_compat.passes.building import tensor_type
from relay_compat.passes.combine_parallel import Branch, Combiner, combining_pass, concatenate, same_but, slices
from tensor_core.passes import Pass
from tensor_core.shapes import is_static, static


def CombineParallelBatchMatmul(min_num_branches: int = 3) -> Pass:
    """The pass. Only products of a plain left and a transposed right matrix are combined."""
    return combining_pass("CombineParallelBatchMatmul", _BatchMatmul(), min_num_branches)


class _BatchMatmul(Combiner):
    op_name: ClassVar[str] = "nn.batch_matmul"

    def alike(self, left: Call, right: Call) -> bool:
        a, b = tensor_type(left.args[1]), tensor_type(right.args[1])
        assert left.attrs is not None
        assert right.attrs is not None
        if any(attrs.transpose_a or not attrs.transpose_b for attrs in (left.attrs, right.attrs)):
            return False
        if not (is_static(a.shape) and is_static(b.shape)):
            return False
        same = a.dtype == b.dtype and tensor_type(left).dtype == tensor_type(right).dtype
        return same and a.shape[0] == b.shape[0] and left.attrs.out_dtype == right.attrs.out_dtype

    def combined(self, branches: Sequence[Branch]) -> Call:
        first = branches[0][0]
        return Call(first.op, (first.args[0], concatenate([branch[0].args[1] for branch in branches], 1)), first.attrs)

    def fits(self, first: Call, left: Call, right: Call, index: int) -> bool:
        del first
        a, b = tensor_type(left.args[index]), tensor_type(right.args[index])
        own = (tensor_type(left).shape[-1], tensor_type(right).shape[-1])
        last = a.rank - 1
        return a.rank > 0 and same_but(a, b, last) and (a.shape[last], b.shape[last]) == own

    def joined(self, args: Sequence[Expr], branches: Sequence[Branch], depth: int, parent: int) -> Expr:
        del branches, depth, parent
        return concatenate(args, -1)

    def parts(self, data: Expr, branches: Sequence[Branch], depth: int) -> Iterator[Expr]:
        del depth
        return slices(data, 3, 2, [static(tensor_type(branch[0].args[1]).shape)[1] for branch in branches])
