"""Operators that take sizes and positions as operands. Their results have open dimensions."""

from row_language import Open, T, V, relay

X = T((2, 3, 4))


def longs(*values):
    return V(list(values), "int64")


def strided_slice(data, begin, end, strides, mode="end"):
    positions = (longs(*values) for values in (begin, end, strides))
    return relay("dyn.strided_slice", data, *positions, begin=None, end=None, strides=None, slice_mode=mode, axes=None)


def pad(data, width, value, mode="constant"):
    return relay("dyn.nn.pad", data, V(width, "int64"), value, pad_width=[], pad_mode=mode)


ROWS = [
    *[relay("dyn.reshape", X, longs(*codes), newshape=[])
      for codes in ((6, 4), (-1,), (0, -1), (4, 0, -1), (-3, 0), (0, 0, -1, 1))],
    relay("dyn.reshape", X, V([6, 4], "int32"), newshape=[]),
    relay("dyn.reshape", Open(X, (None, 3, 4)), longs(6, 4), newshape=[]),
    relay("dyn.reshape", X, Open(longs(6, 4), (None,)), newshape=[]),
    *[relay("dyn.broadcast_to", T((3, 1)), longs(*shape), shape=None) for shape in ((3, 4), (2, 3, 1))],
    relay("dyn.broadcast_to", T((3, 1)), Open(longs(3, 4), (None,)), shape=None),
    *[relay("dyn.tile", T((2, 3)), longs(*reps), reps=[]) for reps in ((2,), (2, 1), (2, 1, 3))],
    *[relay("dyn.expand_dims", T((2, 3)), V(axis, "int64"), attrs_type="relay.attrs.DynExpandDimsAttrs",
            num_newaxis=count) for axis, count in ((0, 1), (2, 1), (1, 2))],
    relay("dyn.expand_dims", T((2, 3)), longs(0), attrs_type="relay.attrs.DynExpandDimsAttrs"),
    *[relay("dyn.squeeze", T((1, 3, 1)), longs(*axes)) for axes in ((0,), (2,), (0, 2))],
    relay("dyn.squeeze", T((1, 3, 1)), V(0, "int64")),
    *[relay(f"dyn.{name}", longs(2, 3), shape=None, dtype=dtype) for name in ("zeros", "ones")
      for dtype in ("float32", "int8")],
    relay("dyn.zeros", Open(longs(2, 3), (None,)), shape=None, dtype="float32"),
    relay("dyn.full", V(2.5), longs(2, 3), shape=None),
    relay("dyn.full", V(2.5), longs(2), shape=None, dtype="int32"),
    relay("dyn.full", V([2.5]), longs(2), shape=None),
    strided_slice(X, (0, 1, 1), (2, 3, 3), (1, 1, 1)),
    strided_slice(X, (0, 1), (2, 3), (1, 2)),
    strided_slice(X, (1, 2, 3), (0, 0, 0), (-1, -1, -2)),
    strided_slice(X, (0, 0, 0), (9, 9, -1), (1, 1, 1)),
    strided_slice(X, (1, 0, 1), (1, 2, -1), (1, 1, 1), "size"),
    strided_slice(Open(X, (None, None, 4)), (0, 1), (2, 3), (1, 1)),
    pad(T((2, 3)), [[1, 2], [0, 1]], V(-1.5)),
    pad(T((2, 3), "int32"), [[1, 2], [0, 1]], V(7, "int32")),
    pad(T((2, 3)), [[1, 1], [0, 2]], V(0.0), "edge"),
    pad(T((2, 3)), [[1, 1], [0, 2]], V(0.0), "reflect"),
    relay("dyn.nn.pad", T((2, 3)), longs(1, 2), V(0.0), pad_width=[], pad_mode="constant"),
    *[
        relay("dyn.one_hot", V([[0, 2], [5, -1]], "int32"), V(2.5), V(-1.0), V(3, "int64"), depth=0, axis=axis,
              dtype="float32")
        for axis in (-1, 0, 1)
    ],
]  # fmt: skip
