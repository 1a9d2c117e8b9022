"""Built-ins of Relax that Relay has a word for: shapes as tensors, closures, devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.backward.kernels import call_tir
from relax_core.ir.global_info import VDevice
from relay_compat.fragment import RelayFragment
from relay_compat.virtual_device import of_parts
from tensor_core import codes, dtypes
from tensor_core.device import KINDS
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, GlobalVar
from tensor_core.types import Type

if TYPE_CHECKING:
    from migrate.backward.function import FunctionReverter

Said = tuple[Expr, tuple[str, ...]]
Builtin = Callable[["FunctionReverter", relax.Call, Type | None], Said]


def _shape_of(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    del type_
    fragment = RelayFragment(call.span)
    return fragment.call("shape_of", reverter.value(call.args[0]), dtype="int64"), ("shape_of",)


def _same(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    """A shape and a tensor of its elements are one value in Relay; a mark that Relay does not have is dropped."""
    del type_
    return reverter.value(call.args[0]), ()


def _to_vdevice(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    del type_
    attrs: Mapping[str, Any] = call.attrs or {}
    device = attrs["dst_vdevice"]
    assert isinstance(device, VDevice)
    where = of_parts(KINDS[device.kind], device.vdevice_id, None, _scope(device.memory_scope))
    fragment = RelayFragment(call.span)
    value = reverter.value(call.args[0])
    return fragment.call("device_copy", value, src_virtual_device=None, dst_virtual_device=where), ("device_copy",)


def _hint_on_device(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    del type_
    attrs: Mapping[str, Any] = call.attrs or {}
    kind = int(attrs["device_type"] if "device_type" in attrs else attrs["dev_type"])
    index = int(attrs["index"] if "index" in attrs else attrs["dev_id"])
    where = of_parts(kind, index, None, _scope(attrs.get("memory_scope", "global")))
    fragment, value = RelayFragment(call.span), reverter.value(call.args[0])
    settings = {"virtual_device": where, "constrain_result": False, "constrain_body": True}
    return fragment.call("on_device", value, **settings), ("on_device",)


def _scope(name: str) -> str:
    return "" if name == "global" else name


def _make_closure(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    """A function over its first parameters that calls the other with what is captured."""
    del type_
    name, captured = call.args
    assert isinstance(captured, relax.Tuple)
    if not isinstance(name, GlobalVar):
        raise fail(codes.REVERT_UNSUPPORTED, "a closure over a function value is not said in Relay", call.span)
    callee = reverter.shared.function(name, call.span)
    function, kept = reverter.shared.source[name], reverter.shared.kept(name)
    assert isinstance(function, relax.Function)
    count = len(function.params) - len(captured.fields)
    places = [place for place in range(count, len(function.params)) if kept is None or place in kept]
    if not places:
        return callee, ()
    params: list[relay.Var] = []
    for param in function.params[:count]:
        params.append(relay.Var(param.name, reverter.shared.param_type(function, param), param.span))
    values = [reverter.value(captured.fields[place - count]) for place in places]
    return relay.Function(tuple(params), relay.Call(callee, (*params, *values)), span=call.span), ()


def _invoke(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    callee, given = call.args
    assert isinstance(given, relax.Tuple)
    function = reverter.value(callee)
    return reverter.applied(function, [reverter.value(arg) for arg in given.fields], type_, call.span), ()


def _view(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    """A view of the whole in another element type of the same width, which is ``reinterpret``."""
    del type_
    _, shape, dtype, offset = call.args
    given = [item for item in (shape, offset) if not (isinstance(item, relax.Tuple) and not item.fields)]
    source, value = RelayFragment(call.span), reverter.value(call.args[0])
    known = source.tensor_type(value).dtype
    wanted = dtype.value if isinstance(dtype, relax.DataTypeImm) else known
    if given or dtypes.bits(wanted) != dtypes.bits(known):
        message = "a view of another shape, place or width is not said in Relay"
        raise fail(codes.REVERT_UNSUPPORTED, message, call.span, "reshape it, or take a slice")
    return source.call("reinterpret", value, dtype=wanted), ("reinterpret",)


def _checkpoint(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    del type_
    value = reverter.value(call.args[0])
    return RelayFragment(call.span).call("annotation.checkpoint", value), ("annotation.checkpoint",)


def _wrap_param(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> Said:
    del type_
    attrs: Mapping[str, Any] = call.attrs or {}
    value = reverter.value(call.args[0])
    return RelayFragment(call.span).call("cast", value, dtype=attrs.get("dtype", "float32")), ("cast",)


LOSSY: Mapping[str, str] = {
    "relax.builtin.stop_lift_params": "the mark is dropped, which only the lifting of parameters sees",
    "relax.grad.no_grad": "the mark is dropped, which only differentiation sees",
    "relax.grad.start_checkpoint": "the mark is dropped, which only differentiation sees",
}
"""By name: what a call loses."""

BUILTINS: Mapping[str, Builtin] = {
    "relax.builtin.stop_lift_params": _same,
    "relax.call_tir": call_tir,
    "relax.grad.end_checkpoint": _checkpoint,
    "relax.grad.no_grad": _same,
    "relax.grad.start_checkpoint": _same,
    "relax.hint_on_device": _hint_on_device,
    "relax.invoke_closure": _invoke,
    "relax.invoke_pure_closure": _invoke,
    "relax.make_closure": _make_closure,
    "relax.memory.ensure_zero_offset": _same,
    "relax.memory.view": _view,
    "relax.shape_of": _shape_of,
    "relax.shape_to_tensor": _same,
    "relax.tensor_to_shape": _same,
    "relax.to_vdevice": _to_vdevice,
    "relax.wrap_param": _wrap_param,
}
"""By name: the Relay expression of a call, and the operators it is said in."""
