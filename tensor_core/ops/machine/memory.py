"""memory.alloc_tensor and memory.kill: tensors placed in storage, and the end of their lives, as memory planning says.

They are read, printed and typed, not run. memory.alloc_storage has no card: its type, Storage, is one that the module
defines, so its calls keep the type that the input records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tensor_core import shapes
from tensor_core.ops import rules
from tensor_core.ops.card import Effect, Field, Input, Kind, NoParams, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class AllocTensor:
    """The element type; and the shape, as a constant of numbers, or as dimensions where it is not known."""

    dtype: str
    const_shape: Any
    assert_shape: Shape | None


def _infer_alloc(params: AllocTensor, storage: Type, offset: Type, shape: Type) -> Type:
    if isinstance(storage, (TensorType, TupleType)):
        raise Reject(f"expected storage, got {storage}", 0)
    rules.tensor(offset, 1)
    sizes = rules.tensor(shape, 2)
    rank = rules.known_length(sizes, 2) if sizes.rank else 0
    dims = _stated(params)
    if len(dims) != rank:
        raise Reject(f"{len(dims)} dimensions are stated, the operand holds {rank}", 2)
    return TensorType(dims, rules.known_dtype(params.dtype))


def _stated(params: AllocTensor) -> Shape:
    if params.const_shape is not None:
        sizes: Any = getattr(params.const_shape, "data", None)
        if sizes is None or sizes.dtype.kind not in "iu":
            raise Reject("const_shape is no constant of integers")
        return tuple(int(size) for size in sizes.reshape(-1))
    if params.assert_shape is None:
        raise Reject("const_shape or assert_shape must say the shape")
    return tuple(map(shapes.as_dim, params.assert_shape))


def _infer_kill(_params: NoParams, _value: Type) -> Type:
    return TupleType(())


CARDS = (
    OpCard(
        name="memory.alloc_tensor",
        inputs=(Input("storage"), Input("offset"), Input("shape")),
        params=AllocTensor,
        infer=_infer_alloc,
        relay=RelaySpelling(
            name="memory.alloc_tensor",
            attrs_type="relay.attrs.AllocTensorAttrs",
            fields=(
                Field("dtype", Kind.DTYPE, "float32"),
                Field("const_shape", Kind.EXPR, optional=True),
                Field("assert_shape", Kind.INTS, optional=True),
            ),
        ),
        pattern=Pattern.OPAQUE,
    ),
    OpCard(
        name="memory.kill",
        inputs=(Input("to_free"),),
        params=NoParams,
        infer=_infer_kill,
        relay=RelaySpelling(name="memory.kill"),
        pattern=Pattern.OPAQUE,
        effects=frozenset({Effect.STATE}),
    ),
)
