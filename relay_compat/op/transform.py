"""Operators that move, select and reshape (tvm.relay.op.transform in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relay_compat.ir.expr import Constant, Expr, Tuple
from relay_compat.ir.make import const
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call
from relay_compat.op.declare import apply, declared
from relay_compat.op.normal import as_const, known_list, known_number, list_as_const, listed
from relay_compat.op.tensor import filled
from relay_compat.op.wrappers import derived
from tensor_core import codes
from tensor_core.diagnostics import fail

__getattr__ = derived("")


def expand_dims(data: Expr, axis: Any, num_newaxis: int = 1) -> Expr:
    """New axes of length 1; an axis that is an expression makes a call of dyn.expand_dims. ValueError for another.
    Raised as R2R0105.
    """
    if isinstance(axis, int):
        return call("expand_dims", data, axis=axis, num_newaxis=num_newaxis)
    if isinstance(axis, Expr):
        return call("dyn.expand_dims", data, axis, num_newaxis=num_newaxis)
    raise fail(codes.BAD_ATTRIBUTE, f"expand_dims: axis must be an integer or an expression, not {axis!r}")


@declared("transpose", axes=lambda axes: axes if axes is None else list(axes))
def transpose(data: Expr, axes: Any = None) -> None:
    """Axes in another order, reversed without ``axes``."""


def squeeze(data: Expr, axis: Any = None) -> Expr:
    """Axes of length 1 removed; an axis that is an expression, but no constant, makes a call of dyn.squeeze."""
    if isinstance(axis, Constant):
        axis = list(axis.data.reshape(-1))
    if isinstance(axis, Expr):
        return call("dyn.squeeze", data, axis, axis=[])
    return call("squeeze", data, axis=_plain_ints(axis, "squeeze: axis"))


def reshape(data: Expr, newshape: Any, allowzero: bool = False) -> Expr:
    """Another shape of the same elements; one that is an expression, but no constant, makes a call of dyn.reshape."""
    if isinstance(newshape, Constant):
        newshape = list(newshape.data)
    if isinstance(newshape, Expr):
        return call("dyn.reshape", data, newshape, newshape=[], allowzero=allowzero)
    return call("reshape", data, newshape=_plain_ints(newshape, "reshape: newshape"), allowzero=allowzero)


def _plain_ints(value: Any, name: str) -> Any:
    """An int or a list of numbers as a list of ints of int32."""
    try:
        return [int(item) for item in cast("Sequence[Any]", listed(value))] if value is not None else None
    except (TypeError, ValueError, OverflowError):
        raise fail(codes.BAD_ATTRIBUTE, f"{name} must be integers, not {value!r}") from None


def full(fill_value: Expr, shape: Any = (), dtype: str = "") -> Expr:
    """A tensor of one value; a shape that is an expression, but no constant, makes a call of dyn.full."""
    return filled("full", shape, {"dtype": dtype}, fill_value)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: str = "float32") -> Expr:
    """Numbers from ``start`` (0 when only one is given) up to ``stop`` in steps."""
    step = const(1, dtype) if step is None else step
    start, stop = (const(0, dtype), start) if stop is None else (start, stop)
    return call("arange", start, stop, step, start=start, stop=stop, step=step, dtype=dtype)


def meshgrid(data: Any, indexing: str = "ij") -> TupleWrapper:
    """Coordinates of a grid, one result for each tensor."""
    operands = tuple(data)
    return TupleWrapper(call("meshgrid", Tuple(operands), indexing=indexing), len(operands))


def tile(data: Expr, reps: Any) -> Expr:
    """The tensor repeated; repetitions that are an expression, but no constant, make a call of dyn.tile."""
    reps = known_list(reps)
    return call("dyn.tile", data, reps, reps=[]) if isinstance(reps, Expr) else call("tile", data, reps=reps)


def broadcast_to(data: Expr, shape: Any) -> Expr:
    """The tensor in a larger shape; one that is an expression, but no constant, makes a call of dyn.broadcast_to."""
    return filled("broadcast_to", shape, {"dtype": ""}, data)


def collapse_sum_to(data: Expr, shape: Any) -> Expr:
    """The sum that undoes a broadcast from this shape."""
    target = list_as_const(shape, "int32")
    known = tuple(map(int, target.data.reshape(-1))) if isinstance(target, Constant) else None
    return call("collapse_sum_to", data, target, shape=known)


def split(data: Expr, indices_or_sections: Any, axis: int = 0) -> TupleWrapper:
    """The tensor cut into equal sections, or before each index. R2R0105 for what is neither an integer nor a list of
    indices.
    """
    count = indices_or_sections
    if not isinstance(count, int):
        if isinstance(count, str) or not hasattr(count, "__len__"):
            raise fail(codes.BAD_ATTRIBUTE, f"split: indices_or_sections must be an integer or indices, not {count!r}")
        count = len(count) + 1
    return TupleWrapper(call("split", data, indices_or_sections=indices_or_sections, axis=axis), int(count))


def strided_slice(
    data: Expr, begin: Any, end: Any, strides: Any = None, axes: Any = None, slice_mode: str = "end"
) -> Expr:
    """A slice by begin, end and stride of axes. Where one of these is an expression, but no constant, dyn.strided_slice
    is called, with negative begins and those behind the end brought into the tensor. ``axes`` is not for that.
    """
    begin, end, strides = known_list(begin), known_list(end), known_list(strides or [1])
    if not any(isinstance(part, Expr) for part in (begin, end, strides)):
        attrs = {"begin": begin, "end": end, "strides": strides, "slice_mode": slice_mode, "axes": axes}
        return call("strided_slice", data, **attrs)
    begin, end, strides = map(list_as_const, (begin, end, strides))
    extents = call("slice_like", call("cast_like", call("shape_of", data, dtype="int32"), begin), begin, axes=None)
    wrapped = call("add", begin, extents)
    begin = call("where", call("less", begin, call("cast_like", const(0), begin)), wrapped, begin)
    begin = call("where", call("greater_equal", begin, extents), extents, begin)
    assert axes is None, "Axes argument for dynamic parameter slicing is not supported yet."
    return apply("dyn.strided_slice", _slice_operands(data, begin, end, strides, slice_mode))


def _slice_operands(data: Expr, begin: Expr, end: Expr, strides: Expr, slice_mode: str) -> dict[str, Any]:
    # The operands of dyn.strided_slice share names with the attributes of its struct, which stay empty.
    operands = {"0": data, "1": begin, "2": end, "3": strides}
    return {**operands, "begin": None, "end": None, "strides": None, "slice_mode": slice_mode, "axes": None}


@declared(
    "strided_set",
    begin=list_as_const,
    end=list_as_const,
    strides=lambda value: list_as_const(value) if value else const([1], "int32"),
)
def strided_set(data: Expr, v: Expr, begin: Any, end: Any, strides: Any = None) -> None:
    """The tensor with a slice of it replaced."""


@declared("repeat")
def repeat(data: Expr, repeats: int, axis: int) -> None:
    """Each element repeated along an axis."""


@declared("reverse")
def reverse(data: Expr, axis: int) -> None:
    """The order along an axis reversed."""


@declared("take")
def take(data: Expr, indices: Expr, axis: int | None = None, batch_dims: int = 0, mode: str = "clip") -> None:
    """Elements by index along an axis."""


@declared("contrib_reverse_reshape", newshape=lambda value: list(listed(value)))
def reverse_reshape(data: Expr, newshape: Any) -> None:
    """As reshape, with the special values of ``newshape`` read from the right."""


@declared("gather")
def gather(data: Expr, axis: int, indices: Expr) -> None:
    """Elements by index along an axis, with indices of the result's shape."""


