"""Quantized operators. Scales and zero points are constants, as TVM's canonicalisation asks for."""

from row_language import K, T, V, relay

F, I = "float32", "int32"  # noqa: E741


def f(value):
    return K(value, F)


def i(value):
    return K(value, I)


def int8(*shape):
    return T(shape, "int8", -128, 127)


def uint8(*shape):
    return T(shape, "uint8", 0, 255)


def int32(*shape):
    return T(shape, I, -3000, 3000)


HALVES = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 1e9, -1e9, 0.0, 126.4, float("nan")]
EDGE = V([-7, -5, -3, -1, 0, 1, 3, 5, 7, 100, -100, 32767], I)
PERCHANNEL = ([0.5, 0.25, 1.75], [3, -2, 0])


def quantize(data, scale, zero_point, **attrs):
    return relay("qnn.quantize", data, scale, zero_point, **attrs)


def dequantize(data, scale, zero_point, **attrs):
    return relay("qnn.dequantize", data, scale, zero_point, **attrs)


def requantize(data, *scales, **attrs):
    return relay("qnn.requantize", data, *(f(v) if n % 2 == 0 else i(v) for n, v in enumerate(scales)), **attrs)


def binary(name, lhs, rhs, *scales, **attrs):
    return relay(f"qnn.{name}", lhs, rhs, *(f(v) if n % 2 == 0 else i(v) for n, v in enumerate(scales)), **attrs)


def unary(name, data, *scales, **attrs):
    return relay(f"qnn.{name}", data, *(f(v) if n % 2 == 0 else i(v) for n, v in enumerate(scales)), **attrs)


def product(name, data, weight, zeros, scales, **attrs):
    return relay(f"qnn.{name}", data, weight, *map(i, zeros), *map(f, scales), **{"out_dtype": I, **attrs})


def conv(data, weight, zeros=(3, -2), scales=(0.5, 0.25), **attrs):
    return product("conv2d", data, weight, zeros, scales, **attrs)


FOUR = {"channels": 4, "kernel_size": [3, 3]}
TWO = {"channels": 2, "kernel_size": [3, 3]}

