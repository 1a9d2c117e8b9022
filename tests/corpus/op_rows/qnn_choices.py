"""Quantized operators: every attribute by itself away from its default."""

from typing import Any

from row_language import K, T, V, relay

FLOAT, INT = "float32", "int32"


def f(value):
    return K(value, FLOAT)


def i(value):
    return K(value, INT)


def int8(*shape):
    return T(shape, "int8", -128, 127)


def uint8(*shape):
    return T(shape, "uint8", 0, 255)


def wide(*shape):
    return T(shape, INT, -3000, 3000)


def scaled(name, *tensors, scales, **attrs: Any):
    """A call whose scales and zero points follow its tensors in turn."""
    return relay(f"qnn.{name}", *tensors, *(f(v) if n % 2 == 0 else i(v) for n, v in enumerate(scales)), **attrs)


def product(name, data, weight, zeros=(3, -2), scales=(0.5, 0.25), **attrs: Any):
    return relay(f"qnn.{name}", data, weight, *map(i, zeros), *map(f, scales), **{"out_dtype": INT, **attrs})


def back(data, weight, scales=(0.5, 0.25), **attrs: Any):
    return product("conv2d_transpose", data, weight, (3, -2), scales, **{**TWO, **attrs})


FOUR: dict[str, Any] = {"channels": 4, "kernel_size": [3, 2]}
TWO: dict[str, Any] = {"channels": 2, "kernel_size": [3, 2]}
DATA, WEIGHT = int8(1, 3, 6, 7), int8(4, 3, 3, 2)
LOSS = (0.5, 3, 0.25, 7)

