"""dft and stft: discrete Fourier transforms, of whole rows and of overlapping windows.

Complex numbers are pairs: dft takes and gives real and imaginary parts as two tensors, stft gives them as a last
dimension of two. TVM 0.19 computes angles in float32, so their error grows with the length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import resampling, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Dft:
    """``inverse``: the inverse transform, which divides by the length."""

    inverse: bool


@dataclass(frozen=True, slots=True)
class Stft:
    """Windows of ``win_length`` elements, ``hop_length`` apart; ``n_fft`` frequencies, or half of them and one.

    ``normalized`` divides by the square root of ``n_fft``.
    """

    n_fft: int
    hop_length: int
    win_length: int
    normalized: bool
    onesided: bool


def _infer_dft(_params: Dft, re: Type, im: Type) -> Type:
    return TupleType((rules.tensor(re, 0), rules.tensor(im, 1)))


def _dft(params: Dft, re: Array, im: Array) -> tuple[Array, Array]:
    _check_parts(re.shape, im.shape)
    values: Any = re.astype(np.float64) + 1j * im.astype(np.float64)
    result = np.fft.ifft(values) if params.inverse else np.fft.fft(values)
    return result.real.astype(re.dtype), result.imag.astype(im.dtype)


def _wave(name: str, position: PrimExpr, length: Dim) -> PrimExpr:
    """The sine or cosine of a fraction of a turn."""
    angle = (position % length).astype("float64") * (2 * math.pi / _float(length))
    return prim.intrinsic(name, angle)


def _float(length: Dim) -> PrimExpr:
    return shapes.as_expr(length).astype("float64")


def _check_parts(re: Shape, im: Shape) -> None:
    if len(re) != len(im) or any(map(shapes.prove_different, re, im)):
        raise Reject(f"the imaginary part has shape {rules.show(im)}, the real part {rules.show(re)}", 1)


def _lower_dft(params: Dft, b: LoopBuilder, re: Tensor, im: Tensor) -> tuple[Tensor, Tensor]:
    _check_parts(re.shape, im.shape)
    length, sign = re.shape[-1], -1.0 if params.inverse else 1.0
    factor = prim.const(1.0, "float64") / _float(length) if params.inverse else prim.const(1.0, "float64")

    def part(first: Tensor, second: Tensor, turn: float, dtype: str) -> Tensor:
        def term(*i: PrimExpr) -> PrimExpr:
            *place, n, k = i
            at = (*place, k)
            rotated = second[at].astype("float64") * _wave("sin", n * k, length) * turn
            return (first[at].astype("float64") * _wave("cos", n * k, length) + rotated) * factor

        total = b.reduce(re.shape, (length,), term, Combiner.SUM, dtype="float64", name="T_dft")
        return b.compute(re.shape, lambda *i: total[i].astype(dtype), name="T_dft")

    return part(re, im, sign, re.dtype), part(im, re, -sign, im.dtype)


def _dft_size(params: Dft, re: Array, im: Array) -> tuple[Array, Array]:
    total = np.sum(np.abs(re) + np.abs(im), axis=-1, keepdims=True)
    size = np.broadcast_to(total / re.shape[-1] if params.inverse else total, re.shape)
    return size, size


def _dft_factor(_params: Dft, re: TensorType, _im: TensorType) -> float:
    return _angles(re.shape[-1])


def _angles(length: Dim) -> float:
    """An angle of up to 2 pi per element, rounded to float32 whatever the element type, and the accumulation."""
    return 10.0 * length if isinstance(length, int) else 65536.0


def _infer_stft(params: Stft, data: Type, window: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.tensor(window, 1)
    if source.rank not in (1, 2):
        raise Reject(f"expected a vector or a batch of vectors, got {rules.show(source.shape)}", 0)
    if params.hop_length == 0:
        raise Reject("hop_length must not be 0")
    frames = shapes.add(shapes.floor_divide(shapes.subtract(source.shape[-1], params.n_fft), params.hop_length), 1)
    return TensorType((*source.shape[:-1], _rows(params), frames, 2), source.dtype)


def _rows(params: Stft) -> int:
    return params.n_fft // 2 + 1 if params.onesided else params.n_fft


def _check_window(params: Stft, shape: Shape) -> None:
    """What TVM 0.19 does not look at: its kernel reads whatever stands behind the data."""
    if not 0 < params.win_length <= params.n_fft:
        raise Reject(f"win_length must be from 1 to n_fft, {params.n_fft}, not {params.win_length}")
    if len(shape) != 1 or (isinstance(shape[0], int) and shape[0] < params.win_length):
        raise Reject(f"expected a vector of win_length, {params.win_length} elements, got {rules.show(shape)}", 1)


def _cut(params: Stft, x: Array, window: Array) -> Array:
    """The elements under each window, weighted."""
    starts = rules.steps((x.shape[-1] - params.n_fft) // params.hop_length + 1) * params.hop_length
    under = starts[:, None] + rules.steps(params.win_length)
    return x[..., under].astype(np.float64) * window[: params.win_length]


def _stft(params: Stft, x: Array, window: Array) -> Array:
    _check_window(params, window.shape)
    cut = _cut(params, x, window)
    angles = 2 * math.pi * np.outer(rules.steps(_rows(params)), rules.steps(params.win_length)) / params.win_length
    parts = [np.einsum("...tw,fw->...ft", cut, wave) for wave in (np.cos(angles), -np.sin(angles))]
    result = cast(Array, np.stack(parts, axis=-1))
    return (result / math.sqrt(params.n_fft) if params.normalized else result).astype(x.dtype)


def _lower_stft(params: Stft, b: LoopBuilder, x: Tensor, window: Tensor) -> Tensor:
    _check_window(params, window.shape)
    result = rules.tensor(_infer_stft(params, TensorType(x.shape, x.dtype), TensorType(window.shape)), 0)
    scale = 1 / math.sqrt(params.n_fft) if params.normalized else 1.0

    def term(*i: PrimExpr) -> PrimExpr:
        *batch, row, frame, part, k = i
        weighted = window[k].astype("float64") * x[(*batch, frame * params.hop_length + k)].astype("float64")
        waves = (_wave(name, row * k, params.win_length) for name in ("cos", "sin"))
        real, imaginary = (weighted * wave * scale for wave in waves)
        return prim.select(part.equal(0), real, prim.const(0.0, "float64") - imaginary)

    total = b.reduce(result.shape, (params.win_length,), term, Combiner.SUM, dtype="float64", name="T_stft")
    return b.compute(result.shape, lambda *i: total[i].astype(x.dtype), name="T_stft")


def _stft_size(params: Stft, x: Array, window: Array) -> Array:
    total = np.abs(_cut(params, x, window)).sum(axis=-1)
    size = total[..., None, :, None] / (math.sqrt(params.n_fft) if params.normalized else 1)
    return np.broadcast_to(size, (*x.shape[:-1], _rows(params), total.shape[-1], 2))


def _stft_factor(params: Stft, _data: TensorType, _window: TensorType) -> float:
    return _angles(params.win_length)


def _draw_dft(d: Draw) -> Drawn:
    part = TensorType(d.shape(1, 3, most=6), d.one_of(*FLOATS))
    return Drawn(Dft(d.flag()), (part, part))


def _draw_stft(d: Draw) -> Drawn:
    n_fft, hop, dtype = d.integer(1, 6), d.integer(1, 3), d.one_of(*FLOATS)
    win = d.integer(1, n_fft)
    data = TensorType((*d.shape(0, 1), n_fft + d.integer(0, 6)), dtype)
    return Drawn(Stft(n_fft, hop, win, d.flag(), not d.flag()), (data, TensorType((win,), dtype)))


CARDS = (
    OpCard(
        name="dft",
        inputs=(Input("re_data"), Input("im_data")),
        params=Dft,
        infer=_infer_dft,
        reference=_dft,
        lower=_lower_dft,
        relay=RelaySpelling(
            name="dft",
            attrs_type="relay.attrs.DFTAttrs",
            declared=False,
            fields=(Field("inverse", Kind.BOOL, False),),
        ),
        error=Rounding(factor=_dft_factor, magnitude=_dft_size, coarser=resampling.coarser),
        draw=_draw_dft,
    ),
    OpCard(
        name="stft",
        inputs=(Input("data"), Input("window")),
        params=Stft,
        infer=_infer_stft,
        reference=_stft,
        lower=_lower_stft,
        relay=RelaySpelling(
            name="stft",
            attrs_type="relay.attrs.StftAttrs",
            declared=False,
            fields=(
                Field("n_fft", Kind.INT, -1),
                Field("hop_length", Kind.INT, -1),
                Field("win_length", Kind.INT, -1),
                Field("normalized", Kind.BOOL, False),
                Field("onesided", Kind.BOOL, True),
            ),
        ),
        error=Rounding(factor=_stft_factor, magnitude=_stft_size, coarser=resampling.coarser),
        laws=frozenset((Law.ODD, Law.SCALES)),
        draw=_draw_stft,
    ),
)
