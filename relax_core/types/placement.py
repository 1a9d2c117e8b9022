"""Virtual devices of results: that of the arguments that have one (TVM 0.19 and later)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from relax_core.ir.global_info import VDevice
from relax_core.ir.types import TensorType, TupleType, Type
from tensor_core.ops.card import Reject

BY_FIRST: frozenset[str] = frozenset()
"""Ops whose result is where their first argument is, wherever the others are."""


def common_device(types: Sequence[Type]) -> VDevice | None:
    """The device of the arguments that state one; Reject when they state several."""
    found: VDevice | None = None
    for type_ in _flat(types):
        if type_.vdevice is None or type_.vdevice is found:
            continue
        if found is not None and found != type_.vdevice:
            raise Reject(f"arguments are on different devices: {found} and {type_.vdevice}")
        found = type_.vdevice
    return found


def placed(result: Type, name: str, types: Sequence[Type]) -> Type:
    """The result's type on the device that the arguments' types say."""
    if not any(type_.vdevice is not None for type_ in _flat(types)):
        return result
    device = common_device(types[:1] if name in BY_FIRST else types)
    return on(result, device) if device is not None else result


def on(type_: Type, device: VDevice | None) -> Type:
    """The type with all its tensors on a device."""
    if isinstance(type_, TensorType):
        return TensorType(type_.shape, type_.dtype, device, type_.ndim, type_.span)
    return TupleType(tuple(on(item, device) for item in type_.fields)) if isinstance(type_, TupleType) else type_


def _flat(types: Sequence[Type]) -> Iterator[TensorType]:
    for type_ in types:
        if isinstance(type_, TensorType):
            yield type_
        elif isinstance(type_, TupleType):
            yield from _flat(type_.fields)