@declared("gather_nd")
def gather_nd(data: Expr, indices: Expr, batch_dims: int = 0, index_rank: int | None = None) -> None:
    """Slices by coordinates, which lie along the first axis of ``indices``."""


def one_hot(indices: Expr, on_value: Expr, off_value: Expr, depth: Any, axis: int, dtype: str) -> Expr:
    """``on_value`` where the new axis equals the index; a depth that is an expression, but no constant, makes a call of
    dyn.one_hot.
    """
    depth = known_number(depth)
    if isinstance(depth, Expr):
        return call("dyn.one_hot", indices, on_value, off_value, depth, depth=0, axis=axis, dtype=dtype)
    return call("one_hot", indices, on_value, off_value, depth=depth, axis=axis, dtype=dtype)


def sparse_to_dense(sparse_indices: Expr, output_shape: Any, sparse_values: Expr, default_value: Any = 0) -> Expr:
    """A dense tensor from indices and values. A shape that is an expression makes a call of dyn.sparse_to_dense."""
    default = const(0) if default_value == 0 else default_value
    if isinstance(output_shape, Expr):
        return call("dyn.sparse_to_dense", sparse_indices, sparse_values, default, output_shape)
    return call("sparse_to_dense", sparse_indices, sparse_values, default, output_shape=output_shape)


def matrix_set_diag(data: Expr, diagonal: Expr, k: Any = 0, align: str = "RIGHT_LEFT") -> Expr:
    """The tensor with diagonals ``k`` (one, or from the first to the second) replaced."""
    both = list(cast("Sequence[int]", k)) if isinstance(k, (tuple, list)) else [k]
    sides = {"super_diag_right_align": align[:5] == "RIGHT", "sub_diag_right_align": align[-5:] == "RIGHT"}
    return call("matrix_set_diag", data, diagonal, k1=both[0], k2=both[:2][-1], **sides)


