"""FlattenAtrousConv: ``space_to_batch_nd``, convolution, ``batch_to_space_nd`` become a dilated convolution (TVM 0.19).

For layout NHWC, with the padding that keeps height and width. The three must follow one another in evaluation order:
an operator call on the weight between them prevents it, as in TVM.
"""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.passes.building import is_call_of
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core import shapes
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo

_STEPS = (("nn.space_to_batch_nd",), ("nn.conv2d", "qnn.conv2d"), ("nn.batch_to_space_nd",))


def FlattenAtrousConv() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Flattener().rewrite(function)

    return FunctionPass(PassInfo(0, "FlattenAtrousConv", ("InferType",)), run)


class _Flattener(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self._step = 0

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Call) or not isinstance(new, Call):
            return new
        if not is_call_of(new, *_STEPS[self._step]):
            self._step = 0
            return new
        self._step = (self._step + 1) % len(_STEPS)
        return new if self._step else _flattened(old, new)


def _flattened(old: Call, new: Call) -> Expr:
    conv, before = new.args[0], old.args[0]
    if not is_call_of(conv, *_STEPS[1]) or not isinstance(conv, Call) or not isinstance(before, Call):
        return new
    space, source = conv.args[0], before.args[0]
    if not is_call_of(space, *_STEPS[0]) or not isinstance(space, Call) or not isinstance(source, Call):
        return new
    type_ = getattr(source.args[0], "checked", None)
    assert isinstance(conv.op, Op)
    assert conv.attrs is not None
    assert new.attrs is not None
    if conv.attrs.data_layout != "NHWC" or not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        return new
    dilation = tuple(map(int, new.attrs.block_shape[:2]))
    kernel = tuple(map(int, conv.attrs.kernel_size))
    # With strides of one the size is kept when what a window reaches beyond its first element is padded.
    reach = [(size - 1) * step for size, step in zip(kernel, dilation, strict=True)]
    padding = (reach[0] // 2, reach[1] // 2, reach[0] - reach[0] // 2, reach[1] - reach[1] // 2)
    attrs = {**conv.attrs, "strides": (1, 1), "padding": padding, "dilation": dilation}
    return call(conv.op.name, space.args[0], *conv.args[1:], **attrs)
