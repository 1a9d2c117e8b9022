"""Calls of quantized operators, and the passes that rewrite them, by configuration or target.

Written for the names that tvm.relay and relay_compat share. A case is a call, and a way of rewriting it.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np


class Side(NamedTuple):
    """One implementation: its package ``relay``, its module class, and its class of targets."""

    relay: Any
    module: Any
    target: Any


def _c(s: Side, value: Any, dtype: str) -> Any:
    return s.relay.const(np.asarray(value, dtype), dtype)


def _scales(s: Side, *values: Any) -> list[Any]:
    """Scales and zero points in turn."""
    return [_c(s, value, "int32" if n % 2 else "float32") for n, value in enumerate(values)]


def _x(s: Side, *shape: int, dtype: str = "int8", name: str = "x") -> Any:
    return s.relay.var(name, shape=shape, dtype=dtype)


def _requantize(*values: Any, shape: tuple[int, ...] = (2, 3), out: str = "int8", dtype: str = "int32", **attrs: Any):
    def make(s: Side) -> Any:
        data = _x(s, *shape, dtype=dtype)
        return s.relay.qnn.op.requantize(data, *_scales(s, *values), out_dtype=out, **attrs)

    return make


def _binary(name: str, *values: Any, dtype: str = "int8", **axes: int):
    def make(s: Side) -> Any:
        pair = (_x(s, 2, 3, dtype=dtype), _x(s, 2, 3, dtype=dtype, name="y"))
        return getattr(s.relay.qnn.op, name)(*pair, *_scales(s, *values), **axes)

    return make


def _unary(name: str, *values: Any, dtype: str = "int8", **attrs: Any):
    def make(s: Side) -> Any:
        return getattr(s.relay.qnn.op, name)(_x(s, 2, 3, dtype=dtype), *_scales(s, *values), **attrs)

    return make


def _leaky_relu(s: Side) -> Any:
    return s.relay.qnn.op.leaky_relu(_x(s, 2, 3), 0.1, *_scales(s, 0.5, 3, 0.25, -2))


def _softmax(s: Side) -> Any:
    return s.relay.qnn.op.softmax(_x(s, 2, 3), *_scales(s, 0.1, 3, 0.0078125, 0), axis=1)


def _avg_pool2d(s: Side) -> Any:
    pair = _scales(s, 0.5, 3, 0.25, -2)
    return s.relay.qnn.op.avg_pool2d(
        _x(s, 1, 2, 4, 4), *pair, pool_size=(2, 2), strides=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1)
    )


def _concatenate(s: Side) -> Any:
    parts = s.relay.Tuple([_x(s, 2, 3), _x(s, 1, 3, name="y")])
    scales = s.relay.Tuple([_c(s, 0.5, "float32"), _c(s, 0.25, "float32")])
    zeros = s.relay.Tuple([_c(s, 3, "int32"), _c(s, -2, "int32")])
    return s.relay.qnn.op.concatenate(parts, scales, zeros, *_scales(s, 0.25, -2), axis=0)


def _dequantize(axis: int, *values: Any, dtype: str = "float32"):
    def make(s: Side) -> Any:
        return s.relay.qnn.op.dequantize(_x(s, 2, 3, 4), *_scales(s, *values), axis=axis, out_dtype=dtype)

    return make


def _quantize(axis: int, *values: Any, dtype: str = "int8"):
    def make(s: Side) -> Any:
        data = _x(s, 2, 3, 4, dtype="float32")
        return s.relay.qnn.op.quantize(data, *_scales(s, *values), axis=axis, out_dtype=dtype)

    return make


def _dense(data_zero: Any, weight_zero: Any, types: tuple[str, str] = ("int8", "int8"), out: str = "int32"):
    def make(s: Side) -> Any:
        pair = (_x(s, 2, 5, dtype=types[0]), _x(s, 3, 5, dtype=types[1], name="w"))
        zeros = [_c(s, value, "int32") for value in (data_zero, weight_zero)]
        return s.relay.qnn.op.dense(*pair, *zeros, _c(s, 0.5, "float32"), _c(s, 0.25, "float32"), 3, out_dtype=out)

    return make


def _batch_matmul(x_zero: int, y_zero: int):
    def make(s: Side) -> Any:
        pair = (_x(s, 2, 4, 5), _x(s, 2, 3, 5, name="y"))
        zeros, scales = [_c(s, value, "int32") for value in (x_zero, y_zero)], [_c(s, 0.5, "float32")] * 2
        return s.relay.qnn.op.batch_matmul(*pair, *zeros, *scales)

    return make


def _conv2d(data_zero: Any, weight_zero: Any, data_layout: str = "NCHW", kernel_layout: str = "OIHW", **settings: Any):
    types = settings.pop("types", ("uint8", "int8"))
    depthwise = settings.pop("depthwise", 0)
    size = settings.pop("size", 3)
    extents = {"N": 1, "C": 4, "H": 6, "W": 6}
    kernel = {"O": 4 if depthwise else 8, "I": depthwise or 4, "H": size, "W": size}
    groups = settings.pop("groups", 4 if depthwise else 1)
    kernel["I"] = kernel["I"] if depthwise else 4 // groups
    channels = settings.pop("channels", 4 * depthwise if depthwise else 8)

    def make(s: Side) -> Any:
        data = _x(s, *(extents[letter] for letter in data_layout), dtype=types[0])
        weight = _x(s, *(kernel[letter] for letter in kernel_layout), dtype=types[1], name="w")
        zeros = [_c(s, value, "int32") for value in (data_zero, weight_zero)]
        return s.relay.qnn.op.conv2d(
            data,
            weight,
            *zeros,
            _c(s, 0.5, "float32"),
            _c(s, 0.25, "float32"),
            kernel_size=(size, size),
            channels=channels,
            groups=groups,
            data_layout=data_layout,
            kernel_layout=kernel_layout,
            **{"out_dtype": "int32", **settings},
        )

    return make


def _conv2d_transpose(s: Side) -> Any:
    pair = (_x(s, 1, 4, 5, 5, dtype="uint8"), _x(s, 4, 2, 3, 3, dtype="int8", name="w"))
    zeros = (_c(s, 7, "int32"), _c(s, -3, "int32"))
    scales = (_c(s, 0.5, "float32"), _c(s, 0.25, "float32"))
    sizes = {"channels": 2, "kernel_size": (3, 3), "strides": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
    return s.relay.qnn.op.conv2d_transpose(*pair, *zeros, *scales, out_dtype="int32", **sizes)


_PER_CHANNEL = [0.5, 0.25, 1.75]
_SIX = (0.5, 3, 0.25, -2, 0.75, 5)

CALLS: dict[str, Callable[[Side], Any]] = {
    "requantize": _requantize(0.37, 3, 1.13, -2),
    "requantize-one-scale": _requantize(0.5, 3, 0.5, -2, out="uint8"),
    "requantize-to-int32": _requantize(3.7, 0, 1.13, 0, out="int32"),
    "requantize-halved": _requantize(0.5, 0, 1.0, 0),
    "requantize-channels": _requantize(_PER_CHANNEL, [1, 2, 0], 0.75, 4, shape=(2, 3, 4), axis=1),
    "requantize-channels-last": _requantize(_PER_CHANNEL, 0, 0.75, 0, axis=-1),
    "requantize-small-channels": _requantize([0.01, 0.02, 0.03], 0, 0.75, 0),
    "requantize-to-nearest": _requantize(0.37, 3, 1.13, -2, rounding="TONEAREST"),
    "requantize-large-to-nearest": _requantize(3.7, 3, 1.13, -2, rounding="TONEAREST"),
    "requantize-channels-to-nearest": _requantize(_PER_CHANNEL, 0, 0.75, 0, rounding="TONEAREST"),
    **{
        f"{name}-{kind}": _binary(name, *values, dtype=dtype)
        for name in ("add", "subtract", "mul")
        for kind, values, dtype in (
            ("scaled", _SIX, "int8"),
            ("alike", (0.5, 3, 0.5, 3, 0.5, 3), "uint8"),
            ("plain", (0.5, 0, 0.25, 0, 0.5, 0), "uint8"),
            ("channels", (_PER_CHANNEL, [1, 2, 3], _PER_CHANNEL, 2, 0.75, 5), "int8"),
        )
    },
    **{f"{name}": _unary(name, 0.05, 3, 0.11, -3) for name in ("abs", "erf", "exp", "hardswish", "log")},
    **{f"{name}": _unary(name, 0.05, 0, 0.11, 3, dtype="uint8") for name in ("rsqrt", "sigmoid", "sqrt", "tanh")},
    "leaky_relu": _leaky_relu,
    "softmax": _softmax,
    "avg_pool2d": _avg_pool2d,
    "concatenate": _concatenate,
    "dequantize": _dequantize(-1, 0.5, 3),
    "dequantize-channels": _dequantize(1, _PER_CHANNEL, [1, 2, 3]),
    "dequantize-half": _dequantize(-1, 0.5, 3, dtype="float16"),
    "quantize": _quantize(-1, 0.5, 3),
    "quantize-channels": _quantize(1, _PER_CHANNEL, [1, 2, 3], dtype="uint8"),
    "dense": _dense(3, -2),
    "dense-no-zeros": _dense(0, 0),
    "dense-data-zero": _dense(3, 0),
    "dense-weight-zero": _dense(0, -2),
    "dense-units": _dense(3, [1, 2, 3]),
    "dense-bytes": _dense(3, 2, ("uint8", "uint8")),
    "dense-mixed": _dense(3, 2, ("int8", "uint8")),
    "batch_matmul": _batch_matmul(3, -2),
    "batch_matmul-no-zeros": _batch_matmul(0, 0),
    "batch_matmul-x-zero": _batch_matmul(3, 0),
    "batch_matmul-y-zero": _batch_matmul(0, -2),
    "conv2d": _conv2d(3, -2),
    "conv2d-no-zeros": _conv2d(0, 0, padding=(1, 1)),
    "conv2d-data-zero": _conv2d(3, 0, padding=(1, 1)),
    "conv2d-weight-zero": _conv2d(0, -2),
    "conv2d-ones": _conv2d(1, 1),
    "conv2d-padded": _conv2d(3, -2, padding=(1, 2, 1, 0), strides=(2, 2)),
    "conv2d-nhwc": _conv2d(3, -2, "NHWC", "HWIO", padding=(1, 1)),
    "conv2d-ohwi": _conv2d(3, -2, "NHWC", "OHWI"),
    "conv2d-points": _conv2d(3, -2, size=1),
    "conv2d-points-strided": _conv2d(3, -2, size=1, strides=(2, 2)),
    "conv2d-channels": _conv2d(3, list(range(8))),
    "conv2d-dilated": _conv2d(3, -2, dilation=(2, 2)),
    "conv2d-dilated-no-zero": _conv2d(3, 0, dilation=(2, 2)),
    "conv2d-groups": _conv2d(3, -2, groups=2),
    "conv2d-depthwise": _conv2d(3, -2, depthwise=1),
    "conv2d-depthwise-points": _conv2d(3, -2, depthwise=1, size=1, strides=(2, 2)),
    "conv2d-depthwise-nhwc": _conv2d(3, -2, "NHWC", "HWOI", depthwise=1, padding=(1, 1)),
    "conv2d-bytes": _conv2d(3, 2, types=("uint8", "uint8")),
    "conv2d-signed": _conv2d(3, 2, types=("int8", "int8")),
    "conv2d-signed-nhwc": _conv2d(3, 2, "NHWC", "HWIO", types=("int8", "uint8")),
    "conv2d_transpose": _conv2d_transpose,
}

_ROUNDED = ("requantize", "requantize-channels", "add-scaled", "mul-channels")
_PRODUCTS = ("dense", "dense-units", "dense-bytes", "dense-mixed", "conv2d", "conv2d-bytes", "conv2d-signed",
             "conv2d-channels", "conv2d-signed-nhwc", "conv2d-depthwise-nhwc", "conv2d_transpose")  # fmt: skip
_FUNCTIONS = ("abs", "erf", "exp", "hardswish", "log", "rsqrt", "sigmoid", "sqrt", "tanh")
_ARM = "llvm -device=arm_cpu -mtriple=aarch64-linux-gnu"

CONFIGS = {
    "": {},
    "-to-nearest": {"rounding": "TONEAREST"},
    "-float32": {"compute_dtype": "float32"},
    "-float64": {"compute_dtype": "float64"},
    "-float32-to-nearest": {"rounding": "TONEAREST", "compute_dtype": "float32"},
}
TARGETS = {
    "": None,
    "-llvm": "llvm",
    "-skylake": "llvm -mcpu=skylake-avx512",
    "-arm": _ARM,
    "-dotprod": f"{_ARM} -mattr=+v8.2a,+dotprod",
    "-cuda": "cuda",
    "-vulkan": "vulkan",
}


def outcomes(side: Side) -> dict[str, list[str]]:
    """By call and way of rewriting it, the text of the rewritten program; that of tables without their numbers."""
    result: dict[str, list[str]] = {}
    for name in CALLS:
        for suffix, config in CONFIGS.items():
            if name != "conv2d_transpose" and (not suffix or name in _ROUNDED):
                # TVM computes in floats for a target only.
                target = side.target("llvm") if "float" in suffix else nullcontext()
                with target, side.relay.qnn.op.requantize_config(**config) if config else nullcontext():
                    made = rewritten(side, name, side.relay.qnn.transform.CanonicalizeOps())
                result[f"canonical {name}{suffix}"] = _text(made)
    for name in (*_PRODUCTS, *_FUNCTIONS):
        for suffix, target in TARGETS.items():
            if name in _PRODUCTS or not suffix:
                with side.target(target) if target else nullcontext():
                    made = rewritten(side, name, side.relay.qnn.transform.Legalize())
                result[f"legal {name}{suffix}"] = _text(made)
    for name in _ROUNDED:
        for suffix in ("", "-to-nearest"):
            with side.target(TARGETS["-skylake"]), side.relay.qnn.op.requantize_config(**CONFIGS[suffix]):
                made = rewritten(side, name, side.relay.qnn.transform.CanonicalizeOps())
            result[f"canonical {name}-skylake{suffix}"] = _text(made)
    return result


def program(side: Side, name: str) -> Any:
    """A call as a module with types."""
    call = CALLS[name](side)
    function = side.relay.Function(side.relay.analysis.free_vars(call), call)
    return side.relay.transform.InferType()(side.module.from_expr(function))


def rewritten(side: Side, name: str, made: Any) -> Any:
    """A call as a module, after a pass."""
    return side.relay.transform.InferType()(made(program(side, name)))


def _text(module: Any) -> list[str]:
    return module.astext(show_meta_data=False).split("/* For debugging")[0].strip().splitlines()
