"""Calls whose gradients are recorded from real TVM: an expression over parameters, and the parameters' tensors.

The parameters are %x, %y, %z in Relay's text; in Relax, and in Python where Relay's text has no words, x, y, z. Each
expression is multiplied by one more parameter w of its own type, so that no two elements have the same adjoint. Values
lie away from where a derivative jumps.
"""

from typing import Any, NamedTuple

from row_language import T, V


class Gradient(NamedTuple):
    """``releases``: of Relax, those that are recorded."""

    expression: str
    tensors: tuple[Any, ...]
    releases: tuple[str, ...] = ("0.19", "0.27")


def of(expression: str, *tensors: Any, releases: tuple[str, ...] = ("0.19", "0.27")) -> Gradient:
    """One row."""
    return Gradient(expression, tensors, releases)


def f(*shape: int, low: float = -2.0, high: float = 2.0) -> T:
    """A tensor of float64."""
    return T(shape, "float64", low, high)


def up(*shape: int) -> T:
    """One of positive numbers."""
    return f(*shape, low=0.3, high=2.5)


def unit(*shape: int) -> T:
    """One of numbers between -1 and 1."""
    return f(*shape, low=-0.9, high=0.9)


def ints(*values: Any, dtype: str = "int32") -> V:
    """A tensor of indices."""
    return V(values, dtype)


ODD = V([[-1.7, 0.6, 2.4], [0.2, -0.4, 1.3]], "float64")
FLAGS = V([[True, False, True], [False, False, True]], "bool")
TIES = V([[1.0, 3.0, 3.0], [2.0, 0.5, 2.0]], "float64")
FAR = V(
    [
        [
            [[(7 * n * n + 3 * n) % 61 / 10 - 3 for n in range(25)][5 * r : 5 * r + 5] for r in range(5)],
            [[(11 * n * n + 5 * n) % 53 / 10 - 2 for n in range(25)][5 * r : 5 * r + 5] for r in range(5)],
        ]
    ],
    "float64",
)
"""An image whose neighbours differ."""

M = (2, 3)
IMAGE = f(1, 2, 5, 6)

