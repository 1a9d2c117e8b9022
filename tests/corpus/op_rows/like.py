"""Operators that take a shape or an element type from another argument, or give it as numbers."""

from row_language import K, Open, T, V, relay

X = T((2, 3, 4))
COLLAPSE = "relay.attrs.InitOpAttrs"


def collapse_to(data, shape):
    target = K(shape, "int64")
    return relay("collapse_sum_to", data, target, attrs_type=COLLAPSE, shape=list(shape), dtype=data.dtype)


ROWS = [
    relay("broadcast_to_like", T((3, 1)), T((2, 3, 4))),
    relay("broadcast_to_like", T(()), T((2, 2))),
    relay("broadcast_to_like", T((2, 3)), T((2, 3))),
    relay("broadcast_to_like", T((3, 1), "int32"), T((3, 4))),
    relay("broadcast_to_like", T((3, 2)), T((3, 4))),
    relay("broadcast_to_like", T((2, 3, 4)), T((3, 4))),
    relay("broadcast_to_like", Open(T((3, 1)), (None, 1)), Open(T((3, 4)), (None, None))),
    relay("reshape_like", X, T((6, 4))),
    relay("reshape_like", X, T((24,), "int32")),
    relay("reshape_like", X, T((5, 5))),
    relay("reshape_like", T((1, 2, 3, 4)), T((6, 2, 2, 3)), lhs_begin=1, rhs_end=3),
    relay("reshape_like", T((30, 12)), T((4, 2, 2, 3)), lhs_begin=-1, lhs_end=2, rhs_begin=1, rhs_end=4),
    relay("reshape_like", Open(X, (None, 3, 4)), Open(T((6, 4)), (None, 4))),
    relay("slice_like", T((4, 5)), T((2, 3)), axes=None),
    relay("slice_like", T((4, 5, 6)), T((2, 3)), axes=None),
    relay("slice_like", T((4, 5)), T((2, 3, 4)), axes=None),
    relay("slice_like", T((4, 5, 6)), T((2, 3, 4)), axes=[-2]),
    relay("slice_like", T((4, 5, 6)), T((2, 3)), axes=[2]),
    relay("slice_like", T((4, 5, 6)), T((2, 3, 4)), axes=[]),
    relay("slice_like", T((4, 5)), T((6, 3)), axes=None),
    relay("slice_like", T((4, 5)), T((6, 3)), axes=[1]),
    relay("slice_like", Open(T((4, 5)), (None, 5)), Open(T((2, 3)), (None, 3)), axes=None),
    relay("collapse_sum_like", T((3, 4, 5)), T((4, 1))),
    relay("collapse_sum_like", T((3, 4)), T((3, 4))),
    relay("collapse_sum_like", T((3, 4), "int8"), T((1, 4), "int8")),
    relay("collapse_sum_like", T((3, 4)), T((2, 4))),
    relay("collapse_sum_like", T((3, 4)), T((1, 3, 4))),
    relay("collapse_sum_like", T((3, 4)), T((3, 4), "int32")),
    relay("collapse_sum_like", T((3, 4)), T(())),
    collapse_to(T((3, 4, 5)), (4, 1)),
    collapse_to(T((3, 4, 5)), (4, 5)),
    relay("copy", X),
    relay("copy", T((), "int64")),
    *[relay("cast_like", T((2, 5), a, -9, 9), T((3,), b)) for a, b in (
        ("float32", "int32"), ("int32", "float32"), ("float32", "float16"), ("int32", "int8"), ("int32", "bool"),
    )],
    relay("cast_like", Open(X, (None, 3, None)), T((), "int8")),
    relay("reinterpret", X, dtype="int32"),
    relay("reinterpret", T((3,), "int32", 0, 1 << 30), dtype="float32"),
    relay("reinterpret", T((3,), "int16", 0, 1 << 14), dtype="uint16"),
    relay("reinterpret", T((3,), "float64"), dtype="int64"),
    relay("reinterpret", T((3,), "int8"), dtype="uint8"),
    *[relay("shape_of", X, dtype=dtype) for dtype in ("int32", "int64")],
    relay("shape_of", T(()), dtype="int32"),
    relay("shape_of", Open(X, (None, 3, None)), dtype="int32"),
    *[relay("ndarray_size", X, dtype=dtype) for dtype in ("int32", "float32")],
    relay("ndarray_size", T(()), dtype="int64"),
    relay("ndarray_size", Open(X, (None, 3, None)), dtype="int32"),
    *[relay(f"fast_{name}", T((4, 8), "float32", -6, 6)) for name in ("exp", "tanh", "erf")],
    *[relay(f"fast_{name}", T((8,), "float64", -6, 6)) for name in ("exp", "tanh", "erf")],
    *[relay(f"fast_{name}", V([-200, -100, -1e-6, 0, 9, 80])) for name in ("exp", "tanh", "erf")],
    *[
        relay("fixed_point_multiply", T((3, 8), "int32", -1000, 1000), multiplier=m, shift=s)
        for m, s in ((1 << 30, -3), (1 << 30, 4), (1 << 30, 0), (1395864371, 3), (2000000000, -5), (1 << 29, 0))
    ],
    relay("fixed_point_multiply", V([3, -3, 1, -1, 5], "int32"), multiplier=1 << 30, shift=0),
    relay("fixed_point_multiply", V([6, -6, 2, -2, 10], "int32"), multiplier=1 << 29, shift=0),
    relay("fixed_point_multiply", Open(T((3,), "int32"), (None,)), multiplier=1 << 30, shift=0),
    *[
        relay(
            "fixed_point_multiply_per_axis", T((2, 3, 4), "int32", -1000, 1000),
            V([1395864371, 1 << 30, 2000000000], "int32"), V([2, 0, 0], "int32"), V([0, 3, 0], "int32"),
            is_lshift_required=left, is_rshift_required=right, axes=[1],
        )
        for left in (False, True) for right in (False, True)
    ],
]  # fmt: skip
