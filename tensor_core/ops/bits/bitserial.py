"""nn.bitpack, nn.bitserial_conv2d and nn.bitserial_dense: small integers stored and multiplied bit by bit.

bitpack makes words of one bit of each of as many elements as a word has bits, the first element's uppermost. The
products are those of the lowest bits of the operands, in the result's element type; in TVM's "unipolar" sense a bit of
the weight counts 1 or -1. A weight that is packed already has a type, and no computation here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import layout, rules, windows
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class BitPack:
    """``pack_axis``: along which elements become words; ``bit_axis``: where the bits stand in the result."""

    bits: int
    pack_axis: int
    bit_axis: int
    pack_type: str
    name: str = "BitPack"


@dataclass(frozen=True, slots=True)
class BitConv:
    """``padding`` is all befores then all afters. ``pack_dtype``: the words in between, which say nothing."""

    strides: tuple[int, ...]
    padding: tuple[int, ...]
    kernel_size: tuple[Dim, ...]
    channels: Dim
    activation_bits: int
    weight_bits: int
    data_layout: str
    kernel_layout: str
    pack_dtype: str
    out_dtype: str
    unipolar: bool


@dataclass(frozen=True, slots=True)
class BitDense:
    """``units``: the rows of the weight."""

    units: Dim
    data_bits: int
    weight_bits: int
    pack_dtype: str
    out_dtype: str
    unipolar: bool


def _infer_pack(params: BitPack, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if not dtypes.is_unsigned_int(params.pack_type):
        raise Reject(f"pack_type must be an unsigned integer, not {params.pack_type or 'empty'}")
    width = dtypes.bits(params.pack_type)
    shape = [shapes.floor_divide(dim, width) if n == params.pack_axis else dim for n, dim in enumerate(source.shape)]
    if 0 <= params.bit_axis <= source.rank:
        shape.insert(params.bit_axis, params.bits)
    return TensorType(tuple(shape), params.pack_type)


def _pack(params: BitPack, data: Array) -> Array:
    axis, width = params.pack_axis, dtypes.bits(params.pack_type)
    if not (0 <= axis < data.ndim and 0 <= params.bit_axis <= data.ndim) or data.shape[axis] % width:
        raise Reject(f"TVM packs whole words along an axis, not {data.shape} along {axis}", 0)
    moved = np.moveaxis(data, axis, -1).astype(np.int64)
    words = moved.reshape(*moved.shape[:-1], -1, width)
    planes: list[Array] = []
    for bit in range(params.bits):
        word = np.zeros(words.shape[:-1], np.uint64)
        for n in range(width):
            word = (word << np.uint64(1)) | ((words[..., n] >> bit) & 1).astype(np.uint64)
        planes.append(np.moveaxis(word, -1, axis))
    return np.stack(planes, params.bit_axis).astype(dtypes.to_numpy(params.pack_type))


def _lower_pack(params: BitPack, b: LoopBuilder, data: Tensor) -> Tensor:
    axis, width, word = params.pack_axis, dtypes.bits(params.pack_type), params.pack_type
    if not (0 <= axis < data.rank and 0 <= params.bit_axis <= data.rank) or not shapes.prove_equal(
        shapes.multiply(shapes.floor_divide(data.shape[axis], width), width), data.shape[axis]
    ):
        raise Reject(f"TVM packs whole words along an axis, not {rules.show(data.shape)} along {axis}", 0)
    result = rules.tensor(_infer_pack(params, TensorType(data.shape, data.dtype)), 0)

    def bit(*i: PrimExpr) -> PrimExpr:
        *index, place = i
        level = index.pop(params.bit_axis)
        index[axis] = index[axis] * width + place
        shifted = prim.intrinsic("shift_right", data[tuple(index)].astype("int64"), level)
        last = prim.intrinsic("bitwise_and", shifted, prim.const(1, "int64")).astype(word)
        return prim.intrinsic("shift_left", last, (as_expr(width - 1) - place).astype(word))

    return b.reduce(result.shape, (width,), bit, Combiner.SUM, name="bitpack")


def _infer_conv(params: BitConv, data: Type, weight: Type) -> Type:
    rules.tensor(weight, 1)
    source = rules.tensor(data, 0)
    batch, _, *size = layout.merged(source.shape, params.data_layout, "NCHW", 0)
    padding = windows.pairs(params.padding)
    spatial = map(windows.extent, size, padding, params.kernel_size, params.strides, (1, 1))
    if not params.out_dtype:
        raise Reject("out_dtype must be given")
    return TensorType(layout.split((batch, params.channels, *spatial), params.data_layout, "NCHW"), params.out_dtype)


def _expand_conv(params: BitConv, f: Fragment[Any], data: Any, weight: Any) -> Any:
    kernel = f.tensor_type(weight).shape
    if len(kernel) != 4:
        raise Reject("a packed weight is not computed with", 1)
    outputs, _, *taps = (kernel[axis] for axis in layout.positions(params.kernel_layout, "OIHW"))
    if any(map(shapes.prove_different, (outputs, *taps), (params.channels, *params.kernel_size))):
        raise Reject(f"a weight of shape {rules.show(kernel)} does not fit channels and kernel_size", 1)
    return f.call(
        "nn.conv2d",
        _lowest(f, data, params.activation_bits, params.out_dtype),
        _weight(f, weight, params.weight_bits, params.out_dtype, params.unipolar),
        strides=params.strides,
        padding=params.padding,
        dilation=(1, 1),
        groups=1,
        data_layout=params.data_layout,
        kernel_layout=params.kernel_layout,
        out_layout=params.data_layout,
        out_dtype=params.out_dtype,
    )


def _lowest(f: Fragment[Any], value: Any, bits: int, dtype: str) -> Any:
    own = f.tensor_type(value).dtype
    if not 1 <= bits <= 32:
        raise Reject(f"the number of bits must be from 1 to 32, not {bits}")
    if not dtypes.is_int(own):
        raise Reject(f"bits are those of integers, not of {own}")
    return f.call("cast", f.call("bitwise_and", value, f.constant((1 << bits) - 1, own)), dtype=dtype)


def _weight(f: Fragment[Any], weight: Any, bits: int, dtype: str, unipolar: bool) -> Any:
    value = _lowest(f, weight, bits, dtype)
    if not unipolar:
        return value
    twice = f.call("multiply", value, f.constant(2, dtype))
    return f.call("subtract", twice, f.constant((1 << bits) - 1, dtype))


def _infer_dense(params: BitDense, data: Type, weight: Type) -> Type:
    rules.tensor(weight, 1)
    source = rules.tensor(data, 0)
    if not source.rank:
        raise Reject("expected a matrix, got a scalar", 0)
    return TensorType((*source.shape[:-1], params.units), params.out_dtype or source.dtype)


def _expand_dense(params: BitDense, f: Fragment[Any], data: Any, weight: Any) -> Any:
    if f.tensor_type(weight).rank != 2:
        raise Reject("a packed weight is not computed with", 1)
    dtype = params.out_dtype or f.tensor_type(data).dtype
    if params.unipolar and dtypes.bits(params.pack_dtype or "uint32") != dtypes.bits(dtype):
        # Differences of unsigned words, of which TVM 0.19 makes large or no numbers of another width.
        raise Reject(f"in the unipolar sense TVM is right only for words as wide as {dtype}")
    rows = f.tensor_type(weight).shape[0]
    if shapes.prove_different(rows, params.units):
        raise Reject(f"units is {shapes.to_text(params.units)}, the weight has {shapes.to_text(rows)} rows", 1)
    left = _lowest(f, data, params.data_bits, dtype)
    right = _weight(f, weight, params.weight_bits, dtype, params.unipolar)
    return f.call("nn.dense", left, right, transpose_b=True, out_dtype=dtype)


def _read_conv(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if attrs["channels"] is None or attrs["kernel_size"] is None:
        raise Reject("channels and kernel_size must be given")
    return {
        **attrs,
        "strides": windows.per_dimension(attrs["strides"], 2, "strides"),
        "padding": windows.full_padding(attrs["padding"], 2),
        "kernel_size": windows.per_dimension(attrs["kernel_size"], 2, "kernel_size"),
    }


def _read_dense(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if attrs["units"] is None:
        raise Reject("units must be given")
    return attrs


_OF_BITS = ("uint8", "int32", "int8", "uint16")


def _draw_pack(d: Draw) -> Drawn:
    pack_type, bits = d.one_of("uint8", "uint16", "uint32", "uint64"), d.integer(1, 4)
    shape = list(d.shape(1, 3, most=3))
    axis = d.integer(0, len(shape) - 1)
    shape[axis] = dtypes.bits(pack_type) * d.integer(1, 2)
    params = BitPack(bits, axis, d.integer(0, len(shape)), pack_type)
    return Drawn(params, (TensorType(tuple(shape), d.one_of(*_OF_BITS)),), {0: Domain(0.0, 15.0)})


def _draw_conv(d: Draw) -> Drawn:
    batch, channels, out = d.extents(3, most=3)
    kernel, padding = d.extents(2, most=3), tuple(d.integer(0, 1) for _ in range(4))
    size = tuple(extent + d.integer(0, 3) for extent in kernel)
    dims = {"N": batch, "C": channels, "H": size[0], "W": size[1], "O": out, "I": channels}
    data_layout, kernel_layout = d.one_of("NCHW", "NHWC"), d.one_of("OIHW", "HWIO")
    own = TensorType(tuple(dims[letter] for letter in data_layout), d.one_of(*_OF_BITS))
    dims |= {"H": kernel[0], "W": kernel[1]}
    weight = TensorType(tuple(dims[letter] for letter in kernel_layout), d.one_of(*_OF_BITS))
    params = BitConv(
        strides=d.extents(2, most=2),
        padding=padding,
        kernel_size=kernel,
        channels=out,
        activation_bits=d.integer(1, 3),
        weight_bits=d.integer(1, 2),
        data_layout=data_layout,
        kernel_layout=kernel_layout,
        pack_dtype=d.one_of("uint32", "uint8"),
        out_dtype=d.one_of("int16", "int32"),
        unipolar=not d.flag(),
    )
    return Drawn(params, (own, weight), {0: _SMALL, 1: _SMALL})


def _draw_dense(d: Draw) -> Drawn:
    rows, columns, units = d.extents(3)
    out, unipolar = d.one_of("int16", "int32"), not d.flag()
    packed = f"u{out}" if unipolar else d.one_of("uint32", "uint8")
    params = BitDense(units, d.integer(1, 3), d.integer(1, 2), packed, out, unipolar)
    types = (TensorType((rows, columns), d.one_of(*_OF_BITS)), TensorType((units, columns), d.one_of(*_OF_BITS)))
    return Drawn(params, types, {0: _SMALL, 1: _SMALL})


_SMALL = Domain(0.0, 7.0)


_PACKING = (
    Field("pack_dtype", Kind.DTYPE, "", python="uint32"),
    Field("out_dtype", Kind.DTYPE, "", python="int16"),
    Field("unipolar", Kind.BOOL, True),
)

CARDS = (
    OpCard(
        name="nn.bitpack",
        inputs=(Input("data"),),
        params=BitPack,
        infer=_infer_pack,
        reference=_pack,
        lower=_lower_pack,
        relay=RelaySpelling(
            name="nn.bitpack",
            attrs_type="relay.attrs.BitPackAttrs",
            fields=(
                Field("bits", Kind.INT, 1),
                Field("pack_axis", Kind.INT, 1),
                Field("bit_axis", Kind.INT, -1, python=2),
                Field("pack_type", Kind.DTYPE, "", python="uint32"),
                Field("name", Kind.STR, "BitPack"),
            ),
        ),
        pattern=Pattern.INJECTIVE,
        draw=_draw_pack,
    ),
    OpCard(
        name="nn.bitserial_conv2d",
        inputs=(Input("data"), Input("weight")),
        params=BitConv,
        infer=_infer_conv,
        expand=_expand_conv,
        relay=RelaySpelling(
            name="nn.bitserial_conv2d",
            attrs_type="relay.attrs.BinaryConv2DAttrs",
            fields=(
                Field("strides", Kind.INTS, (1, 1)),
                Field("padding", Kind.INTS, (0, 0)),
                Field("kernel_size", Kind.INTS, (3, 3)),
                Field("channels", Kind.INT, None, optional=True),
                Field("activation_bits", Kind.INT, 1),
                Field("weight_bits", Kind.INT, 1),
                Field("data_layout", Kind.STR, "NCHW"),
                Field("kernel_layout", Kind.STR, "OIHW"),
                *_PACKING,
            ),
            read=_read_conv,
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw_conv,
    ),
    OpCard(
        name="nn.bitserial_dense",
        inputs=(Input("data"), Input("weight")),
        params=BitDense,
        infer=_infer_dense,
        expand=_expand_dense,
        relay=RelaySpelling(
            name="nn.bitserial_dense",
            attrs_type="relay.attrs.BinaryDenseAttrs",
            fields=(
                Field("units", Kind.INT, optional=True),
                Field("data_bits", Kind.INT, 1),
                Field("weight_bits", Kind.INT, 1),
                *_PACKING,
            ),
            read=_read_dense,
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw_dense,
    ),
)
