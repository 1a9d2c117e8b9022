"""Programs with open dimensions, each with arguments of several sizes: what conversions must carry."""

from collections.abc import Sequence
from typing import Any

import numpy as np

HEADER = '#[version = "0.0.5"]\n'
Args = tuple[Any, ...]
Case = tuple[str, Sequence[Args]]


def floats(*shape: int) -> np.ndarray[Any, Any]:
    """Values of both signs, none of them zero."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 7 % 11 - 5.5) / 4).astype("float32").reshape(shape)


def ints(*values: int, dtype: str = "int64") -> np.ndarray[Any, Any]:
    """A vector."""
    return np.asarray(values, dtype)


def number(value: float, dtype: str = "int64") -> np.ndarray[Any, Any]:
    """A tensor of rank 0."""
    return np.asarray(value, dtype)


N = "Tensor[(?), float32]"
NM = "Tensor[(?, ?), float32]"
N4 = "Tensor[(?, 4), float32]"
I1, I2 = "Tensor[(1), int64]", "Tensor[(2), int64]"
IMAGE = "Tensor[(?, 3, ?, ?), float32]"

CASES: dict[str, Case] = {
    # sizes that operators pass on
    "elementwise": (f"def @main(%x: {NM}) {{ nn.relu(exp(%x)) }}", [(floats(2, 3),), (floats(1, 5),), (floats(4, 1),)]),
    "same operand twice": (f"def @main(%x: {NM}) {{ add(%x, multiply(%x, %x)) }}", [(floats(2, 3),), (floats(1, 1),)]),
    "bias of known size": (
        f"def @main(%x: {N4}, %b: Tensor[(4), float32]) {{ add(%x, %b) }}",
        [(floats(2, 4), floats(4)), (floats(1, 4), floats(4))],
    ),
    "two open operands": (
        f"def @main(%a: {N}, %b: {N}) {{ add(%a, %b) }}",
        [(floats(3), floats(3)), (floats(3), floats(1)), (floats(1), floats(4)), (floats(1), floats(1))],
    ),
    "open beside known": (
        f"def @main(%a: {N}, %b: Tensor[(5), float32]) {{ multiply(%a, %b) }}",
        [(floats(5), floats(5)), (floats(1), floats(5))],
    ),
    "three open operands": (
        f"def @main(%c: Tensor[(?, ?), bool], %a: {NM}, %b: {NM}) {{ where(%c, %a, %b) }}",
        [(floats(2, 3) > 0, floats(2, 3), floats(2, 3)), (floats(2, 1) > 0, floats(2, 3), floats(1, 3))],
    ),
    # Found by a campaign: a size that may be 1 was taken for that of the data.
    "collapsed to open sizes": (
        f"def @main(%a: Tensor[(2, 3, 4), float32], %b: {N4}) {{ collapse_sum_like(%a, %b) }}",
        [(floats(2, 3, 4), floats(3, 4)), (floats(2, 3, 4), floats(1, 4))],
    ),
    "open collapsed to known sizes": (
        "def @main(%a: Tensor[(2, ?, ?), float32], %b: Tensor[(2, 1), float32]) { collapse_sum_like(%a, %b) }",
        [(floats(2, 2, 3), floats(2, 1)), (floats(2, 2, 1), floats(2, 1))],
    ),
    "open collapsed to open": (
        "def @main(%a: Tensor[(2, ?, ?, 1), float32], %b: Tensor[(?, ?, 1), float32]) { collapse_sum_like(%a, %b) }",
        [
            (floats(2, 3, 4, 1), floats(3, 4, 1)),
            (floats(2, 3, 4, 1), floats(1, 4, 1)),
            (floats(2, 3, 4, 1), floats(1, 1, 1)),
        ],
    ),
    "a part that is used twice": (
        f"def @main(%x: {N4}) {{ %0 = split(exp(%x), indices_or_sections=2, axis=0); %1 = %0.0; add(tanh(%1), %1) }}",
        [(floats(2, 4),), (floats(6, 4),)],
    ),
    "comparison": (
        f"def @main(%a: {NM}, %b: {NM}) {{ less(%a, %b) }}",
        [(floats(2, 3), floats(2, 3)), (floats(2, 3), floats(1, 3))],
    ),
    "dense": (
        f"def @main(%x: {NM}, %w: Tensor[(5, 4), float32]) {{ nn.dense(%x, %w, units=5) }}",
        [(floats(2, 4), floats(5, 4)), (floats(7, 4), floats(5, 4))],
    ),
    "dense of open weight": (
        f"def @main(%x: {NM}, %w: {NM}) {{ nn.dense(%x, %w, units=None) }}",
        [(floats(2, 4), floats(5, 4)), (floats(3, 2), floats(1, 2))],
    ),
    "batch matmul": (
        "def @main(%a: Tensor[(?, ?, 4), float32], %b: Tensor[(?, 3, 4), float32]) "
        "{ nn.batch_matmul(%a, %b, transpose_b=True) }",
        [(floats(2, 5, 4), floats(2, 3, 4)), (floats(3, 1, 4), floats(3, 3, 4))],
    ),
    "concatenate": (
        f"def @main(%a: {NM}, %b: {NM}) {{ %0 = (%a, %b); concatenate(%0, axis=1) }}",
        [(floats(2, 3), floats(2, 1)), (floats(4, 1), floats(4, 2))],
    ),
    "reduction and softmax": (
        f"def @main(%x: {NM}) {{ (nn.softmax(%x), sum(%x, axis=[1], keepdims=True), max(%x, axis=[0])) }}",
        [(floats(2, 3),), (floats(4, 1),)],
    ),
    "transpose and split": (
        "def @main(%x: Tensor[(?, 6), float32]) { %0 = split(%x, indices_or_sections=2, axis=1); "
        "%1 = transpose(%0.0, axes=[1, 0]); (%1, %0.1) }",
        [(floats(2, 6),), (floats(3, 6),)],
    ),
    "convolution of open image": (
        f"def @main(%x: {IMAGE}, %w: Tensor[(2, 3, 3, 3), float32]) "
        "{ %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], strides=[2, 2], channels=2, kernel_size=[3, 3]); nn.relu(%0) }",
        [(floats(1, 3, 6, 8), floats(2, 3, 3, 3)), (floats(2, 3, 5, 5), floats(2, 3, 3, 3))],
    ),
    "pooling of open image": (
        f"def @main(%x: {IMAGE}) {{ nn.max_pool2d(%x, pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0]) }}",
        [(floats(1, 3, 6, 8),), (floats(2, 3, 4, 5),)],
    ),
    "batch norm of open channels": (
        f"def @main(%x: Tensor[(2, ?, 3), float32], %g: {N}, %b: {N}, %m: {N}, %v: {N}) "
        "{ %0 = nn.batch_norm(%x, %g, %b, %m, %v); %0.0 }",
        [(floats(2, c, 3), floats(c), floats(c), floats(c), np.abs(floats(c))) for c in (3, 5)],
    ),
    "strided slice of open axis": (
        f"def @main(%x: {NM}) {{ strided_slice(%x, begin=[0, 1], end=[3, 100], strides=[1, 1], axes=None) }}",
        [(floats(2, 3),), (floats(5, 4),)],
    ),
    "take by open indices": (
        f"def @main(%x: {N4}, %i: Tensor[(?), int64]) {{ take(%x, %i, axis=0) }}",
        [(floats(3, 4), ints(0, 2)), (floats(2, 4), ints(1, 1, 0))],
    ),
    # shapes that programs compute
    "flatten by shape_of": (
        'def @main(%x: Tensor[(?, 3, 4), float32]) { %0 = shape_of(%x, dtype="int64"); %1 = take(%0, 0i64); '
        "%2 = expand_dims(%1, axis=0); %3 = expand_dims(-1i64, axis=0); %4 = (%2, %3); %5 = concatenate(%4); "
        "dyn.reshape(%x, %5, newshape=[]) }",
        [(floats(2, 3, 4),), (floats(1, 3, 4),)],
    ),
    "heads by shape arithmetic": (
        'def @main(%x: Tensor[(?, ?, 8), float32]) { %0 = shape_of(%x, dtype="int32"); '
        "%1 = strided_slice(%0, begin=[0], end=[2], strides=[1], axes=None); "
        "%2 = strided_slice(%0, begin=[2], end=[3], strides=[1], axes=None); "
        "%3 = divide(%2, expand_dims(2, axis=0)); %4 = (%1, expand_dims(2, axis=0), %3); %5 = concatenate(%4); "
        "dyn.reshape(%x, %5, newshape=[]) }",
        [(floats(2, 3, 8),), (floats(1, 5, 8),)],
    ),
    "broadcast to another's shape": (
        f'def @main(%x: Tensor[(1, 4), float32], %y: {N4}) {{ %0 = shape_of(%y, dtype="int64"); '
        "dyn.broadcast_to(%x, %0, shape=[]) }",
        [(floats(1, 4), floats(3, 4)), (floats(1, 4), floats(1, 4))],
    ),
    "zeros of a shape": (
        f'def @main(%x: {NM}) {{ %0 = shape_of(%x, dtype="int64"); '
        '%1 = dyn.zeros(%0, shape=[], dtype="float32"); add(%x, %1) }',
        [(floats(2, 3),), (floats(1, 4),)],
    ),
    "full of twice the size": (
        f'def @main(%x: {N}) {{ %0 = shape_of(%x, dtype="int64"); %1 = multiply(%0, 2i64); '
        'dyn.full(1.5f, %1, shape=[], dtype="float32") }',
        [(floats(2),), (floats(5),)],
    ),
    "shape as a result": (
        f'def @main(%x: {NM}) {{ %0 = shape_of(%x, dtype="int32"); (%0, ndarray_size(%x, dtype="int64")) }}',
        [(floats(2, 3),), (floats(1, 6),)],
    ),
    "tile by a size": (
        f'def @main(%x: Tensor[(1, 3), float32], %y: {N4}) {{ %0 = shape_of(%y, dtype="int64"); '
        "%1 = strided_slice(%0, begin=[0], end=[1], strides=[1], axes=None); %2 = (%1, expand_dims(2i64, axis=0)); "
        "%3 = concatenate(%2); dyn.tile(%x, %3, reps=[]) }",
        [(floats(1, 3), floats(2, 4)), (floats(1, 3), floats(5, 4))],
    ),
    "pad to twice the size": (
        f'def @main(%x: {N}) {{ %0 = shape_of(%x, dtype="int64"); %1 = (expand_dims(0i64, axis=0), %0); '
        "%2 = concatenate(%1); %3 = reshape(%2, newshape=[1, 2]); dyn.nn.pad(%x, %3, 0f, pad_width=[]) }",
        [(floats(2),), (floats(3),)],
    ),
    "first half": (
        f'def @main(%x: {N4}) {{ %0 = shape_of(%x, dtype="int64"); %1 = floor_divide(%0, 2i64); '
        "%2 = strided_slice(%1, begin=[0], end=[1], strides=[1], axes=None); "
        "dyn.strided_slice(%x, expand_dims(0i64, axis=0), %2, "
        "expand_dims(1i64, axis=0), begin=None, end=None, strides=None, axes=None) }",
        [(floats(2, 4),), (floats(5, 4),)],
    ),
    "one hot of an open depth": (
        f'def @main(%i: Tensor[(?), int64], %x: {N}) {{ %0 = shape_of(%x, dtype="int64"); %1 = take(%0, 0i64); '
        'dyn.one_hot(%i, 1f, 0f, %1, depth=0, axis=-1, dtype="float32") }',
        [(ints(0, 2), floats(3)), (ints(1, 0, 1), floats(2))],
    ),
    "image doubled": (
        f'def @main(%x: {IMAGE}) {{ %0 = shape_of(%x, dtype="int64"); '
        "%1 = strided_slice(%0, begin=[2], end=[4], strides=[1], axes=None); %2 = multiply(%1, 2i64); "
        'dyn.image.resize2d(%x, %2, zeros(shape=[4], dtype="float32"), size=[], roi=[], method="linear", '
        'coordinate_transformation_mode="half_pixel", rounding_method="") }',
        [(floats(1, 3, 2, 3),), (floats(2, 3, 4, 2),)],
    ),
    "edges of widths that follow from sizes": (
        f'def @main(%x: {NM}) {{ %0 = shape_of(%x, dtype="int64"); %1 = (%0, %0); %2 = stack(%1, axis=1); '
        'dyn.nn.pad(%x, %2, 0f, pad_width=[], pad_mode="edge") }',
        [(floats(2, 3),), (floats(1, 4),)],
    ),
    # sizes that only the run tells
    "new axes as arguments": (
        "def @main(%x: Tensor[(?, 3), float32], %a: int64, %b: int32) "
        "{ dyn.expand_dims(dyn.expand_dims(%x, %a), %b, num_newaxis=2) }",
        [(floats(2, 3), number(a), number(b, "int32")) for a, b in ((0, 0), (2, 1), (-1, 3), (1, -2))],
    ),
    "dropped axes as an argument": (
        "def @main(%x: Tensor[(1, 3, 1, ?), float32], %a: Tensor[(2), int64]) { dyn.squeeze(%x, %a, axis=[]) }",
        [(floats(1, 3, 1, 4), ints(0, 2)), (floats(1, 3, 1, 1), ints(-1, 0)), (floats(1, 3, 1, 1), ints(2, 3))],
    ),
    "widths of an edge as an argument": (
        f'def @main(%x: {NM}, %w: Tensor[(2, 2), int64]) {{ dyn.nn.pad(%x, %w, 0f, pad_width=[], pad_mode="edge") }}',
        [(floats(2, 3), ints(0, 1, 2, 0).reshape(2, 2)), (floats(1, 2), ints(3, 0, 0, 5).reshape(2, 2))],
    ),
    "widths of a mirror as an argument": (
        "def @main(%x: Tensor[(3, ?), float32], %w: Tensor[(2, 2), int64]) "
        '{ dyn.nn.pad(%x, %w, 0f, pad_width=[], pad_mode="reflect") }',
        [(floats(3, 4), ints(2, 1, 3, 0).reshape(2, 2)), (floats(3, 2), ints(0, 0, 0, 1).reshape(2, 2))],
    ),
    **{
        f"size of an image as an argument, {name}": (
            f"def @main(%x: Tensor[(1, 2, 4, 3), float32], %s: {I2}) "
            f'{{ dyn.image.resize2d(%x, %s, zeros(shape=[4], dtype="float32"), size=[], roi=[], method="{method}", '
            f'coordinate_transformation_mode="{mode}", {more}) }}',
            [(floats(1, 2, 4, 3), ints(*size)) for size in ((7, 2), (8, 6), (4, 3), (3, 9))],
        )
        for name, method, mode, more in (
            ("rounded", "nearest_neighbor", "asymmetric", 'rounding_method="round"'),
            ("rounded up", "nearest_neighbor", "half_pixel", 'rounding_method="ceil"'),
            ("linear", "linear", "align_corners", 'rounding_method=""'),
            ("cubic", "cubic", "pytorch_half_pixel", "cubic_exclude=1"),
        )
    },
    "rows that are empty": (
        f"def @main(%i: Tensor[(?, 2), int64], %v: Tensor[(?), int64], %s: {I2}, %d: int64) "
        "{ %0 = sparse_fill_empty_rows(%i, %v, %s, %d); (%0.0, %0.1, %0.2) }",
        [
            (ints(0, 1, 0, 3, 2, 0).reshape(3, 2), ints(1, 2, 3), ints(5, 4), number(-1)),
            (ints(0, 1, 1, 3).reshape(2, 2), ints(1, 2), ints(2, 4), number(-1)),
            (ints().reshape(0, 2), ints(), ints(3, 4), number(7)),
        ],
    ),
    "rows of open width that are empty": (
        "def @main(%i: Tensor[(?, ?), int32], %v: Tensor[(?), int32], %s: Tensor[(?), int64], %d: Tensor[(1), int64]) "
        "{ %0 = sparse_fill_empty_rows(%i, %v, %s, %d); (%0.0, %0.1, %0.2) }",
        [
            (ints(1, 1, 2, dtype="int32").reshape(1, 3), ints(5, dtype="int32"), ints(3, 4, 4), ints(9)),
            (ints(0, 2, dtype="int32").reshape(2, 1), ints(5, 6, dtype="int32"), ints(4), ints(9)),
        ],
    ),
    "rows beside an open batch": (
        f"def @main(%i: Tensor[(3, 2), int64], %v: Tensor[(3), int64], %x: {NM}) "
        '{ %0 = sparse_fill_empty_rows(%i, %v, shape_of(%x, dtype="int64"), 0i64); add(%0.1, sum(%0.2, axis=[0])) }',
        [
            (ints(0, 1, 0, 2, 2, 0).reshape(3, 2), ints(1, 2, 3), floats(4, 3)),
            (ints(0, 1, 0, 2, 2, 0).reshape(3, 2), ints(1, 2, 3), floats(3, 3)),
        ],
    ),
    "sparse coordinates of open width": (
        "def @main(%i: Tensor[(?, ?), int64], %a: Tensor[(?), int64], %b: Tensor[(?), int64]) "
        "{ %0 = sparse_reshape(%i, %a, %b); (%0.0, %0.1) }",
        [
            (ints(0, 1, 1, 2).reshape(2, 2), ints(2, 3), ints(3, -1)),
            (ints(0, 1, 1, 2).reshape(2, 2), ints(2, 3), ints(6)),
            (ints(5).reshape(1, 1), ints(6), ints(1, 2, 3)),
            (ints(0, 7, 1, 2).reshape(2, 2), ints(2, 3), ints(2, 3)),
        ],
    ),
    "shape as an argument": (
        f"def @main(%x: {N4}, %s: {I2}) {{ dyn.reshape(%x, %s, newshape=[]) }}",
        [(floats(3, 4), ints(6, 2)), (floats(3, 4), ints(-1, 3)), (floats(2, 4), ints(0, -1))],
    ),
    "end as an argument": (
        f"def @main(%x: {N}, %e: {I1}) {{ dyn.strided_slice(%x, expand_dims(0i64, axis=0), %e, "
        "expand_dims(1i64, axis=0), begin=None, end=None, strides=None, axes=None) }",
        [(floats(5), ints(3)), (floats(5), ints(-1)), (floats(2), ints(9))],
    ),
    "best k": (
        "def @main(%x: Tensor[(?, 6), float32], %k: int64) "
        '{ %0 = dyn.topk(%x, %k, k=None, axis=-1, dtype="int64"); (%0.0, %0.1) }',
        [(floats(2, 6), number(3)), (floats(1, 6), number(1))],
    ),
    "places of what is not zero": (
        f"def @main(%x: {NM}) {{ argwhere(nn.relu(%x)) }}",
        [(floats(2, 3),), (floats(4, 2),), (-np.abs(floats(2, 2)),)],
    ),
    "rows of what is not zero": (
        f"def @main(%x: {N}) {{ %0 = argwhere(nn.relu(%x)); %1 = squeeze(%0, axis=[1]); take(%x, %1, axis=0) }}",
        [(floats(5),), (floats(9),)],
    ),
    "unique values": (
        "def @main(%x: Tensor[(?), int32]) { %0 = unique(%x, sorted=True, return_counts=False); "
        '%1 = cast(%0.3, dtype="int64"); dyn.strided_slice(%0.0, expand_dims(0i64, axis=0), %1, '
        "expand_dims(1i64, axis=0), begin=None, end=None, strides=None, axes=None) }",
        [(ints(3, 1, 3, 2, dtype="int32"),), (ints(5, 5, dtype="int32"),)],
    ),
    # constructs
    "branches of equal sizes": (
        f"def @main(%c: bool, %x: {NM}) {{ if (%c) {{ nn.relu(%x) }} else {{ exp(%x) }} }}",
        [(np.asarray(True), floats(2, 3)), (np.asarray(False), floats(1, 4))],
    ),
    "branches of other sizes": (
        f"def @main(%c: bool, %a: {N}, %b: {N}) {{ %0 = if (%c) {{ %a }} else {{ %b }}; nn.relu(%0) }}",
        [(np.asarray(True), floats(2), floats(3)), (np.asarray(False), floats(2), floats(3))],
    ),
    "call of a function": (
        f"def @half(%x: {NM}) -> {NM} {{ multiply(%x, 0.5f) }}\ndef @main(%a: {NM}) -> {NM} {{ add(%a, @half(%a)) }}",
        [(floats(2, 3),), (floats(1, 4),)],
    ),
    "closure over a size": (
        f'def @main(%x: {N4}) {{ %0 = shape_of(%x, dtype="int64"); '
        f"let %f = fn (%y: {N4}) {{ %1 = dyn.broadcast_to(1f, %0, shape=[]); add(%y, %1) }}; %f(%x) }}",
        [(floats(2, 4),), (floats(3, 4),)],
    ),
    "tuple of open tensors": (
        f"def @main(%t: ({NM}, {NM})) {{ %0 = concatenate(%t, axis=0); nn.relu(%0) }}",
        [((floats(2, 3), floats(1, 3)),), ((floats(1, 4), floats(3, 4)),)],
    ),
}
"""By name: the program, and arguments on each of which it runs."""

WRONG: dict[str, Case] = {
    "dense": (CASES["dense"][0], [(floats(2, 3), floats(5, 4))]),
    "dense of open weight": (CASES["dense of open weight"][0], [(floats(2, 4), floats(5, 3))]),
    "two open operands": (CASES["two open operands"][0], [(floats(2), floats(3))]),
    "collapsed to open sizes": (CASES["collapsed to open sizes"][0], [(floats(2, 3, 4), floats(2, 4))]),
    "open beside known": (CASES["open beside known"][0], [(floats(2), floats(5))]),
    "concatenate": (CASES["concatenate"][0], [(floats(2, 3), floats(3, 1))]),
    "batch norm of open channels": (
        CASES["batch norm of open channels"][0],
        [(floats(2, 3, 3), floats(3), floats(4), floats(3), floats(3))],
    ),
}
"""Arguments that break what a program takes for granted."""
