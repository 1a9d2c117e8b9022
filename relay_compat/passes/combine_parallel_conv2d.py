"""CombineParallelConv2D: convolutions of one input become one with all their filters (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from relay_compat.ir.expr import Call, Expr
from relay_compat.passes.building import tensor_type
from relay_compat.passes.combine_parallel import Branch, Combiner, combining_pass, concatenate, same_but, slices
from relay_compat.passes.scale_axis import out_layout
from tensor_core.ops.layout import merged
from tensor_core.passes import Pass

_LIKE = ("strides", "padding", "dilation", "groups", "data_layout", "kernel_layout", "out_dtype", "out_layout")


def CombineParallelConv2D(min_num_branches: int = 3) -> Pass:
    """The pass. What follows the convolutions elementwise is combined, too."""
    return combining_pass("CombineParallelConv2d", _Conv2D(), min_num_branches)


class _Conv2D(Combiner):
    op_name: ClassVar[str] = "nn.conv2d"

    def takes(self, found: Call) -> bool:
        return found.attrs is not None and found.attrs.groups == 1

    def alike(self, left: Call, right: Call) -> bool:
        assert left.attrs is not None
        assert right.attrs is not None
        if any(left.attrs[name] != right.attrs[name] for name in _LIKE):
            return False
        return _kernel(left)[2:] == _kernel(right)[2:]

    def combined(self, branches: Sequence[Branch]) -> Call:
        first = branches[0][0]
        assert first.attrs is not None
        weight = concatenate([branch[0].args[1] for branch in branches], first.attrs.kernel_layout.index("O"))
        channels = sum(_channels(branch[0]) for branch in branches)
        attrs = type(first.attrs)(first.attrs.type_key, {**first.attrs, "channels": channels})
        return Call(first.op, (first.args[0], weight), attrs)

    def fits(self, first: Call, left: Call, right: Call, index: int) -> bool:
        a, b = tensor_type(left.args[index]), tensor_type(right.args[index])
        whole = out_layout(first).index("C")
        axis = whole - tensor_type(left).rank + a.rank
        if axis < 0 or a.rank != b.rank:
            return False
        own = (tensor_type(left).shape[whole], tensor_type(right).shape[whole])
        return (a.shape[axis], b.shape[axis]) == own and same_but(a, b, axis)

    def joined(self, args: Sequence[Expr], branches: Sequence[Branch], depth: int, parent: int) -> Expr:
        del parent
        found = branches[0][depth]
        channel = out_layout(branches[0][0]).index("C")
        return concatenate(args, channel - tensor_type(found).rank + tensor_type(args[0]).rank)

    def parts(self, data: Expr, branches: Sequence[Branch], depth: int) -> Iterator[Expr]:
        del depth
        channel = out_layout(branches[0][0]).index("C")
        return slices(data, channel + 1, channel, [_channels(branch[0]) for branch in branches])


def _kernel(conv: Call) -> tuple[object, ...]:
    assert conv.attrs is not None
    return merged(tensor_type(conv.args[1]).shape, conv.attrs.kernel_layout, "OIHW", 1)


def _channels(conv: Call) -> int:
    """The extent of the output channels, not counting blocks."""
    assert conv.attrs is not None
    return int(tensor_type(conv.args[1]).shape[conv.attrs.kernel_layout.index("O")])  # type: ignore[arg-type]
