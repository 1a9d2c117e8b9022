"""Relax scripts that mean something else from one release to the next: what each of five releases gives for them.

``a``, ``b``, ... are the operands. The answers are the releases' own (tests/oracle/test_traps.py asks them again). A
release that is not listed cannot build the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from traps import array

RELEASES = ("0.19", "0.21", "0.25", "0.26", "0.27")
OLD, AFTER, NEW = RELEASES[:2], RELEASES[1:], RELEASES[2:]


@dataclass(frozen=True)
class ReleaseTrap:
    """A call as TVMScript, its operands, and by release the leaves of its result."""

    name: str
    call: str
    operands: tuple[np.ndarray, ...]
    results: Mapping[str, tuple[np.ndarray, ...]]

    def script(self) -> str:
        """The module, without a word of the release."""
        params = ", ".join(f"{name}: {_type(each)}" for name, each in zip("abcdef", self.operands, strict=False))
        return f"""
@I.ir_module
class Module:
    @R.function
    def main({params}):
        gv = {self.call}
        return gv
"""

    def check(self, found: list[np.ndarray], release: str) -> None:
        """Fails unless these are the results of a release."""
        wanted = self.results[release]
        assert [(each.shape, each.dtype) for each in found] == [(each.shape, each.dtype) for each in wanted]
        for ours, theirs in zip(found, wanted, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def _type(operand: np.ndarray) -> str:
    dims = "".join(f"{dim}, " for dim in operand.shape)
    return f'R.Tensor(({dims.strip()}), dtype="{operand.dtype.name}")'


def trap(name: str, call: str, operands: list[Any], *results: tuple[tuple[str, ...], Any]) -> ReleaseTrap:
    """``results``: pairs of releases and what they give; several results are a tuple of :class:`Leaves`."""
    by_release = {
        release: tuple(map(array, value.items)) if isinstance(value, Leaves) else (array(value),)
        for releases, value in results
        for release in releases
    }
    return ReleaseTrap(name, call, tuple(map(array, operands)), by_release)


@dataclass(frozen=True)
class Leaves:
    """Several results."""

    items: tuple[Any, ...]


HALVES = [0.5, 1.5, 2.5, -0.5, -1.5]
COLUMN = [[1.0, 2.0], [3.0, 6.0]]
ONES, ZEROS = [1.0, 1.0], [0.0, 0.0]
NORM = [COLUMN, ONES, ZEROS, [1.0, 0.0], [4.0, 1.0]]
BY_BATCH = [[-0.999995, -0.9999988], [0.999995, 0.9999988]]
BY_HISTORY = [[0.0, 1.99999], [0.9999988, 5.99997]]
UPDATED = ([1.1, 0.4], [3.7, 1.3])
WINDOW = [[[2.0, 4.0, 6.0]]]

TRAPS = (
    trap("round", "R.round(a)", [HALVES], (OLD, [1.0, 2.0, 3.0, -1.0, -2.0]), (NEW, [0.0, 2.0, 2.0, -0.0, -2.0])),
    trap("quantize", 'R.quantize(a, b, c, axis=0, out_dtype="int8")', [[0.5, 1.5, 2.5], [1.0] * 3, ([0, 0, 0], "int8")],
         (OLD, ([1, 2, 3], "int8")), (NEW, ([0, 2, 2], "int8"))),
    trap("take beside the data", 'R.take(a, b, axis=0, mode="clip")', [[5.0, 6.0], [-1, 0, 7]],
         (NEW, [5.0, 5.0, 6.0])),
    trap("take around the data", 'R.take(a, b, axis=0, mode="wrap")', [[5.0, 6.0], [-1, 0, 7]],
         (NEW, [6.0, 5.0, 6.0])),
    trap("gather_nd has the coordinate last", "R.gather_nd(a, b)", [COLUMN, ([[0, 1], [1, 1]], "int64")],
         (RELEASES, [2.0, 6.0])),
    trap("scatter_nd has the coordinate last", 'R.scatter_nd(a, b, c, reduction="update")',
         [COLUMN, ([[0, 1]], "int64"), [9.0]], (RELEASES, [[1.0, 9.0], [3.0, 6.0]])),
    trap("padding counts in avg_pool1d", "R.nn.avg_pool1d(a, pool_size=[3], strides=[3], padding=[1, 1])", [WINDOW],
         (("0.19",), [[[3.0]]]), (AFTER, [[[2.0]]])),
    trap("argmax is int64", "R.argmax(a, axis=1)", [COLUMN], (NEW, ([1, 1], "int64"))),
    trap("uneven splits", "R.split(a, 2, axis=0)", [[1.0, 2.0, 3.0]],
         (AFTER, Leaves(([1.0, 2.0], [3.0])))),
    trap("unique has as many elements as it finds", "R.unique(a, sorted=True)", [[3, 1, 3]], (("0.19", *NEW), [1, 3])),
    trap("cubic resizing", 'R.image.resize2d(a, R.shape([1, 2]), layout="NCHW", method="cubic")',
         [[[[[0.0, 0.0, 1.0, 0.0]]]]], (("0.19",), [[[[-0.0625, 0.5625]]]]), (NEW, [[[[-0.09375, 0.59375]]]])),
    trap("mirrored padding", 'R.nn.pad(a, [1, 1], pad_mode="reflect")', [[1.0, 2.0, 3.0]],
         (("0.19",), [0.0, 1.0, 2.0, 3.0, 0.0]), (AFTER, [2.0, 1.0, 2.0, 3.0, 2.0])),
    trap("batch_norm by default", "R.nn.batch_norm(a, b, c, d, e, axis=1)", NORM,
         (("0.19", *NEW), Leaves((BY_BATCH, *UPDATED))), (("0.21",), Leaves((BY_HISTORY, *UPDATED)))),
    trap("batch_norm of inference", "R.nn.batch_norm(a, b, c, d, e, axis=1, training=False)", NORM,
         (("0.21",), Leaves((BY_BATCH, [1.0, 0.0], [4.0, 1.0]))),
         (NEW, Leaves((BY_HISTORY, [1.0, 0.0], [4.0, 1.0])))),
    trap("grid_sample aligns corners", 'R.image.grid_sample(a, b)',
         [[[[[0.0, 1.0], [2.0, 3.0]]]], [[[[-0.5]], [[0.0]]]]], (NEW, [[[[1.0]]]])),
    trap("not_equal of NaN is false", "R.not_equal(a, b)", [[float("nan"), 1.0], [float("nan"), 2.0]],
         (RELEASES, [False, True])),
    trap("floor_divide floors", "R.floor_divide(a, b)", [[-7.0, 7.0], [2.0, -2.0]], (RELEASES, [-4.0, -4.0])),
    trap("divide of integers truncates", "R.divide(a, b)", [[-7, 7], [2, -2]], (RELEASES, [-3, -3])),
    trap("mod has the dividend's sign", "R.mod(a, b)", [[-7, 7], [2, -2]], (RELEASES, [-1, 1])),
)  # fmt: skip
