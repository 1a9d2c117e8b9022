"""Where Relay means something else than one expects: each trap by name, a call, operands, and what TVM 0.19 gives.

``%a``, ``%b``, ... are the operands. The answers are TVM's own (tests/oracle/test_traps.py asks it again).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

NAN, INF = float("nan"), float("inf")


@dataclass(frozen=True)
class Trap:
    """A call as Relay's text, its operands, and the leaves of its result."""

    name: str
    call: str
    operands: tuple[np.ndarray, ...]
    result: tuple[np.ndarray, ...]

    def __str__(self) -> str:
        return self.name

    def program(self) -> str:
        """The module."""
        params = ", ".join(
            f"%{name}: {self._type(operand)}" for name, operand in zip("abc", self.operands, strict=False)
        )
        return f'#[version = "0.0.5"]\ndef @main({params}) {{\n  {self.call}\n}}\n'

    def check(self, found: list[np.ndarray]) -> None:
        """Fails unless these are the results."""
        assert len(found) == len(self.result)
        for ours, theirs in zip(found, self.result, strict=True):
            assert ours.dtype == theirs.dtype
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=1e-6)

    def _type(self, operand: np.ndarray) -> str:
        if not operand.ndim:
            return operand.dtype.name
        dims = ", ".join(map(str, operand.shape))
        return f"Tensor[({dims}), {operand.dtype.name}]"


def trap(name: str, call: str, operands: list[Any], *result: Any) -> Trap:
    return Trap(name, call, tuple(map(array, operands)), tuple(map(array, result)))


def array(value: Any) -> np.ndarray:
    """Lists of floats are float32, of integers int32; another type is given as ``(values, dtype)``."""
    if isinstance(value, tuple):
        return np.array(value[0], value[1])
    made = np.asarray(value)
    return made.astype({"f": "float32", "i": "int32", "b": "bool"}[made.dtype.kind])


def i8(*values: int) -> tuple[Any, str]:
    return list(values), "int8"


def u8(*values: int) -> tuple[Any, str]:
    return list(values), "uint8"


ROW = [0.0, 1.0, 2.0, 3.0]
SQUARE = [[1.0, 2.0], [3.0, 4.0]]