# fmt: off
ROWS = [
    quantize(V(HALVES), f(1.0), i(0), out_dtype="int8"),
    quantize(V(HALVES), f(0.5), i(10), out_dtype="uint8"),
    quantize(T((3, 4), F, -50, 50), f(0.37), i(-3), out_dtype="int8"),
    quantize(T((3, 4), F, -50, 50), f(0.01), i(100), out_dtype="int16"),
    quantize(T((3, 4), F, -50, 50), f(0.001), i(100), out_dtype="uint16"),
    quantize(T((3, 4), F, -50, 50), f(0.001), i(-100), out_dtype="int32"),
    quantize(T((2, 3, 4), F, -50, 50), f(PERCHANNEL[0]), i(PERCHANNEL[1]), axis=1, out_dtype="int8"),
    quantize(T((2, 3), F, -50, 50), f(PERCHANNEL[0]), i(PERCHANNEL[1]), out_dtype="int8"),
    quantize(T((2, 3), F, -50, 50), f(PERCHANNEL[0]), i(1), axis=-1, out_dtype="uint8"),
    quantize(T((2, 3), F), T((), F, 0.5, 1.0), V(3, I), out_dtype="int8"),
    quantize(T((), F), f(0.5), i(1), out_dtype="int8"),
    quantize(T((2, 3), F), f([0.5, 0.25]), i(1), out_dtype="int8"),
    quantize(T((2, 3), F), f([0.5, 0.25]), i(1), out_dtype="int8", axis=2),
    quantize(T((2, 3), F), f(0.5), i(1), out_dtype="int8", axis=5),
    quantize(T((2, 3), F), f(0.5), i(1), out_dtype="int64"),
    quantize(T((2, 3), F), f(0.5), K(1, "int64"), out_dtype="int8"),
    quantize(T((2, 3), "float16"), f(0.5), i(1), out_dtype="int8"),
    dequantize(int8(3, 4), f(0.37), i(-3), out_dtype=F),
    dequantize(uint8(3, 4), f(0.37), i(128), out_dtype=F),
    dequantize(T((3, 4), "int16", -30000, 30000), f(0.01), i(5), out_dtype=F),
    dequantize(T((3, 4), "uint16", 0, 60000), f(0.01), i(5), out_dtype=F),
    dequantize(int32(3, 4), f(1.7), i(5), out_dtype=F),
    dequantize(T((3, 4), I, -300000, 300000), f(1.7), i(5), out_dtype="float16"),
    dequantize(int8(2, 3, 4), f(PERCHANNEL[0]), i(PERCHANNEL[1]), axis=1, out_dtype=F),
    dequantize(int8(2, 3), f(PERCHANNEL[0]), i(4), out_dtype=F),
    dequantize(int8(2, 3), f([0.5]), i([4]), out_dtype=F),
    dequantize(int8(2, 3), f([0.5]), i(PERCHANNEL[1]), out_dtype=F),
    dequantize(int8(2, 3), f([0.5, 0.25]), i(4), out_dtype=F),
    dequantize(int8(2, 3), f(0.5), i(4), out_dtype="float64"),
    dequantize(T((2, 3), "int64", -5, 5), f(0.5), i(4), out_dtype=F),
    requantize(EDGE, 0.5, 0, 1.0, 0, out_dtype="int8"),
    requantize(EDGE, 0.5, 0, 1.0, 0, out_dtype="int8", rounding="TONEAREST"),
    requantize(EDGE, 0.5, 0, 1.0, 0, out_dtype="int8", compute_dtype="float32"),
    requantize(EDGE, 0.5, 0, 1.0, 0, out_dtype="int8", rounding="TONEAREST", compute_dtype="float32"),
    requantize(EDGE, 0.5, 0, 1.0, 0, out_dtype="int8", rounding="UPWARD", compute_dtype="float64"),
    requantize(EDGE, 0.5, 1, 2.0, 0, out_dtype="uint8", rounding="UPWARD", compute_dtype="int64"),
    requantize(int32(4, 5), 0.37, 3, 1.13, -2, out_dtype="int8"),
    requantize(int32(4, 5), 0.37, 3, 1.13, -2, out_dtype="int8", rounding="TONEAREST"),
    requantize(int32(4, 5), 3.7, 3, 1.13, 12, out_dtype="uint8"),
    requantize(int32(4, 5), 3.7, 3, 1.13, 12, out_dtype="int32", rounding="TONEAREST"),
    requantize(int32(4, 5), 0.37, 3, 1.13, -2, out_dtype="int16", compute_dtype="float32"),
    requantize(int32(4, 5), 0.37, 3, 0.37, -2, out_dtype="int8"),
    requantize(int8(4, 5), 0.37, 3, 0.37, 3, out_dtype="int8"),
    requantize(int32(2, 3, 4), PERCHANNEL[0], PERCHANNEL[1], 0.75, 4, out_dtype="int8", axis=1),
    requantize(int32(2, 3, 4), PERCHANNEL[0], 5, 0.75, 4, out_dtype="int8", axis=1, rounding="TONEAREST"),
    requantize(int32(2, 3), PERCHANNEL[0], 0, 0.75, 0, out_dtype="int8", compute_dtype="float32"),
    requantize(int32(2, 3), [0.1, 0.2, 0.3], 0, 0.1, 0, out_dtype="int32"),
    requantize(T((2, 3), "int64", -900, 900), 0.1, 0, 0.3, 0, out_dtype="int8"),
    requantize(int32(2, 3), [0.1, 0.2], 0, 0.1, 0, out_dtype="int32"),
    requantize(int32(2, 3), 0.1, 0, [0.1], 0, out_dtype="int32"),
    requantize(int32(2, 3), 0.1, 0, 0.1, 0),
    requantize(int32(2, 3), 0.1, 0, 0.1, 0, out_dtype="int8", axis=2),
    requantize(T((2, 3), "uint16", 0, 9), 0.1, 0, 0.1, 0, out_dtype="int8"),
    *[
        row
        for name in ("add", "subtract", "mul")
        for row in (
            binary(name, int8(3, 4), int8(3, 4), 0.5, 3, 0.25, -2, 0.75, 5),
            binary(name, uint8(3, 4), uint8(1, 4), 0.5, 3, 0.25, 7, 0.5, 3),
            binary(name, uint8(3, 4), uint8(3, 4), 0.5, 0, 0.5, 0, 0.5, 0),
            binary(name, int8(3, 4), int8(3, 4), 0.021, 0, 0.033, 0, 0.0371, 0),
            binary(name, int8(2, 3), int8(2, 3), PERCHANNEL[0], PERCHANNEL[1], PERCHANNEL[0], 2, 0.75, 5),
            binary(name, int8(2, 3, 4), int8(2, 3, 4), PERCHANNEL[0], 1, [2, 1, 3], 0, 0.5, 5, lhs_axis=1, rhs_axis=1),
            binary(name, int8(3, 4), uint8(3, 4), 0.5, 3, 0.25, 2, 0.75, 5),
            binary(name, int8(3, 4), int8(2, 4), 0.5, 3, 0.25, 2, 0.75, 5),
            binary(name, int8(3, 4), int8(3, 4), 0.5, 3, 0.25, 2, [0.75], 5),
            binary(name, int8(2, 3), int8(2, 3), PERCHANNEL[0], 1, 0.5, 2, 0.75, 5, lhs_axis=2),
        )
    ],
    binary("mul", int8(2, 3, 3), int8(2, 3, 3), PERCHANNEL[0], 1, [2.0, 1.0, 3.0], 0, 0.5, 5, lhs_axis=1, rhs_axis=2),
    *[
        row
        for name in ("abs", "erf", "exp", "log", "rsqrt", "sigmoid", "sqrt", "tanh", "hardswish")
        for row in (
            unary(name, uint8(3, 4), 0.03, 0, 0.02, 7),
            unary(name, int8(3, 4), 0.05, -128, 0.11, -3),
        )
    ],
    unary("tanh", int32(3, 4), 0.05, -128, 0.11, -3),
    unary("tanh", int8(3, 4), [0.05], -128, 0.11, -3),
    unary("leaky_relu", int8(3, 4), 0.05, 10, 0.11, -3, alpha=0.1),
    unary("leaky_relu", uint8(3, 4), 0.05, 130, 0.05, 130),
    unary("leaky_relu", uint8(3, 4), 0.05, 100, 0.03, 140, alpha=0.9),
    unary("leaky_relu", int32(3, 4), 0.05, 100, 0.03, 140, alpha=0.9),
    unary("softmax", int8(3, 8), 0.1, 3, 0.0078125, 0),
    unary("softmax", int8(3, 8), 0.02, -5, 0.00390625, -128, axis=0),
    unary("softmax", int8(2, 5, 3), 0.5, -5, 0.01, 2, axis=1),
    unary("softmax", int8(2, 5), 1.5, -5, 0.01, 2),
    unary("softmax", uint8(2, 5), 0.5, -5, 0.01, 2),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), **FOUR),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), (0, 0), **FOUR, padding=[1, 1, 1, 1]),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), (5, 0), **FOUR, padding=[1, 0, 2, 1]),
    conv(int8(1, 3, 5, 6), int8(4, 3, 3, 3), (0, 7), **FOUR, strides=[2, 2], padding=[1, 1, 1, 1]),
    conv(int8(1, 3, 7, 7), int8(4, 3, 3, 3), **FOUR, dilation=[2, 2], padding=[1, 1, 1, 1]),
    conv(int8(1, 4, 5, 5), int8(6, 2, 3, 3), groups=2, channels=6, kernel_size=[3, 3], padding=[1, 1, 1, 1]),
    conv(int8(1, 5, 6, 3), int8(3, 3, 3, 4), **FOUR, data_layout="NHWC", kernel_layout="HWIO"),
    conv(int8(1, 4, 5, 5), int8(4, 1, 3, 3), groups=4, **FOUR),
    conv(
        uint8(1, 5, 5, 4), uint8(3, 3, 4, 1), (9, 8), groups=4, **FOUR, data_layout="NHWC",
        kernel_layout="HWOI", padding=[1, 1, 1, 1],
    ),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), (3, 0), (0.5, [0.25, 0.5, 1.0, 2.0]), **FOUR),
    conv(T((1, 3, 5, 6), "int16", -900, 900), int8(4, 3, 3, 3), **FOUR, out_dtype="int64"),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), (3, 0), (0.5, [0.25, 0.5, 1.0]), **FOUR),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), **FOUR, out_dtype="int8"),
    conv(int32(1, 3, 5, 6), int8(4, 3, 3, 3), **FOUR),
    conv(uint8(1, 3, 5, 6), int8(4, 3, 3, 3), ([3], 0), **FOUR),
    product("conv2d_transpose", int8(1, 3, 4, 5), int8(3, 2, 3, 3), (3, -2), (0.5, 0.25), **TWO),
    product(
        "conv2d_transpose", uint8(1, 3, 4, 5), uint8(3, 2, 3, 3), (3, 9), (0.5, 0.25), **TWO,
        strides=[2, 2], padding=[1, 1, 1, 1], output_padding=[1, 1],
    ),
    product("conv2d_transpose", int32(1, 3, 4, 5), int8(3, 2, 3, 3), (3, -2), (0.5, 0.25), **TWO),
    product("dense", uint8(3, 4), int8(5, 4), (3, -2), (0.5, 0.25), units=5),
    product("dense", uint8(3, 4), int8(5, 4), (0, 0), (0.5, 0.25), units=5),
    product("dense", int8(3, 4), int8(5, 4), (3, 0), (0.5, [0.25] * 5), units=5),
    product("dense", int8(3, 4), int8(5, 4), (0, 7), (0.5, 0.25), units=5, out_dtype=I),
    product("dense", int8(3, 4), int8(5, 4), (1, [3, 4, 5, 6, 7]), (0.5, [0.25] * 5), units=5),
    product("dense", int8(3, 4), int8(5, 4), (0, 7), (0.5, 0.25), units=6),
    product("dense", int8(3, 4), int8(5, 4), (0, 7), (0.5, [0.25] * 4), units=5),
    product("dense", int8(3, 4), int8(5, 4), (0, 7), (0.5, 0.25), units=5, out_dtype="int16"),
    product("batch_matmul", uint8(2, 3, 4), int8(2, 5, 4), (3, -2), (0.5, 0.25), transpose_b=True),
    product("batch_matmul", uint8(2, 3, 4), uint8(1, 5, 4), (3, 6), (0.5, 0.25), transpose_b=True),
    product("batch_matmul", uint8(2, 3, 4), uint8(2, 5, 4), (0, 0), (0.5, 0.25), transpose_b=True),
    product("batch_matmul", uint8(2, 3, 4), uint8(2, 5, 4), (0, 0), (0.5, 0.25), transpose_b=True, out_dtype="int8"),
    product("contrib_dense_pack", int8(3, 4), int8(2, 1, 3, 4), (0, 0), (0.5, 0.25), units=6, weight_layout="NC3n4c"),
    unary("avg_pool2d", uint8(1, 2, 5, 5), 0.5, 3, 0.5, 3, pool_size=[2, 2]),
    unary("avg_pool2d", uint8(1, 2, 5, 5), 0.5, 3, 0.25, 7, pool_size=[3, 2], strides=[2, 1], padding=[1, 1]),
    unary("avg_pool2d", int8(1, 5, 5, 2), 0.05, 3, 0.25, -7, pool_size=[3, 3], padding=[1, 1], layout="NHWC",
          count_include_pad=True),
    unary("avg_pool2d", int32(1, 2, 5, 5), 0.5, 3, 0.25, 7, pool_size=[3, 2]),
    relay(
        "qnn.concatenate", (uint8(2, 3), uint8(1, 3)), (f(0.5), f(0.25)), (i(3), i(4)), f(0.5), i(3), axis=0
    ),
    relay("qnn.concatenate", (int8(2, 3), int8(2, 1)), (f(0.5), f(0.25)), (i(3), i(-4)), f(0.3), i(5), axis=-1),
    relay("qnn.concatenate", (int8(2, 3), uint8(2, 1)), (f(0.5), f(0.25)), (i(3), i(-4)), f(0.3), i(5), axis=-1),
    relay("qnn.concatenate", (int8(2, 3), int8(2, 1)), (f([0.5]), f(0.25)), (i(3), i(-4)), f(0.3), i(5), axis=-1),
    *[
        relay("qnn.simulated_quantize", T((3, 4), F, -50, 50), V(code, I), V([0.5]), V([3], I))
        for code in (0, 1, 2, 3)
    ],
    relay("qnn.simulated_quantize", T((2, 3, 4), F, -50, 50), V(1, I), V([0.5, 0.25, 2.0]), V([3, 4, 5], I), axis=1),
    relay("qnn.simulated_quantize", V(HALVES[:-1]), V(1, I), V([1.0]), V([0], I), axis=0),
    *[
        relay("qnn.simulated_dequantize", T((3, 4), F, -50, 50), V(code, I), V([0.5]), V([3], I), out_dtype=F)
        for code in (0, 1, 3)
    ],
    relay(
        "qnn.simulated_dequantize", T((2, 3, 4), F, -50, 50), V(2, I), V([0.5, 0.25, 2.0]), V([3, 4, 5], I), axis=1,
        out_dtype=F,
    ),
]