# fmt: off
ROWS = [
    *[product("conv2d", DATA, WEIGHT, **{**FOUR, **more}) for more in (
        {}, {"strides": [1, 2]}, {"padding": [0, 1, 2, 3]}, {"padding": [1, 2]}, {"dilation": [1, 2]}, {"channels": 5},
        {"kernel_size": [2, 3]}, {"out_layout": "NHWC"}, {"out_layout": "NCHW"}, {"out_dtype": "int16"},
              {"kernel_size": None},
        {"channels": None}, {"strides": [2]})],
    product("conv2d", int8(1, 4, 6, 7), int8(4, 2, 3, 2), **FOUR, groups=2),
    product("conv2d", DATA, WEIGHT, (3, 0), (0.5, 0.25), **FOUR),
    product("conv2d", DATA, WEIGHT, (0, -2), (0.5, 0.25), **FOUR),
    product("conv2d", DATA, WEIGHT, (3, 0), (0.5, [0.25, 0.5, 1.0, 2.0]), **FOUR, padding=[1, 1]),
    product("conv2d", DATA, WEIGHT, (3, -2), ([0.25, 0.5, 1.0, 2.0], 0.5), **FOUR),
    *[back(int8(1, 3, 4, 5), int8(3, 2, 3, 2), **more) for more in (
        {}, {"strides": [1, 2]}, {"padding": [0, 1, 1, 0]}, {"padding": [1, 1]}, {"strides": [2, 3],
              "output_padding": [0, 1]},
        {"dilation": [1, 2]}, {"channels": 3}, {"kernel_size": [2, 3]}, {"out_layout": "NHWC"}, {"out_dtype": "int8"},
        {"kernel_size": None}, {"channels": None}, {"strides": [2, 3], "padding": [1, 0, 0, 1], "output_padding": [1,
              0]})],
    back(int8(1, 4, 4, 5), int8(4, 1, 3, 2), groups=2),
    back(int8(1, 4, 5, 3), int8(3, 2, 2, 3), data_layout="NHWC", kernel_layout="HWOI"),
    back(int8(1, 3, 4, 5), int8(2, 3, 3, 2), kernel_layout="OIHW"),
    back(int8(1, 3, 4, 5), int8(3, 2, 3, 2), (0.5, [0.25, 0.5])),
    back(int8(1, 3, 4, 5), int8(3, 2, 3, 2), ([0.25, 0.5], 0.5)),
    *[product("batch_matmul", int8(2, *a), int8(2, *b), **more) for a, b, more in (
        ((3, 4), (5, 4), {"transpose_b": True}), ((3, 4), (4, 5), {"transpose_b": False}),
        ((4, 3), (5, 4), {"transpose_a": True, "transpose_b": True}), ((4, 4), (4, 4), {"transpose_b": False}))],
    product("batch_matmul", int8(2, 3, 4), int8(2, 5, 4), (3, 0), (0.5, 0.25), transpose_b=True),
    product("batch_matmul", int8(2, 3, 4), int8(2, 5, 4), (0, 3), (0.5, [0.25, 0.5]), transpose_b=True),
    product("batch_matmul", int8(2, 3, 4), int8(2, 5, 4), (0, 3), ([0.25, 0.5], 0.25), transpose_b=True),
    *[product("contrib_dense_pack", int8(3, 4), int8(*weight), (1, 2), (0.5, 0.25), **more) for weight, more in (
        ((2, 1, 3, 4), {"units": 6, "weight_layout": "NC3n4c"}), ((2, 1, 3, 4), {"units": 5,
              "weight_layout": "NC3n4c"}),
        ((2, 4, 3), {"units": 6, "weight_layout": "NC3n"}), ((2, 1, 3, 4), {"units": None, "weight_layout": "NC3n4c"}),
        ((2, 1, 3, 4), {"units": 6, "weight_layout": "NC3n4c", "out_dtype": "int8"}), ((6, 4), {"units": 6}))],
    product("contrib_dense_pack", int8(3, 4), int8(2, 1, 3, 4), (1, [2, 2, 2, 2, 2, 2]), (0.5, 0.25), units=6,
            weight_layout="NC3n4c"),
    product("contrib_dense_pack", int8(3, 4), int8(2, 1, 3, 4), (1, 2), (0.5, [0.25] * 6), units=6,
          weight_layout="NC3n4c"),
    *[scaled("avg_pool2d", int8(1, 2, 6, 7), scales=LOSS, **{"pool_size": [3, 2], **more}) for more in (
        {}, {"strides": [1, 2]}, {"padding": [0, 1, 2, 0]}, {"padding": [1, 1]}, {"padding": [1, 1],
              "count_include_pad": True},
        {"strides": [2, 2], "ceil_mode": True}, {"dilation": [2, 1]}, {"dilation": [1, 2]}, {"out_layout": "NCHW"},
        {"strides": [2, 2], "padding": [1, 0], "ceil_mode": True, "count_include_pad": True})],
    scaled("avg_pool2d", int8(1, 6, 7, 2), scales=LOSS, pool_size=[3, 2], layout="NHWC"),
    *[scaled(name, int8(2, 3), int8(2, 3), scales=(0.5, 3, 0.25, -4, 0.125, 5), **more)
      for name in ("add", "subtract", "mul") for more in ({}, {"lhs_axis": 0}, {"rhs_axis": 0})],
    *[scaled(name, int8(2, 3), int8(2, 3), scales=([0.5, 0.25, 1.5], 3, 0.25, -4, 0.125, 5), lhs_axis=axis)
      for name in ("add", "subtract") for axis in (-1, 1, 0)],  # of mul, TVM aborts
    *[scaled(name, int8(2, 3), int8(2, 3), scales=(0.5, 3, [0.25, 0.75], -4, 0.125, 5), rhs_axis=axis)
      for name in ("add", "subtract") for axis in (0, 1)],
    *[scaled(name, int8(2, 3), int8(2, 3), scales=([0.5, 0.25], 3, [0.25, 0.75, 1.5], -4, 0.125, 5), lhs_axis=0,
          rhs_axis=1)
      for name in ("add", "subtract")],
    *[scaled("requantize", wide(3, 4), scales=(0.37, 2, 0.9, -3), **{"out_dtype": "int8", **more}) for more in (
        {}, {"rounding": "UPWARD"}, {"rounding": "TONEAREST"}, {"compute_dtype": "int64"}, {"compute_dtype": "float32"},
        {"compute_dtype": "float64"}, {"compute_dtype": "float32", "rounding": "TONEAREST"},
        {"compute_dtype": "float64", "rounding": "TONEAREST"}, {"rounding": "UP"}, {"compute_dtype": "int8"})],
    *[scaled("requantize", V([1, 3, 5, -1, -3, -5, 7, -7], INT), scales=(0.5, 0, 1.0, 0), out_dtype="int8",
          **more) for more in (
        {"rounding": "UPWARD"}, {"rounding": "TONEAREST"}, {"rounding": "UPWARD", "compute_dtype": "float32"},
        {"rounding": "TONEAREST", "compute_dtype": "float32"}, {"rounding": "UPWARD", "compute_dtype": "float64"},
        {"rounding": "TONEAREST", "compute_dtype": "float64"})],
    scaled("requantize", wide(2, 3, 4), scales=([0.5, 0.25, 1.75], 2, 0.9, -3), axis=1, out_dtype="int8"),
    scaled("requantize", wide(2, 3, 4), scales=([0.5, 0.25, 1.75], 2, 0.9, -3), axis=-2, out_dtype="int8"),
    scaled("requantize", wide(2, 3, 4), scales=([0.5, 0.25], 2, 0.9, -3), axis=0, out_dtype="uint8"),
    *[relay("qnn.simulated_quantize", T((2, 3, 4), FLOAT, -50, 50), V(1, INT), V(scale), V(zero, INT), axis=axis)
      for scale, zero, axis in (([0.5, 0.25, 2.0], [3, 4, 5], -2), ([0.5, 0.25], [3, 4], 0), ([0.5, 0.25], [3, 4], -3),
                                ([0.5] * 4, [1, 2, 3, 4], -1))],
    *[relay("qnn.simulated_dequantize", T((2, 3, 4), FLOAT, -50, 50), V(1, INT), V(scale), V(zero, INT), axis=axis)
      for scale, zero, axis in (([0.5, 0.25, 2.0], [3, 4, 5], -2), ([0.5, 0.25], [3, 4], 0), ([0.5] * 4, [1, 2, 3, 4],
            -1))],
    relay("qnn.simulated_dequantize", T((2, 3), FLOAT, -50, 50), V(1, INT), V([0.5]), V([3], INT), out_dtype="float16"),
]