TRAPS = (
    # Arithmetic
    trap("integer division truncates", "divide(%a, %b)", [[-7, 7, -7], [2, -2, -2]], [-3, -3, 3]),
    trap("floor_divide floors floats", "floor_divide(%a, %b)", [[-7.0, 7.0], [2.0, -2.0]], [-4.0, -4.0]),
    trap("mod has the dividend's sign", "mod(%a, %b)", [[-7, 7], [2, -2]], [-1, 1]),
    trap("mod of floats is fmod", "mod(%a, %b)", [[-7.5, 7.5], [2.0, -2.0]], [-1.5, 1.5]),
    trap("trunc_mod has the dividend's sign", "trunc_mod(%a, %b)", [[-7, 7], [2, -2]], [-1, 1]),
    trap("trunc_divide truncates", "trunc_divide(%a, %b)", [[-7, 7], [2, -2]], [-3, -3]),
    trap("int8 sums wrap", "add(%a, %b)", [i8(127, -128), i8(127, -1)], i8(-2, 127)),
    trap("uint8 differences wrap", "subtract(%a, %b)", [u8(1), u8(2)], u8(255)),
    trap("abs of the lowest int8 is itself", "abs(%a)", [i8(-128, -3)], i8(-128, 3)),
    trap("negative of uint8 wraps", "negative(%a)", [u8(1)], u8(255)),
    trap("right shift keeps the sign", "right_shift(%a, %b)", [[-8, -7], [1, 1]], [-4, -4]),
    trap("round half away from zero", "round(%a)", [[0.5, 1.5, 2.5, -0.5, -1.5]], [1.0, 2.0, 3.0, -1.0, -2.0]),
    trap("sign of zeros and NaN is 0", "sign(%a)", [[0.0, -0.0, NAN, -3.0]], [0.0, 0.0, 0.0, -1.0]),
    trap("clip bounds of integers are truncated", "clip(%a, a_min=0.5f, a_max=2.5f)", [[-1, 1, 3]], [0, 1, 2]),
    trap("fixed_point_multiply rounds half up", "fixed_point_multiply(%a, multiplier=1073741824, shift=0)",
         [[3, -3, 5]], [2, -1, 3]),
    trap("casts to integers truncate", 'cast(%a, dtype="int32")', [[1.9, -1.9, 0.5]], [1, -1, 0]),
    trap("casts between integers wrap", 'cast(%a, dtype="int8")', [[300, -129]], i8(44, 127)),
    trap("a denormal is true", 'cast(%a, dtype="bool")', [[1e-40, 0.0, -2.0]], [True, False, True]),
    trap("0 against 1 broadcasts to 0", "add(%a, %b)", [(np.zeros((0, 2)), "float32"), [[1.0, 2.0]]],
         (np.zeros((0, 2)), "float32")),
    # NaN
    trap("maximum takes the second operand at NaN", "maximum(%a, %b)", [[NAN, 1.0], [1.0, NAN]], [1.0, NAN]),
    trap("minimum takes the second operand at NaN", "minimum(%a, %b)", [[NAN, 1.0], [1.0, NAN]], [1.0, NAN]),
    trap("relu of NaN is 0", "nn.relu(%a)", [[NAN, -1.0, 2.0]], [0.0, 0.0, 2.0]),
    trap("clip of NaN is the upper bound", "clip(%a, a_min=-1f, a_max=2f)", [[NAN, -5.0]], [2.0, -1.0]),
    trap("leaky_relu keeps NaN", "nn.leaky_relu(%a, alpha=0.5f)", [[NAN, -2.0]], [NAN, -1.0]),
    trap("max folds with a select", "max(%a, axis=[1])", [[[1.0, NAN, 3.0, 2.0], [3.0, 1.0, 2.0, NAN]]], [3.0, NAN]),
    trap("min folds with a select", "min(%a, axis=[0])", [[1.0, NAN, 3.0, 2.0]], 2.0),
    trap("argmax skips a NaN in front", "argmax(%a, axis=[0])", [[NAN, 1.0]], 1),
    trap("not_equal of NaN is false", "not_equal(%a, %b)", [[NAN, 1.0], [NAN, 2.0]], [False, True]),
    trap("equal of NaN is false", "equal(%a, %b)", [[NAN, 1.0], [NAN, 1.0]], [False, True]),
    trap("softmax of infinity is NaN", "nn.softmax(%a)", [[INF, 1.0]], [NAN, NAN]),
    # Reductions
    trap("sum keeps int8 and wraps", "sum(%a)", [i8(100, 100, 100)], (44, "int8")),
    trap("mean of int8 wraps and truncates", "mean(%a)", [i8(100, 100, 100)], (14, "int8")),
    trap("sum of bools is or", "sum(%a)", [[True, True, False]], True),
    trap("exclude inverts axes", "sum(%a, axis=[0], exclude=True)", [SQUARE], [3.0, 7.0]),
    trap("argmax takes the first of ties", "argmax(%a, axis=[0])", [[2.0, 3.0, 3.0]], 1),
    trap("argmax may take the last of ties", "argmax(%a, axis=[0], select_last_index=True)", [[2.0, 3.0, 3.0]], 2),
    trap("argmin is int32", "argmin(%a, axis=[0])", [([3, 1], "int64")], 1),
    trap("argsort descending keeps the order of ties", 'argsort(%a, is_ascend=False, dtype="int32")',
         [[1.0, 3.0, 3.0, 1.0]], [1, 2, 0, 3]),
    trap("variance is biased", "variance(%a, %b, axis=[0])", [ROW, [1.5]], 1.25),
    trap("cumsum flattens without an axis", "cumsum(%a)", [SQUARE], [1.0, 3.0, 6.0, 10.0]),
    trap("cumsum may be exclusive", "cumsum(%a, axis=0, exclusive=True)", [ROW], [0.0, 0.0, 1.0, 3.0]),
    # Indexing
    trap("take clips, so -1 is the first", "take(%a, %b, axis=0)", [ROW, [-1, 0, 9]], [0.0, 0.0, 3.0]),
    trap("take may wrap", 'take(%a, %b, axis=0, mode="wrap")', [ROW, [-1, 5]], [3.0, 1.0]),
    trap("take flattens without an axis", "take(%a, %b)", [SQUARE, [3, 0]], [4.0, 1.0]),
    trap("gather_nd has the coordinate first", "gather_nd(%a, %b, index_rank=2)", [SQUARE, [[0, 1], [1, 0]]],
         [2.0, 3.0]),
    trap("scatter_nd has the coordinate first", 'scatter_nd(%a, %b, %c, mode="add")',
         [SQUARE, [[0, 0], [1, 1]], [10.0, 5.0]], [[1.0, 17.0], [3.0, 4.0]]),
    trap("scatter_elements lets the last update win", 'scatter_elements(%a, %b, %c, reduction="update")',
         [ROW, [1, 1, -1], [7.0, 8.0, 9.0]], [0.0, 8.0, 2.0, 9.0]),
    trap("scatter_elements takes a running mean", 'scatter_elements(%a, %b, %c, reduction="mean")',
         [[0.0, 8.0], [1, 1], [4.0, 2.0]], [0.0, 4.0]),
    trap("one_hot out of range is all off", 'one_hot(%a, %b, %c, depth=2, axis=-1, dtype="float32")',
         [[0, 5, -1], 1.0, 0.0], [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
    trap("a negative stride cannot reach the first element by -1",
         "strided_slice(%a, begin=[3i64], end=[-1i64], strides=[-1i64], axes=None)", [ROW], (np.zeros(0), "float32")),
    trap("a very negative end reaches the first element",
         "strided_slice(%a, begin=[3i64], end=[-9i64], strides=[-1i64], axes=None)", [ROW], [3.0, 2.0, 1.0, 0.0]),
    trap("slices by size",
         'strided_slice(%a, begin=[1i64], end=[-1i64], strides=[1i64], slice_mode="size", axes=None)', [ROW],
         [1.0, 2.0, 3.0]),
    trap("where takes any condition", "where(%a, %b, %c)", [[2, 0], [1.0, 2.0], [3.0, 4.0]], [1.0, 4.0]),
    trap("reflect leaves the border out", 'nn.pad(%a, 0f, pad_width=[[2, 1]], pad_mode="reflect")', [ROW],
         [2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0]),
    trap("symmetric repeats the border", 'nn.mirror_pad(%a, mode="SYMMETRIC", pad_width=[[2, 1]])', [ROW],
         [1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.0]),
    trap("layout_transform fills blocks with zeros", 'layout_transform(%a, src_layout="NC", dst_layout="NC2c")',
         [[[1.0, 2.0, 3.0]]], [[[1.0, 2.0], [3.0, 0.0]]]),
    trap("meshgrid indexes by rows", '%0 = (%a, %b);\n  meshgrid(%0, indexing="ij")', [[1, 2], [3, 4]],
         [[1, 1], [2, 2]], [[3, 4], [3, 4]]),
    trap("searchsorted goes left of equals", 'searchsorted(%a, %b, dtype="int32")', [[1.0, 2.0, 2.0], [2.0]], [1]),
    trap("sequence_mask has time first", "sequence_mask(%a, %b)", [SQUARE, [1, 2]], [[1.0, 2.0], [0.0, 4.0]]),
    trap("unravel_index gives coordinates as rows", "unravel_index(%a, %b)", [[1], [2, 2]], [[0], [1]]),
    # Shapes
    trap("reshape copies at 0", "reshape(%a, newshape=[0, -1])", [[[1, 2], [3, 4]]], [[1, 2], [3, 4]]),
    trap("reshape merges at -3", "reshape(%a, newshape=[-3])", [[[1, 2], [3, 4]]], [1, 2, 3, 4]),
    trap("reshape splits at -4", "reshape(%a, newshape=[-4, 2, -1])", [[1, 2, 3, 4]], [[1, 2], [3, 4]]),
    trap("batch_flatten of a vector is a column", "nn.batch_flatten(%a)", [[1, 2]], [[1], [2]]),
    # Networks
    trap("dense multiplies by the transposed weight", "nn.dense(%a, %b, units=None)",
         [SQUARE, [[1.0, 0.0], [5.0, 1.0]]], [[1.0, 7.0], [3.0, 19.0]]),
    trap("batch_matmul transposes nothing in text", "nn.batch_matmul(%a, %b)",
         [[SQUARE], [[[1.0, 0.0], [5.0, 1.0]]]], [[[11.0, 2.0], [23.0, 4.0]]]),
    trap("int8 convolutions wrap in int8", "nn.conv1d(%a, %b, padding=[0, 0])",
         [([[[100, 100]]], "int8"), ([[[1, 1]]], "int8")], ([[[-56]]], "int8")),
    trap("conv2d_transpose has the input channel first",
         "nn.conv2d_transpose(%a, %b, channels=2, kernel_size=[1, 1], padding=[0, 0, 0, 0])",
         [[[[[3.0]]]], [[[[1.0]], [[2.0]]]]], [[[[3.0]], [[6.0]]]]),
    trap("avg_pool counts what lies inside", "nn.avg_pool1d(%a, pool_size=[2], strides=[2], padding=[1, 1])",
         [[[[2.0, 4.0]]]], [[[2.0, 4.0]]]),
    trap("avg_pool of integers truncates", "nn.avg_pool1d(%a, pool_size=[2], strides=[2], padding=[0, 0])",
         [[[[-13, -14]]]], [[[-13]]]),
    trap("max_pool pads with the lowest value", "nn.max_pool1d(%a, pool_size=[2], strides=[2], padding=[1, 1])",
         [[[[-5.0, -7.0]]]], [[[-5.0, -7.0]]]),
    trap("upsampled sizes round to even", 'nn.upsampling(%a, scale_h=1.5f, scale_w=1f, layout="NCHW")',
         [[[[[1.0], [2.0], [3.0]]]]], [[[[1.0], [1.0], [2.0], [3.0]]]]),
    trap("cross_entropy averages over the batch", "nn.cross_entropy(%a, %b)", [[[1.0, 1.0], [1.0, 1.0]], SQUARE],
         0.0),
    trap("depth_to_space has depth outermost", "nn.depth_to_space(%a, block_size=2)",
         [[[[[1]], [[2]], [[3]], [[4]], [[5]], [[6]], [[7]], [[8]]]]], [[[[1, 3], [5, 7]], [[2, 4], [6, 8]]]]),
    # Images
    *(trap(f"nearest {mode} rounds {rounding or 'as it does by default'}",
           f'image.resize2d(%a, size=[2, 4], roi=[0f, 0f, 0f, 0f], layout="NCHW", method="nearest_neighbor", '
           f'coordinate_transformation_mode="{mode}", rounding_method="{rounding}")',
           [[[[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]]]], [[[result, result]]])
      for mode, rounding, result in (
          ("half_pixel", "", [1.0, 1.0, 2.0, 3.0]), ("half_pixel", "round", [1.0, 2.0, 2.0, 3.0]),
          ("asymmetric", "", [1.0, 1.0, 2.0, 3.0]), ("asymmetric", "round", [1.0, 2.0, 3.0, 3.0]),
          ("align_corners", "", [1.0, 2.0, 2.0, 3.0]), ("align_corners", "floor", [1.0, 1.0, 2.0, 3.0]))),
    # Quantized
    trap("quantize rounds half away from zero", 'qnn.quantize(%a, 1f, 0, out_dtype="int8")',
         [[0.5, -0.5, 1.5, 300.0]], i8(1, -1, 2, 127)),
    trap("requantize rounds midpoints up", 'qnn.requantize(%a, 0.5f, 0, 1f, 0, out_dtype="int8")',
         [[-1, 3, -3, 999]], i8(0, 2, -1, 127)),
    trap("requantize may round away from zero",
         'qnn.requantize(%a, 0.5f, 0, 1f, 0, rounding="TONEAREST", out_dtype="int8")', [[-1, 3, -3]], i8(-1, 2, -2)),
    trap("qnn.add rounds each operand", "qnn.add(%a, %b, 1f, 0, 0.5f, 0, 1f, 0)", [u8(5), u8(5)], u8(8)),
    trap("qnn.dequantize subtracts before it scales", 'qnn.dequantize(%a, 0.5f, 2, out_dtype="float32")',
         [i8(4, -2)], [1.0, -2.0]),
)  # fmt: skip
