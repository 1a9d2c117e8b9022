"""What describes a tensor at run time, as scalars (src/relax/op/tensor/inspect.cc in TVM 0.19 to 0.27).

Until release 0.25 what is known of a tensor is the value of the scalar's type; from 0.26 on types hold no values.
Tensors lie densely from the start of their storage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from relax_core.builtins.builtin import Argument, Builtin, Infer, Kind, argument, count, refused, tensor, version
from relax_core.ir.expr import Call, PrimValue
from relax_core.ir.types import PrimType, TensorType, Type
from tensor_core import dtypes, prim, shapes
from tensor_core.shapes import Dim

_CODES = {"int": 0, "uint": 1, "float": 2, "bfloat": 4, "bool": 6}
"""DLDataTypeCode."""


def _part(dtype: str, known: Callable[[TensorType], Dim | None], checks: bool = True) -> Infer:
    """The rule of a part of the description; later releases take anything for the parts that need no shape."""

    def infer(call: Call, release: str) -> Type:
        older = version(release) < (0, 26)
        if not checks and not older:
            return PrimType(dtype)
        count(call, 1)
        value = known(tensor(call))
        return PrimType(dtype, value if older else None)

    return infer


def _along_axis(known: Callable[[TensorType, int], Dim]) -> Infer:
    def infer(call: Call, release: str) -> Type:
        count(call, 2)
        source, axis = tensor(call), argument(call, 1)
        if not isinstance(axis, PrimType):
            raise refused(call, f"takes an axis, got {axis}")
        place = axis.value if isinstance(axis.value, int) else None
        written = call.args[1]
        if isinstance(written, PrimValue) and isinstance(written.value, prim.IntImm):
            place = written.value.value
        if place is not None and (place < 0 or 0 <= source.ndim <= place):
            raise refused(call, f"asks for axis {place} of {source}")
        value = known(source, place) if place is not None and source.dims is not None else None
        return PrimType("int64", value if version(release) < (0, 26) else None)

    return infer


def _extent(source: TensorType, axis: int) -> Dim:
    assert source.dims is not None
    return source.dims[axis]


def _stride(source: TensorType, axis: int) -> Dim:
    assert source.dims is not None
    return shapes.product(source.dims[axis + 1 :])


def _code(source: TensorType) -> Dim | None:
    return type_code(source.dtype) if source.dtype else None


def type_code(dtype: str) -> int:
    """The number by which the runtime knows a kind of element types."""
    kind = dtype.rstrip("0123456789")
    return _CODES.get(kind, 1 if dtypes.is_unsigned_int(dtype) else 2)


def _bits(source: TensorType) -> Dim | None:
    return dtypes.bits(source.dtype) if source.dtype else None


def _lanes(source: TensorType) -> Dim | None:
    return 1 if source.dtype else None


def _rank(source: TensorType) -> Dim | None:
    return source.ndim if source.ndim >= 0 else None


def _zero(source: TensorType) -> Dim | None:
    return 0 if source.dims is not None else None


Part = Callable[["np.ndarray[Any, Any]"], int]


def _runner(part: Part) -> Callable[[Call, Sequence[Any]], Any]:
    def run(call: Call, args: Sequence[Any]) -> Any:
        del call
        return part(cast("np.ndarray[Any, Any]", args[0]))

    return run


def _name(array: np.ndarray[Any, Any]) -> str:
    return dtypes.from_numpy(array.dtype)


def _one(array: np.ndarray[Any, Any]) -> int:
    del array
    return 1


def _none(array: np.ndarray[Any, Any]) -> int:
    del array
    return 0


def _run_extent(call: Call, args: Sequence[Any]) -> Any:
    array, axis = args
    _check_axis(call, array.ndim, axis)
    return int(array.shape[axis])


def _run_stride(call: Call, args: Sequence[Any]) -> Any:
    array, axis = args
    _check_axis(call, array.ndim, axis)
    return int(np.prod(array.shape[axis + 1 :], dtype=np.int64))


def _check_axis(call: Call, rank: int, axis: int) -> None:
    if not 0 <= axis < rank:
        raise refused(call, f"asks for axis {axis} of a tensor of {rank} dimensions")


def _whole(part: str, note: str, infer: Infer, run: Part) -> Builtin:
    arguments = (Argument("tensor", Kind.TENSOR),)
    return Builtin(name=f"relax.inspect.{part}", note=note, arguments=arguments, infer=infer, run=_runner(run))


_AXIS = (Argument("tensor", Kind.TENSOR), Argument("axis", Kind.SCALAR))

INSPECT = (
    _whole("tensor_ndim", "the number of dimensions", _part("int32", _rank, False), lambda x: x.ndim),
    _whole("tensor_dtype_code", "the kind of elements", _part("uint8", _code, False), lambda x: type_code(_name(x))),
    _whole("tensor_dtype_bits", "bits of an element", _part("uint8", _bits, False), lambda x: dtypes.bits(_name(x))),
    _whole("tensor_dtype_lanes", "numbers in an element", _part("uint16", _lanes, False), _one),
    _whole("tensor_byte_offset", "where the tensor begins, in bytes", _part("uint64", _zero), _none),
    _whole("tensor_elem_offset", "where the tensor begins, in elements", _part("uint64", _zero), _none),
    Builtin(
        name="relax.inspect.tensor_shape_i",
        note="the extent of one dimension",
        arguments=_AXIS,
        infer=_along_axis(_extent),
        run=_run_extent,
    ),
    Builtin(
        name="relax.inspect.tensor_stride_i",
        note="the distance in elements along one dimension",
        arguments=_AXIS,
        infer=_along_axis(_stride),
        run=_run_stride,
    ),
)
