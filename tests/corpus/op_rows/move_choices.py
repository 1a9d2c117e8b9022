"""Every attribute of operators that move elements: by maps of indices, by positions, by coordinates, bit by bit."""

from typing import Any

from row_language import Map, T, V, relax, relay

X = T((2, 3, 4))
OLD = ("0.19",)
PADS: list[tuple[str, dict[str, Any]]] = [
    ("float32", {}), ("float32", {"pad_value": -1.5}), ("int32", {"pad_value": 7}),
]  # fmt: skip


def ints(*values):
    return V(list(values), "int32")


def longs(*values):
    return V(list(values), "int64")


# fmt: off
ROWS = [
    *[relay("reinterpret", T((3,), source, 0, 9), dtype=target) for source, target in (
        ("float16", "int16"), ("uint16", "float16"), ("uint64", "float64"), ("uint32", "int32"), ("float32", "float32"),
        ("float32", "int64"), ("bool", "int8"))],
    *[relay("strided_set", T((7,)), T((count,)), ints(begin), ints(end), ints(stride))
      for begin, end, stride, count in ((1, 6, 2, 3), (-6, -1, 1, 5), (5, -7, -2, 3), (-1, 1, -3, 2), (0, 99, 3, 3))],
    relay("strided_set", T((3, 4), "int64", -9, 9), T((3, 2), "int64", -9, 9), ints(0, 2), ints(3, 4), ints(1)),
    relay("strided_set", T((3, 4)), T((3, 2)), longs(0, 2), longs(3, 4), longs(1, 1)),
    *[relay("dyn.one_hot", V([0, 2, 5], "int64"), V(7, "int32"), V(-1, "int32"), V(4, kind), depth=0, axis=axis,
            dtype=dtype) for kind in ("int32", "int64") for axis in (-1, 0) for dtype in ("int32", "float64")],
    relay("dyn.one_hot", V([0, 2], "int32"), V(1.0), V(0.0), V(3, "int32"), depth=9, axis=2, dtype="float32"),
    relay("dyn.sparse_to_dense", V(2, "int32"), V(7), V(0.5), longs(5)),
    relay("dyn.sparse_to_dense", V([[0, 1, 1], [1, 0, 0], [0, 1, 1]], "int32"), V([1, 2, 3]), V(0.0), ints(2, 2, 2)),
    *[relay("sparse_reshape", V([[0, 1], [2, 3], [1, 0]], kind), V([3, 4], kind), V(new, kind))
      for kind in ("int32", "int64") for new in ([12], [2, -1], [4, 3], [-1, 1, 6])],
    relay("sparse_reshape", V([[0, 1]], "uint32"), longs(3, 4), longs(12)),
    relay("sparse_fill_empty_rows", V([[0, 0, 1], [2, 1, 0]], "int64"), longs(5, 6), longs(4, 2, 2), longs(0)),
    relay("sparse_fill_empty_rows", V([[0, 1], [1, 0], [1, 2]], "int64"), longs(5, 6, 7), longs(2, 3), longs(-1)),
    *[relax("layout_transform", T((5, 6), dtype, -9, 9), index_map=Map("a, b", "(b // 4, a, b % 4)"), **pad)
      for dtype, pad in PADS],
    relax("layout_transform", X, index_map=Map("n, h, w", "(n * 3 + h, w)")),
    relax("layout_transform", X, index_map=Map("n, h, w", "((n * 3 + h) * 4 + w,)")),
    relax("layout_transform", X, index_map=Map("n, h, w", "(w, n, h)"), axis_separators=[1], releases=OLD),
    relax("layout_transform", X, index_map=Map("n, h, w", "(w, n, h)"), input_axis_separators=[2], releases=OLD),
    relax("layout_transform", X, index_map=Map("n, h", "(h, n)")),
]
