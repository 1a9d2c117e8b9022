"""What Relay says, said in the operators of each Relax release: one call that fits, or its expansion in such calls."""

from typing import Any

import numpy as np
import op_bounds
import pytest
import recorded_ops
from recorded_ops import Call

from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.reference import NumpyFragment, evaluate
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, Type, leaves

CALLS = [call for call in recorded_ops.calls() if call.side == "relay" and call.failed is None]

NEEDS_A_KERNEL = {
    "argmax", "argmin", "nn.adaptive_avg_pool2d", "nn.adaptive_avg_pool3d", "nn.adaptive_max_pool2d",
    "nn.adaptive_max_pool3d", "nn.avg_pool2d", "nn.conv3d_transpose", "scatter_elements", "take",
    "dyn.strided_slice", "image.affine_grid", "image.grid_sample", "image.resize2d", "image.resize3d", "meshgrid",
    "ndarray_size", "one_hot", "reverse_sequence", "searchsorted", "vision.all_class_non_max_suppression",
    "vision.roi_align", "vision.roi_pool",
}  # fmt: skip
"""Cards with a Relax spelling that some release can neither say nor compose for some parameters. These, and those that
Relax has no operator for, become kernels of their own.
"""


class Unsayable(Exception):
    """The card that neither fits nor expands."""


class ReleaseFragment(NumpyFragment):
    """Evaluates an expansion, and sees to it that every call in it can be said in a release."""

    def __init__(self, release: str) -> None:
        self._release = release

    def call(self, card: str, *args: Any, **params: Any) -> Any:
        callee = registry().by_name[card]
        return self.say(callee, callee.params(**params), args)

    def say(self, card: OpCard[Any], params: Any, args: tuple[Any, ...]) -> Any:
        spelling = card.relax_for(self._release)
        types = [self.type_of(arg) for arg in args]
        if spelling and (not spelling.fits or spelling.fits(params, types, self._release) is None):
            return evaluate(card, params, args)
        if card.expand is None:
            raise Unsayable(card.name)
        try:
            return card.expand(params, self, *args)
        except Reject:
            raise Unsayable(card.name) from None


@pytest.mark.parametrize("release", ["0.19", "0.21", "0.24", "0.27"])
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_release_can_say_what_relay_says(call: Call, release: str) -> None:
    params = call.params()
    result = _say(call, release)
    if isinstance(result, Unsayable):
        assert str(result) in NEEDS_A_KERNEL or not registry().by_name[str(result)].relax
        return
    assert call.type is not None
    assert _admits(call.type, NumpyFragment().type_of(result))
    assert op_bounds.worst(call.card, params, call.args, call.types, result) <= 2


def _admits(stated: Type, actual: Type) -> bool:
    """Whether values of the second type are of the first, which may leave dimensions open."""
    pairs = list(zip(leaves(stated), leaves(actual), strict=True))
    assert all(isinstance(a, TensorType) and isinstance(b, TensorType) for a, b in pairs)
    return all(
        (a.dtype, a.rank) == (b.dtype, b.rank) and all(m in (n, ANY) for m, n in zip(a.shape, b.shape, strict=True))
        for a, b in pairs
        if isinstance(a, TensorType) and isinstance(b, TensorType)
    )


def _say(call: Call, release: str) -> Any:
    try:
        with np.errstate(all="ignore"):
            return ReleaseFragment(release).say(call.card, call.params(), call.args)
    except Unsayable as error:
        return error


@pytest.mark.parametrize(("extent", "fits"), [(1 << 16, True), (1 << 60, False)])
def test_what_is_too_large_to_be_compared_is_not_said(extent: int, fits: bool) -> None:
    card = registry().by_name["image.resize2d"]
    spelling = card.relax_for("0.27")
    assert spelling is not None
    assert spelling.fits is not None
    params = card.params((extent, 1), (0.0,) * 4, "NCHW", "nearest_neighbor", "half_pixel", "round", -0.5, 0, 0.0)
    reason = spelling.fits(params, [TensorType((1, 1, 1, 1), "float32")], "0.27")
    assert (reason is None) == fits