RELAY = [
    *[
        of(f"{name}(%x)", f(*M))
        for name in (
            "exp",
            "tanh",
            "sigmoid",
            "erf",
            "sin",
            "cos",
            "atan",
            "sinh",
            "cosh",
            "asinh",
            "negative",
            "copy",
            "ones_like",
            "zeros_like",
        )
    ],
    *[of(f"{name}(%x)", up(*M)) for name in ("log", "log2", "log10", "sqrt")],
    *[of(f"{name}(%x)", unit(*M)) for name in ("tan", "asin", "acos", "atanh")],
    of("acosh(%x)", f(*M, low=1.2, high=3.0)),
    *[of(f"{name}(%x)", ODD) for name in ("abs", "nn.relu")],
    of("clip(%x, a_min=-1f, a_max=1f)", ODD),
    of("clip(%x, a_min=-1.5f, a_max=1.5f)", ODD),
    of('cast(%x, dtype="float32")', f(*M)),
    of("cast_like(%x, %y)", f(*M), T((2,), "float32")),
    *[
        of(f"{name}(%x, %y)", a, b)
        for name in ("add", "subtract", "multiply", "divide")
        for a, b in ((f(*M), up(*M)), (f(*M), up(3)), (f(2, 1), up(4, 1, 3)), (f(), up(*M)))
    ],
    of("multiply(%x, %x)", f(*M)),
    *[of(f'cast({name}(%x, %y), dtype="float64")', f(*M), f(3)) for name in ("less_equal", "not_equal")],
    of("where(%x, %y, %z)", FLAGS, f(*M), f(*M)),
    of("where(%x, %y, %z)", FLAGS, f(3), f(2, 1)),
    *[
        of(f"sum(%x{attrs})", f(2, 3, 4))
        for attrs in ("", ", axis=[1]", ", axis=[-1, 0], keepdims=True", ", axis=[1], exclude=True")
    ],
    *[
        of(f"mean(%x{attrs})", f(2, 3, 4))
        for attrs in ("", ", axis=[1]", ", axis=[-1, 0], keepdims=True", ", axis=[1], exclude=True")
    ],
    *[
        of(f"max(%x{attrs})", f(2, 3, 4))
        for attrs in ("", ", axis=[1]", ", axis=[0, 2]", ", axis=[-1, 0], keepdims=True", ", axis=[1], exclude=True")
    ],
    of("max(%x, axis=[1])", TIES),
    of("max(%x)", TIES),
    *[
        of(f"variance(%x, mean(%x, axis=[1], keepdims=True), axis=[1]{attrs})", f(*M))
        for attrs in ("", ", keepdims=True", ", unbiased=True")
    ],
    of("variance(%x, mean(%x, keepdims=True))", f(*M)),
    *[
        of(f"nn.{name}(%x{attrs})", f(2, 3, 4))
        for name in ("softmax", "log_softmax")
        for attrs in ("", ", axis=0", ", axis=1")
    ],
    of("nn.bias_add(%x, %y)", f(*M), f(3)),
    of("nn.bias_add(%x, %y, axis=0)", f(*M), f(2)),
    of("nn.bias_add(%x, %y, axis=-1)", f(2, 3, 4), f(4)),
    of("nn.dense(%x, %y, units=None)", f(2, 3), f(4, 3)),
    of("nn.dense(%x, %y, units=4)", f(5, 2, 3), f(4, 3)),
    *[
        of(
            f"nn.matmul(%x, %y, units=None, transpose_a={a}, transpose_b={b})",
            f(*((3, 2) if a else (2, 3))),
            f(*((4, 3) if b else (3, 4))),
        )
        for a in (False, True)
        for b in (False, True)
    ],
    *[
        of(
            f"nn.batch_matmul(%x, %y, transpose_a={a}, transpose_b={b})",
            f(2, *((3, 2) if a else (2, 3))),
            f(2, *((4, 3) if b else (3, 4))),
        )
        for a in (False, True)
        for b in (False, True)
    ],
    of("nn.batch_matmul(%x, %y, transpose_b=True)", f(1, 2, 3), f(3, 4, 3)),
    of("nn.batch_matmul(%x, %y, transpose_b=False)", f(3, 2, 3), f(1, 3, 4)),
    *[
        of(f"nn.conv2d(%x, %y, {attrs}, kernel_size=[{', '.join(map(str, kernel[2:]))}])", IMAGE, f(*kernel))
        for attrs, kernel in (
            ("padding=[0, 0, 0, 0], channels=3", (3, 2, 3, 2)),
            ("padding=[1, 0, 1, 2], channels=3", (3, 2, 3, 2)),
            ("padding=[1, 1, 1, 1], strides=[2, 1], channels=3", (3, 2, 3, 3)),
            ("padding=[1, 1, 1, 1], strides=[2, 2], channels=3", (3, 2, 3, 3)),
            ("padding=[0, 0, 0, 0], dilation=[1, 2], channels=3", (3, 2, 2, 2)),
            ("padding=[2, 2, 2, 2], strides=[2, 2], dilation=[2, 2], channels=3", (3, 2, 2, 2)),
            ("padding=[1, 1, 1, 1], groups=2, channels=2", (2, 1, 3, 3)),
        )
    ],
    of(
        "nn.conv2d(%x, %y, padding=[0, 0, 0, 0], groups=2, channels=4, kernel_size=[2, 2])",
        f(2, 4, 4, 4),
        f(4, 2, 2, 2),
    ),
    *[
        of(f"nn.max_pool2d(%x, {attrs})", FAR)
        for attrs in (
            "pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0]",
            "pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 1, 1]",
            "pool_size=[3, 2], strides=[1, 2], padding=[1, 0, 1, 1]",
            "pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0], ceil_mode=True",
        )
    ],
    *[
        of(f"nn.avg_pool2d(%x, {attrs})", FAR)
        for attrs in (
            "pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0]",
            "pool_size=[3, 3], padding=[1, 1, 1, 1]",
            "pool_size=[2, 3], padding=[0, 1, 1, 0], count_include_pad=True",
            "pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0], ceil_mode=True",
            "pool_size=[2, 2], strides=[2, 2], padding=[1, 1, 1, 1], ceil_mode=True, count_include_pad=True",
        )
    ],
    *[
        of(
            f'nn.{name}_pool2d(%x, pool_size=[2, 2], strides=[2, 1], padding=[0, 0, 0, 0], layout="NHWC")',
            f(1, 4, 5, 2),
        )
        for name in ("max", "avg")
    ],
    of("nn.global_avg_pool2d(%x)", IMAGE),
    of('nn.global_avg_pool2d(%x, layout="NHWC")', IMAGE),
    of("concatenate((%x, %y), axis=1)", f(2, 3), f(2, 2)),
    of("concatenate((%x, %y, %x), axis=-1)", f(2, 3), f(2, 1)),
    of("concatenate((%x, %y))", f(2, 3), f(1, 3)),
    *[of(f"stack((%x, %y){attrs})", f(*M), f(*M)) for attrs in ("", ", axis=1", ", axis=-1")],
    *[
        of(f"expand_dims(%x, {attrs})", f(*M))
        for attrs in ("axis=1", "axis=-1", "axis=0, num_newaxis=2", "axis=-1, num_newaxis=2")
    ],
    of("squeeze(%x)", f(1, 3, 1)),
    of("squeeze(%x, axis=[2])", f(1, 3, 1)),
    of("reshape(%x, newshape=[3, 2])", f(*M)),
    of("reshape(%x, newshape=[0, -1])", f(2, 3, 2)),
    of("reshape_like(%x, %y)", f(*M), f(3, 2)),
    of("contrib_reverse_reshape(%x, newshape=[-1, 0])", f(2, 3, 4)),
    of("nn.batch_flatten(%x)", f(2, 3, 2)),
    *[of(f"transpose(%x{attrs})", f(2, 3, 4)) for attrs in (", axes=None", ", axes=[1, 2, 0]", ", axes=[0, -1, 1]")],
    *[
        of(f"strided_slice(%x, {attrs}, axes=None)", f(4, 5))
        for attrs in (
            "begin=[0, 1], end=[2, 3], strides=[1, 1]",
            "begin=[3, 0], end=[0, 5], strides=[-1, 2]",
            "begin=[1], end=[3], strides=[1]",
            'begin=[1, 1], end=[2, -1], strides=[1], slice_mode="size"',
            "begin=[0, -3], end=[4, -1], strides=[1, 1]",
        )
    ],
    of("strided_slice(%x, begin=[1], end=[3], strides=[1], axes=[1])", f(4, 5)),
    *[
        of(f"take(%x, {index}{attrs})", f(3, 4), *given)
        for index, given in (("%y", (ints(2, 0, 2),)), ("1", ()))
        for attrs in ("", ", axis=0", ", axis=1", ', axis=1, mode="wrap"')
    ],
    of("gather_nd(%x, %y)", f(3, 4), V([[0, 2, 0], [1, 3, 1]], "int32")),
    of("gather_nd(%x, %y)", f(3, 4), V([[0, 2, 0]], "int32")),
    *[
        of(f'one_hot(%x, %y, %z, depth=4, axis={axis}, dtype="float64")', ints(2, 0, 3), up(), f(low=-3, high=-1))
        for axis in (-1, 0)
    ],
    of('relay.arange(x, y, z, dtype="float64")', V(1.0, "float64"), V(9.0, "float64"), V(2.5, "float64")),
    of("relay.collapse_sum_to(x, relay.const([3], 'int32'))", f(2, 3)),
    of("relay.collapse_sum_to(x, relay.const([3, 1], 'int32'))", f(2, 3, 4)),
    of("relay.reshape(x, y)", f(*M), ints(3, 2)),
    of("relay.multiply(x, relay.ones(y, 'float64'))", f(*M), ints(2, 3)),
    of("relay.multiply(x, relay.zeros(y, 'float64'))", f(*M), ints(2, 3)),
    of('multiply(%x, ones(shape=[2, 3], dtype="float64"))', f(*M)),
    of('multiply(%x, zeros(shape=[2, 3], dtype="float64"))', f(*M)),
    of("collapse_sum_like(%x, %y)", f(2, 3), f(3)),
    of("collapse_sum_like(%x, %y)", f(2, 3, 4), f(3, 1)),
    of('cast(shape_of(%x, dtype="int32"), dtype="float64")', f(*M)),
    of("nn.cross_entropy(%x, %y)", T(M, "float64", 0.1, 0.9), up(*M)),
    of("nn.cross_entropy_with_logits(%x, %y)", f(*M), up(*M)),
]