def adv_index(inputs: Any) -> Expr:
    """Numpy's indexing by tensors: the first operand by the others."""
    return call("adv_index", Tuple(tuple(inputs)))


def sparse_fill_empty_rows(
    sparse_indices: Expr, sparse_values: Expr, dense_shape: Expr, default_value: Expr
) -> Tuple:  # fmt: skip
    """A sparse matrix whose empty rows have a value each: indices, values, and which rows were empty."""
    made = call("sparse_fill_empty_rows", sparse_indices, sparse_values, dense_shape, default_value)
    indices, values, empty = TupleWrapper(made, 3)
    indices, values = call("cast_like", indices, sparse_indices), call("cast_like", values, sparse_values)
    return Tuple((indices, values, call("cast", empty, dtype="bool")))


@declared("sparse_reshape", results=2)
def sparse_reshape(sparse_indices: Expr, prev_shape: Expr, new_shape: Expr) -> None:
    """Indices and shape of a sparse tensor in another shape."""


def segment_sum(data: Expr, segment_ids: Expr, num_segments: Any = None) -> Expr:
    """Sums of the rows that have one id, written as a scatter into zeros."""
    one = call("cast_like", const([1]), segment_ids)
    if num_segments:
        count = const([num_segments]) if isinstance(num_segments, int) else num_segments
        segments = call("cast_like", count, segment_ids)
    else:
        greatest = call("max", segment_ids, axis=[0], keepdims=False, exclude=False)
        segments = call("add", reshape(greatest, -1), one)
    row = strided_slice(call("shape_of", data, dtype="int32"), [1], [-1], slice_mode="size")
    row = call("cast_like", row, segments)
    shape = call("concatenate", Tuple((segments, row)), axis=0)
    repeats = call("concatenate", Tuple((reverse(row, 0), one)), axis=0)
    places = transpose(tile(segment_ids, repeats))
    target = call("cast_like", call("dyn.zeros", shape, shape=None, dtype="float64"), data)
    return call("scatter_elements", target, places, data, axis=0, reduction="add")


@declared("sequence_mask")
def sequence_mask(data: Expr, valid_length: Expr, mask_value: float = 0, axis: int = 0) -> None:
    """Elements behind the valid length of their sequence replaced."""


def unravel_index(indices: Expr, shape: Expr) -> Expr:
    """Flat indices as coordinates."""
    return call("unravel_index", indices, shape)


@declared("cumsum")
def cumsum(data: Expr, axis: int | None = None, dtype: str | None = None, exclusive: bool | None = None) -> None:
    """Running sums along an axis."""


@declared("cumprod")
def cumprod(data: Expr, axis: int | None = None, dtype: str | None = None, exclusive: bool | None = None) -> None:
    """Running products along an axis."""


def unique(data: Expr, is_sorted: bool = True, return_counts: bool = False) -> TupleWrapper:
    """The distinct values, their first places, the place of each element among them, their number, and their counts."""
    made = call("unique", data, sorted=is_sorted, return_counts=return_counts)
    return TupleWrapper(made, 5 if return_counts else 4)


def stft(
    data: Expr,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Expr | None = None,
    normalized: bool = False,
    onesided: bool = True,
) -> Expr:
    """The short-time Fourier transform; windows of ones, a quarter of the transform apart unless said otherwise."""
    hop = n_fft // 4 if hop_length is None else hop_length
    window = call("ones", shape=[n_fft], dtype="int32") if window is None else window
    width = n_fft if win_length is None else win_length
    attrs = {"hop_length": hop, "win_length": width, "normalized": normalized, "onesided": onesided}
    return call("stft", data, window, n_fft=n_fft, **attrs)


@declared("dft", results=2, inverse=bool)
def dft(re_data: Expr, im_data: Expr, inverse: bool | None = False) -> None:
    """The discrete Fourier transform: real and imaginary part."""


@declared("trilu", k=as_const("int32"))
def trilu(data: Expr, k: Any, upper: bool = True) -> None:
    """The upper or lower triangle of matrices."""


__all__ = [
    "adv_index", "arange", "broadcast_to", "collapse_sum_to", "cumprod", "cumsum", "dft", "expand_dims", "full",
    "gather", "gather_nd", "matrix_set_diag", "meshgrid", "one_hot", "repeat", "reshape", "reverse",
    "reverse_reshape", "segment_sum", "sequence_mask", "sparse_fill_empty_rows", "sparse_reshape",
    "sparse_to_dense", "split", "squeeze", "stft", "strided_set", "strided_slice", "take", "tile", "transpose",
    "trilu", "unique", "unravel_index",
]  # fmt: skip
