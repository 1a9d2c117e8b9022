"""call_lowered, vm.invoke_tvm_op and vm.reshape_tensor: calls in programs that have been lowered for the graph executor
or the virtual machine. They are read, printed and typed; nothing here runs lowered functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.attrs import Attrs
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Effect,
    Field,
    Input,
    Kind,
    Law,
    NoParams,
    OpCard,
    Pattern,
    Reject,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, TupleType, Type, same_type


@dataclass(frozen=True, slots=True)
class CallLowered:
    """``metadata``: what lowering notes about the function."""

    metadata: Any


@dataclass(frozen=True, slots=True)
class ReshapeTensor:
    """``newshape``: the result's shape."""

    newshape: Shape


def _signature(func: Type) -> tuple[tuple[Type, ...], Type]:
    arguments, result = getattr(func, "arg_types", None), getattr(func, "ret_type", None)
    if arguments is None or result is None:
        raise Reject(f"expected a function, got {func}", 0)
    return arguments, result


def _check(wanted: tuple[Type, ...], given: Type, argument: int) -> None:
    if not isinstance(given, TupleType) or len(given.fields) != len(wanted):
        raise Reject(f"expected a tuple of {len(wanted)} values, got {given}", argument)
    for expected, found in zip(wanted, given.fields, strict=True):
        if not same_type(expected, found):
            raise Reject(f"the function has {expected} where {found} is given", argument)


def _infer_call(_params: CallLowered, func: Type, args: Type) -> Type:
    arguments, result = _signature(func)
    _check(arguments, args, 1)
    return result


def _infer_invoke(_params: NoParams, func: Type, ins: Type, outs: Type) -> Type:
    arguments, result = _signature(func)
    _check(arguments, ins, 1)
    _check(result.fields if isinstance(result, TupleType) else (result,), outs, 2)
    return TupleType(())


def _infer_reshape(params: ReshapeTensor, data: Type, shape: Type) -> Type:
    rules.tensor(shape, 1)
    return TensorType(params.newshape, rules.tensor(data, 0).dtype)


def _reshape(params: ReshapeTensor, x: Array, shape: Array) -> Array:
    wanted = tuple(int(size) for size in np.ravel(shape))
    if len(wanted) != len(params.newshape) or any(map(shapes.prove_different, wanted, params.newshape)):
        raise Reject(f"the shape is {wanted}, newshape {rules.show(params.newshape)}", 1)
    return x.reshape(wanted)


def _expand_reshape(params: ReshapeTensor, f: Fragment[Any], data: Any, _shape: Any) -> Any:
    return f.call("reshape", data, shape=rules.closed(params.newshape))


def _read_newshape(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"newshape": tuple(map(shapes.as_dim, attrs["newshape"]))}


def _draw_reshape(d: Draw) -> Drawn:
    factors = d.any_shape()
    shape = d.grouped(factors)
    type_, operand = draw.known(d, shape)
    source = TensorType(d.grouped(factors), d.one_of(*draw.EVERY))
    return Drawn(ReshapeTensor(shape), (source, type_), values={1: operand})


_COMPILED = "it calls a function that TVM has compiled; take the program as it was before it was lowered"

CARDS = (
    OpCard(
        name="call_lowered",
        inputs=(Input("func"), Input("call_args")),
        params=CallLowered,
        infer=_infer_call,
        relay=RelaySpelling(
            name="call_lowered",
            attrs_type="relay.attrs.CallLoweredAttrs",
            fields=(Field("metadata", Kind.OBJECT, Attrs("Map", {})),),
        ),
        pattern=Pattern.OPAQUE,
        refused=_COMPILED,
    ),
    OpCard(
        name="vm.invoke_tvm_op",
        inputs=(Input("op"), Input("ins"), Input("outs")),
        params=NoParams,
        infer=_infer_invoke,
        relay=RelaySpelling(
            name="vm.invoke_tvm_op",
            attrs_type="DictAttrs",
            fields=(Field("__dict__", Kind.OBJECT, Attrs("Map", {}), param=None),),
        ),
        pattern=Pattern.OPAQUE,
        effects=frozenset({Effect.STATE}),
        refused=_COMPILED,
    ),
    OpCard(
        name="vm.reshape_tensor",
        inputs=(Input("data"), Input("shape")),
        params=ReshapeTensor,
        infer=_infer_reshape,
        reference=_reshape,
        expand=_expand_reshape,
        relay=RelaySpelling(
            name="vm.reshape_tensor",
            attrs_type="relay.attrs.ReshapeTensorAttrs",
            fields=(Field("newshape", Kind.INTS),),
            read=_read_newshape,
        ),
        pattern=Pattern.OPAQUE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_reshape,
    ),
)