RELAX = [
    *[
        of(f"R.{name}(x)", f(*M))
        for name in ("exp", "tanh", "sigmoid", "sin", "cos", "negative", "nn.silu", "zeros_like", "ones_like")
    ],
    *[of(f"R.{name}(x)", up(*M)) for name in ("log", "sqrt")],
    *[of(f"R.{name}(x)", ODD) for name in ("abs", "nn.relu")],
    *[
        of(f"R.{name}(x, y)", a, b)
        for name in ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum")
        for a, b in ((up(*M), up(*M)), (up(*M), up(3)), (up(2, 1), up(4, 1, 3)), (up(), up(*M)))
    ],
    of("R.multiply(x, x)", f(*M)),
    of('R.astype(R.astype(x, "float32"), "float64")', f(*M)),
    *[
        of(f"R.where(R.{name}(x, y), x, y)", f(*M), f(*M))
        for name in ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal")
    ],
    of("R.where(R.less(x, y), z, R.sin(z))", f(*M), f(*M), f(*M)),
    *[
        of(f"R.{name}(x{attrs})", f(2, 3, 4))
        for name in ("sum", "mean", "variance")
        for attrs in ("", ", axis=[1]", ", axis=[0, 2], keepdims=True", ", axis=[0, -1]", ", axis=-1")
    ],
    *[
        of(f"R.cumsum(x{attrs})", f(2, 3))
        for attrs in ("", ", axis=1", ", axis=0", ", axis=-1", ', axis=0, dtype="float64"')
    ],
    *[
        of(f"R.nn.{name}(x{attrs})", f(2, 3, 4))
        for name in ("softmax", "log_softmax")
        for attrs in ("", ", axis=0", ", axis=1")
    ],
    of("R.nn.cross_entropy_with_logits(x, y)", f(*M), up(*M)),
    of("R.nn.cross_entropy_with_logits(x, y)", f(3), up(3)),
    *[
        of(f"R.nn.nll_loss(x, y{attrs})", f(*shape), ints(*index, dtype="int64"))
        for shape, index in (((2, 3), [2, 0]), ((2, 3, 2), [[0, 1], [2, 1]]))
        for attrs in ("", ', reduction="sum"', ', reduction="none"', ", ignore_index=1")
    ],
    of("R.nn.nll_loss(x, y)", f(3), V(1, "int64")),
    of("R.nn.nll_loss(x, y, z)", f(*M), ints(2, 0, dtype="int64"), up(3)),
    *[of(f"R.permute_dims(x{attrs})", f(2, 3, 4)) for attrs in ("", ", axes=[1, 2, 0]", ", axes=[0, -1, 1]")],
    of("R.concat((x, y), axis=1)", f(2, 3), f(2, 2)),
    of("R.concat((x, y, x), axis=-1)", f(2, 3), f(2, 1)),
    of("R.concat((x, y))", f(2, 3), f(1, 3)),
    *[
        of(f"R.split(x, {attrs}", f(2, 6))
        for attrs in ("3, axis=1)[1]", "[1, 3], axis=1)[0]", "[2], axis=-1)[1]", "2)[0]")
    ],
    *[of(f"R.expand_dims(x, axis={axis})", f(*M)) for axis in (1, -1, [0, 2], [-1, 0])],
    of("R.reshape(x, R.shape([3, 2]))", f(*M)),
    of("R.broadcast_to(x, R.shape([4, 2, 3]))", f(2, 1)),
    *[of(f"R.take(x, y, axis={axis})", f(3, 4), ints(2, 0, 2, dtype="int64")) for axis in (0, 1, -1)],
    of("R.take(R.reshape(x, R.shape([12])), y)", f(3, 4), ints(2, 0, 2, dtype="int64")),
    of("R.take(x, y, axis=0)", f(3, 4), V([[2, 0], [1, 2]], "int64")),
    of("R.take(x, y, axis=0)", f(3, 4), V(1, "int64")),
    *[
        of("R.matmul(x, y)", f(*a), f(*b))
        for a, b in (
            ((2, 3), (3, 4)),
            ((3,), (3, 4)),
            ((2, 3), (3,)),
            ((3,), (3,)),
            ((5, 2, 3), (5, 3, 4)),
            ((5, 2, 3), (3, 4)),
            ((2, 3), (5, 3, 4)),
            ((3,), (2, 3, 4)),
            ((2, 2, 3), (3,)),
            ((4, 1, 2, 3), (5, 3, 2)),
        )
    ],
    of("R.matmul(R.permute_dims(x), R.permute_dims(y))", f(3, 2), f(4, 3)),
    *[
        of(f"R.nn.conv2d(x, y, {attrs})", IMAGE, f(*kernel))
        for attrs, kernel in (
            ("padding=[0, 0, 0, 0]", (3, 2, 3, 2)),
            ("padding=[1, 0, 1, 2]", (3, 2, 3, 2)),
            ("padding=[1, 1, 1, 1], strides=[2, 1]", (3, 2, 3, 3)),
            ("padding=[1, 1, 1, 1], strides=[2, 2]", (3, 2, 3, 3)),
            ("dilation=[1, 2]", (3, 2, 2, 2)),
            ("padding=[1, 1, 1, 1], groups=2", (2, 1, 3, 3)),
            ("padding=[2, 2, 2, 2], strides=[2, 2], dilation=[2, 2]", (3, 2, 2, 2)),
        )
    ],
    of("R.nn.conv2d(x, y, groups=2)", f(2, 4, 4, 4), f(4, 2, 2, 2)),
    *[
        of(f"R.nn.max_pool2d(x, {attrs})", FAR)
        for attrs in (
            "pool_size=[2, 2], strides=[2, 2]",
            "pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 1, 1]",
            "pool_size=[3, 2], strides=[1, 2], padding=[1, 0, 1, 1]",
            "pool_size=[2, 2], strides=[2, 2], ceil_mode=True",
        )
    ],
    *[
        of(f"R.nn.avg_pool2d(x, {attrs})", FAR)
        for attrs in (
            "pool_size=[2, 2], strides=[2, 2]",
            "pool_size=[3, 3], padding=[1, 1, 1, 1]",
            "pool_size=[2, 3], padding=[0, 1, 1, 0], count_include_pad=True",
            "pool_size=[2, 2], strides=[2, 2], ceil_mode=True",
            "pool_size=[2, 2], strides=[2, 2], padding=[1, 1, 1, 1], ceil_mode=True, count_include_pad=True",
        )
    ],
    *[of(f"R.triu(x{attrs})", f(3, 4)) for attrs in ("", ", 1", ", -1")],
    of('R.multiply(x, R.ones(R.shape([2, 3]), "float64"))', f(*M)),
    of('R.multiply(x, R.zeros(R.shape([2, 3]), "float64"))', f(*M)),
    of('R.multiply(x, R.full(R.shape([2, 3]), R.const(2.5, "float64"), "float64"))', f(*M)),
    of("R.full_like(x, y)", f(*M), f()),
    of('R.full(R.shape([2, 3]), x, "float64")', f()),
]
