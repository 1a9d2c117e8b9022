"""Data movement: every element is kept, moved or repeated."""

from row_language import K, S, Shape, T, both, relax, relay

X = T((2, 3, 4))
PAIR = (T((2, 3)), T((2, 3)))
NEW = ("0.27",)


def strided_slice(x, axes, begin, end, strides=None, **attrs):
    positions = [begin, end] if strides is None else [begin, end, strides]
    operands = [tuple(S(n, "int64") for n in values) for values in [axes, *positions]]
    return relax("strided_slice", x, *operands, **attrs)


ROWS = [
    # reshape: Relay's codes, and what does not fit
    *[
        relay("reshape", X, newshape=codes)
        for codes in (
            [6, 4], [-1], [0, -1], [-1, 0, 0], [4, 0, -1], [-2], [0, -2], [-3, 0], [0, -3], [-3, -1], [-4, 1, 2, -2],
            [-4, -1, 2, -2], [0, -4, 3, -1, 4], [0, 0, -1, 1], [-1, -2], [5, 5], [-1, -1], [0, 0, 0, 0], [-1, 5], [],
        )
    ],
    relay("reshape", T((1, 1)), newshape=[]),
    relay("reshape", T((2, 12)), newshape=[0, -4, 3, -1, 1]),
    relay("reshape", T((2, 0)), newshape=[0, 7], allowzero=True),
    relay("reshape", T((0, 4)), newshape=[-1, 2]),
    relay("reshape", T((2, 3), "int8"), newshape=[3, 2]),
    *[relax("reshape", X, Shape(dims)) for dims in ((6, 4), (24,), (2, 3, 4, 1), (5, 5))],
    relax("reshape", T((1, 1)), Shape(())),
    # transpose
    *[relay("transpose", X, axes=axes) for axes in (None, [0, 2, 1], [-1, 0, 1], [0, 0, 1], [0, 1], [0, 1, 3])],
    *[relax("permute_dims", X, axes=axes) for axes in ([0, 2, 1], [-1, 0, 1], [0, 0, 1], [0, 1])],
    relax("permute_dims", X),
    # broadcast_to
    *[relay("broadcast_to", T((3, 1)), shape=shape) for shape in ([3, 4], [2, 3, 1], [2, 3, 5])],
    *[relax("broadcast_to", T((3, 1)), Shape(shape)) for shape in ((3, 4), (2, 3, 1), (2, 3, 5), (2, 5))],
    # squeeze
    *[relay("squeeze", T((1, 3, 1)), axis=axis) for axis in (None, [], [0], [-1], [0, 2], [0, 0], [1], [3])],
    *[relax("squeeze", T((1, 3, 1)), axis=axis) for axis in (None, [], [0], [-1], [0, 2], [0, 0], [3])],
    relax("squeeze", T((1, 3, 1)), axis=[0, 1]),
    # expand_dims
    *[
        relay("expand_dims", T((2, 3)), axis=axis, num_newaxis=count)
        for axis, count in ((0, 1), (-1, 1), (-1, 2), (1, 2), (2, 1), (-3, 1), (0, 0), (-2, 3), (3, 1), (-4, 1))
    ],
    relay("expand_dims", T((2, 3)), axis=1),
    *[relax("expand_dims", T((2, 3)), axis=axis) for axis in (0, [-1, 0], [1, 2], [], [0, 0], [5])],
    # concatenate, stack
    *[relay("concatenate", (T((2, 3)), T((2, 4))), axis=axis) for axis in (1, -1, 0)],
    relay("concatenate", PAIR),
    relay("concatenate", (T((2, 3)),), axis=0),
    relay("concatenate", (*PAIR, T((4, 3))), axis=0),
    relay("concatenate", (T((2, 3)), T((2, 3), "int32")), axis=0),
    relay("concatenate", (T((2, 3)), T((2,))), axis=0),
    relay("concatenate", (T((2, 0)), T((2, 3))), axis=1),
    *[relax("concat", (T((2, 3)), T((2, 4))), axis=axis) for axis in (1, -1)],
    relax("concat", PAIR),
    relax("concat", (T((3,)), T((2,))), axis=None),
    relax("concat", PAIR, axis=None),
    relax("concat", (T((2, 3)), T((2,))), axis=0),
    *[relay("stack", PAIR, axis=axis) for axis in (0, 1, 2, -1, -3, 3, -4)],
    relay("stack", PAIR),
    relay("stack", (T(()), T(()), T(())), axis=0),
    relay("stack", (T((2, 3)), T((2, 4))), axis=0),
    *[relax("stack", PAIR, axis=axis, releases=NEW) for axis in (0, 1, 2, -1, -3)],
    relax("stack", (T((2, 3)), T((2, 4))), axis=0, releases=NEW),
    # split
    *[
        relay("split", T((2, 6)), indices_or_sections=cuts, axis=axis)
        for cuts, axis in (
            (2, 1), (3, -1), (1, 0), ([1, 3], 1), ([5], -1), ([1], 0), ([], 1), (4, 1), ([3, 1], 1), ([6], 1), (2, 2),
        )
    ],
    relay("split", T((2, 6)), indices_or_sections=2),
    *[
        relax("split", T((2, 6)), indices_or_sections=cuts, axis=axis)
        for cuts, axis in ((2, 1), (3, -1), (4, 1), ([1, 3], 1), ([3, 1, 9], -1), (2, 2))
    ],
    # strided_slice
    *[
        relay("strided_slice", T((4, 5)), begin=begin, end=end, strides=strides, axes=axes)
        for begin, end, strides, axes in (
            ([0, 0], [2, 2], [1, 1], None), ([0], [2], [1], None), ([1], [3], [1], [1]),
            ([-3, 1], [-1, 100], [1, 1], None),
            ([3, 4], [0, -1], [-1, -1], None), ([3, 4], [-9, -9], [-1, -2], None), ([0, 0], [4, 5], [2], None),
            ([0, 0], [4], [2], None), ([2], [4, 5], [2], None), ([4], [6], [1], [0]), ([-100], [2], [1], [0]),
            ([0, 1], [3, 9], [1, 3], [1, 0]), ([3], [1], [1], [0]), ([0, 1], [2, 3], [1], [0, 1]),
            ([1], [3], [1], [-1]),
            ([0], [2], [1], [2]), ([2, 9], [-6, -9], [-1, -1], None), ([1, 2], [], [1, 1], None),
            ([2], [0, 0], [-1, -1], None),
        )
    ],
    *[
        relay("strided_slice", T((4, 5)), begin=begin, end=size, strides=[2, 2], slice_mode="size", axes=None)
        for begin, size in (([1, 1], [2, -1]), ([-1, 0], [-1, 2]), ([0, 1], [2, 10]), ([-2, 0], [2, 4]))
    ],
    *[
        strided_slice(T((4, 5)), axes, begin, end, strides, **attrs)
        for axes, begin, end, strides, attrs in (
            ([0, 1], [0, 0], [2, 2], None, {}), ([1], [1], [3], [1], {}), ([0, 1], [-3, 1], [-1, 100], [1, 1], {}),
            ([0, 1], [3, 4], [0, -9], [-1, -2], {}), ([1], [-100], [100], [2], {}), ([0], [4], [9], [1], {}),
            ([0], [1], [3], [1], {"assume_inbound": True}), ([1], [4], [-6], [-1], {}),
        )
    ],
    strided_slice(T((4, 5)), [-1], [0], [2], [1]),
    # nn.pad
    *[
        relay("nn.pad", T((2, 3)), K(value, dtype), pad_width=width, **mode)
        for value, dtype, width, mode in (
            (7.5, "float32", [[1, 0], [0, 2]], {}), (0, "int32", [[1, 1], [1, 1]], {}),
            (0.0, "float32", [[0, -1], [-1, 0]], {}),
            (0.0, "float32", [[1, 2], [0, 3]], {"pad_mode": "edge"}),
            (0.0, "float32", [[1, 1], [2, 1]], {"pad_mode": "reflect"}),
            (0.0, "float32", [[1, 1]], {}), (-2.0, "float32", [[-1, 2], [3, -2]], {}),
        )
    ],
    relay("nn.pad", T((2, 3), "int8"), K(-5, "int8"), pad_width=[[1, 1], [0, 0]]),
    *[
        relax("nn.pad", T((2, 3)), pad_width=width, pad_mode=mode, pad_value=value, releases=NEW)
        for width, mode, value in (
            ([1, 0, 0, 2], "constant", 7.5), ([1, 2, 0, 4], "replicate", 0.0), ([1, 1, 2, 1], "reflect", 0.0),
            ([1, 1, 4, 5], "circular", 0.0), ([0, -1, -1, 0], "constant", 1.0),
        )
    ],
    relax("nn.pad", T((2, 3), "int32"), pad_width=[1, 0, 0, 2], pad_value=-2.7, releases=NEW),
    # nn.batch_flatten
    *[relay("nn.batch_flatten", T(shape)) for shape in ((2, 3, 4), (2, 3), (2,), ())],
    *[relax("nn.batch_flatten", T(shape), releases=NEW) for shape in ((2, 3, 4), (2, 3), (2,))],
    # repeat, tile, reverse
    *[relay("repeat", T((2, 3)), repeats=count, axis=axis) for count, axis in ((2, 0), (3, -1), (1, 1), (0, 0))],
    *[relax("repeat", T((2, 3)), repeats=count, axis=axis) for count, axis in ((2, 0), (3, -1), (2, None))],
    *[relay("tile", T((2, 3)), reps=reps) for reps in ([2], [2, 3], [3, 1, 2], [], [0, 1])],
    *[relax("tile", T((2, 3)), repeats=reps) for reps in ([2], [2, 3], [3, 1, 2])],
    *[row for axis in (0, -1, 2) for row in both("reverse", X, relax_op="flip", axis=axis)],
    relay("reverse", X, axis=3),
]  # fmt: skip
