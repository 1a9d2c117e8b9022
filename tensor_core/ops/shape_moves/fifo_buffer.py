"""nn.fifo_buffer: data appended to a buffer along one axis; as much falls out in front."""

from __future__ import annotations

from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.shape_moves.concatenate import Join
from tensor_core.types import TensorType, Type


def _infer(params: Join, data: Type, buffer: Type) -> Type:
    source, kept = rules.tensor(data, 0), rules.tensor(buffer, 1)
    if source.rank != kept.rank:
        raise Reject(f"the data has {source.rank} dimensions, the buffer {kept.rank}", 1)
    rules.axis(params.axis, kept.rank)
    return TensorType(kept.shape, kept.dtype)


def _expand(params: Join, f: Fragment[Any], data: Any, buffer: Any) -> Any:
    source, kept = f.tensor_type(data), f.tensor_type(buffer)
    axis = rules.axis(params.axis, kept.rank)
    size = source.shape[axis]
    joined = f.call("concatenate", f.tuple(buffer, data), axis=axis)
    end = shapes.add(kept.shape[axis], size)
    return f.call("strided_slice", joined, axes=(axis,), begin=(size,), end=(end,), strides=(1,))


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*draw.EVERY)
    axis = d.axis(len(shape))
    place = axis % len(shape)
    data = (*shape[:place], d.integer(1, shape[place]), *shape[place + 1 :])
    return Drawn(Join(axis), (TensorType(data, dtype), TensorType(shape, dtype)))


CARD = OpCard(
    name="nn.fifo_buffer",
    inputs=(Input("data"), Input("buffer")),
    params=Join,
    infer=_infer,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.fifo_buffer", attrs_type="relay.attrs.FIFOBufferAttrs", fields=(Field("axis", Kind.INT, 0),)
    ),
    draw=_draw,
)
