"""Built-in values of operator attributes that more than one pass asks for (as registered in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay_compat.op_attributes import declare
from tensor_core.ops.registry import registry

_STATEFUL = frozenset({"memory.kill", "nn.dropout", "vm.invoke_tvm_op"})

_NON_COMPUTATIONAL = frozenset({
    "call_lowered", "memory.alloc_storage", "memory.alloc_tensor", "memory.kill", "on_device", "parser.MetaRef",
    "qnn.abs", "qnn.add", "qnn.batch_matmul", "qnn.concatenate", "qnn.contrib_dense_pack", "qnn.conv2d",
    "qnn.conv2d_transpose", "qnn.dense", "qnn.dequantize", "qnn.erf", "qnn.exp", "qnn.hardswish", "qnn.leaky_relu",
    "qnn.log", "qnn.mul", "qnn.quantize", "qnn.requantize", "qnn.rsqrt", "qnn.sigmoid", "qnn.softmax", "qnn.sqrt",
    "qnn.subtract", "qnn.tanh", "vm.invoke_tvm_op", "vm.reshape_tensor", "vm.shape_of",
})  # fmt: skip

_RESHAPES = frozenset({
    "contrib_reverse_reshape", "dyn.reshape", "dyn.squeeze", "expand_dims", "nn.batch_flatten", "reshape", "squeeze",
})  # fmt: skip

_SHAPE_NEEDS_VALUES = {
    "arange": (1,), "argwhere": (1,), "broadcast_to": (1,), "dyn.broadcast_to": (1,), "dyn.expand_dims": (1, 1),
    "dyn.full": (1,), "dyn.image.resize2d": (1,), "dyn.nn.pad": (1,), "dyn.nn.upsampling": (1,),
    "dyn.nn.upsampling3d": (1,), "dyn.one_hot": (1,), "dyn.ones": (1,), "dyn.reshape": (0, 1),
    "dyn.sparse_to_dense": (1,), "dyn.squeeze": (0, 1), "dyn.strided_slice": (0, 1, 1, 1), "dyn.tile": (1,),
    "dyn.topk": (1,), "dyn.zeros": (1,), "sparse_fill_empty_rows": (1,), "stft": (1,),
}  # fmt: skip
"""By operator and argument, 1 where the shape function needs the argument's values and not only its shape."""

_NO_PATTERN = frozenset({
    "annotation.with_funcid", "nn.group_norm", "nn.instance_norm", "nn.l2_normalize", "nn.layer_norm", "qnn.abs",
    "qnn.conv2d_transpose", "qnn.erf", "qnn.exp", "qnn.hardswish", "qnn.leaky_relu", "qnn.log", "qnn.rsqrt",
    "qnn.sigmoid", "qnn.softmax", "qnn.sqrt",
})  # fmt: skip
"""Operators that TVM 0.19 expects to be gone before anything asks how they relate elements."""


def _pattern(name: str) -> int | None:
    card = registry().by_relay.get(name)
    return None if card is None or name in _NO_PATTERN else card.pattern.value


def _yes(names: frozenset[str]) -> Callable[[str], Any]:
    def value(name: str) -> bool | None:
        return True if name in names else None

    return value


declare("TOpPattern", _pattern)
declare("TOpIsStateful", _yes(_STATEFUL))
declare("TNonComputational", _yes(_NON_COMPUTATIONAL))
declare("TReshapeOp", _yes(_RESHAPES))
declare("TShapeDataDependent", _SHAPE_NEEDS_VALUES.get)
