"""Which operators oneDNN takes: ``target.dnnl`` (tvm.relay.op.contrib.dnnl in TVM 0.19). Its pattern table and its code
generator are not part of this implementation.
"""

from __future__ import annotations

from collections.abc import Callable

from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import Call
from relay_compat.op_attributes import declare

_TAKEN = frozenset({
    "abs", "add", "clip", "exp", "log", "multiply", "nn.avg_pool2d", "nn.avg_pool3d", "nn.batch_matmul",
    "nn.batch_norm", "nn.conv1d", "nn.conv2d", "nn.conv2d_transpose", "nn.conv3d", "nn.conv3d_transpose", "nn.dense",
    "nn.global_avg_pool2d", "nn.layer_norm", "nn.leaky_relu", "nn.max_pool2d", "nn.max_pool3d", "nn.relu",
    "nn.softmax", "round", "sigmoid", "sqrt", "tanh",
})  # fmt: skip


def takes(call: Call) -> bool:
    """Whether a typed call is taken: not with int64 arguments, pools not with rounding up."""
    types = [arg.checked for arg in call.args if isinstance(arg, RelayExpr)]
    if any(getattr(type_, "dtype", "") == "int64" for type_ in types):
        return False
    return not (call.attrs is not None and call.attrs.get("ceil_mode", False))


def _check(name: str) -> Callable[[Call], bool] | None:
    return takes if name in _TAKEN else None


declare("target.dnnl", _check)
