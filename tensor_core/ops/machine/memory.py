"""memory.alloc_storage, memory.alloc_tensor and memory.kill: storage, tensors placed in it, and the end of their lives,
as memory planning says.

They are read, printed and typed, not run. The type of memory.alloc_storage is one that the module defines, Storage, so
this card cannot state it (relay_compat.types.module_types does).
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


@dataclass(frozen=True, slots=True)
class AllocStorage:
    """The element type that the storage is aligned for, and the device that it lies on."""

    dtype: str
    virtual_device: Any


def _infer_storage(_params: AllocStorage, *types: Type) -> Type:
    for argument, type_ in enumerate(types):
        rules.tensor(type_, argument)
    raise Reject("the type of storage is one that the module defines")


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


_PLANNED = "it says where a compiled program keeps its tensors; take the program as it was before memory was planned"

CARDS = (
    OpCard(
        name="memory.alloc_storage",
        inputs=(Input("size"), Input("shape"), Input("alignment")),
        params=AllocStorage,
        infer=_infer_storage,
        relay=RelaySpelling(
            name="memory.alloc_storage",
            attrs_type="relay.attrs.AllocStorageAttrs",
            fields=(Field("dtype", Kind.DTYPE, "float32"), Field("virtual_device", Kind.EXPR, optional=True)),
        ),
        pattern=Pattern.OPAQUE,
        refused=_PLANNED,
    ),
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
        refused=_PLANNED,
    ),
    OpCard(
        name="memory.kill",
        inputs=(Input("to_free"),),
        params=NoParams,
        infer=_infer_kill,
        relay=RelaySpelling(name="memory.kill"),
        pattern=Pattern.OPAQUE,
        effects=frozenset({Effect.STATE}),
        refused=_PLANNED,
    ),
)
