"""Marks for passes and devices: values that stay what they are (op.cc and tensor/grad.cc in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.builtins.builtin import Argument, Attributes, Builtin, Kind, argument, count, refused, tensor
from relax_core.ir.distributed import DTensorType
from relax_core.ir.expr import Call, Var
from relax_core.ir.global_info import VDevice
from relax_core.ir.types import TensorType, Type
from tensor_core import dtypes
from tensor_core.ops.card import Field
from tensor_core.ops.card import Kind as Value


def _same(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    found = argument(call, 0)
    if isinstance(found, DTensorType):
        raise refused(call, "has no rule for distributed tensors")
    return found


def _same_tensor_or_distributed(call: Call, release: str) -> Type:
    found = argument(call, 0)
    return found if isinstance(found, DTensorType) else _same_tensor(call, release)


def _same_variable(call: Call, release: str) -> Type:
    result = _same(call, release)
    if not isinstance(call.args[0], Var):
        raise refused(call, "marks a variable")
    return result


def _same_tensor(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    return tensor(call)


def _placed(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = tensor(call)
    device = dict[str, Any](call.attrs or {}).get("dst_vdevice")
    placed = device if isinstance(device, VDevice) else source.vdevice
    return TensorType(source.shape, source.dtype, placed, source.ndim)


def _wrapped(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = tensor(call)
    dtype = dict[str, Any](call.attrs or {}).get("dtype", "float32")
    return TensorType(source.shape, dtype, source.vdevice, source.ndim)


def first(call: Call, args: Sequence[Any]) -> Any:
    """The first argument, as it is."""
    del call
    return args[0]


def _run_wrap(call: Call, args: Sequence[Any]) -> Any:
    return args[0].astype(dtypes.to_numpy(dict[str, Any](call.attrs or {}).get("dtype", "float32")))


_X = (Argument("x"),)
_DATA = (Argument("data", Kind.TENSOR),)

MARKS = (
    Builtin(
        name="relax.builtin.stop_lift_params",
        note="what follows is not computed ahead of time",
        arguments=(Argument("x", Kind.TENSOR),),
        infer=_same_tensor_or_distributed,
        run=first,
    ),
    Builtin(name="relax.grad.no_grad", note="stops the gradient", arguments=_X, infer=_same, run=first),
    Builtin(
        name="relax.grad.start_checkpoint",
        note="begins what the gradient computes again",
        arguments=_X,
        infer=_same_variable,
        run=first,
    ),
    Builtin(
        name="relax.grad.end_checkpoint",
        note="ends what the gradient computes again",
        arguments=_X,
        infer=_same_variable,
        run=first,
    ),
    Builtin(
        name="relax.hint_on_device",
        note="where a tensor should lie",
        arguments=_DATA,
        attributes=(
            Attributes("relax.attrs.HintOnDeviceAttrs", (Field("dev_type", Value.INT), Field("dev_id", Value.INT))),
            Attributes(
                "relax.attrs.HintOnDeviceAttrs",
                (
                    Field("device_type", Value.INT),
                    Field("index", Value.INT),
                    Field("memory_scope", Value.STR, "global"),
                ),
                since="0.22",
            ),
        ),
        infer=_same_tensor,
        run=first,
    ),
    Builtin(
        name="relax.to_vdevice",
        note="copies a tensor to a device",
        arguments=_DATA,
        attributes=(Attributes("relax.attrs.ToVDeviceAttrs", (Field("dst_vdevice", Value.OBJECT),)),),
        infer=_placed,
        run=first,
    ),
    Builtin(
        name="relax.wrap_param",
        note="a parameter in another element type",
        arguments=_DATA,
        attributes=(Attributes("relax.attrs.WrapParamAttrs", (Field("dtype", Value.DTYPE, "float32"),)),),
        infer=_wrapped,
        run=_run_wrap,
    ),
)
