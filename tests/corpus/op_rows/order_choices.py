"""Every attribute of the operators that sort, of those that find distinct elements, and of those that find elements."""

from typing import Any

from row_language import Open, S, T, V, relax, relay

X = T((3, 4, 5))
TIES = T((4, 6), "int32", -2, 2)
ZEROS = V([[0.0, -0.0, 1.0], [-0.0, 0.0, -1.0]])
REPEATED = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
UNIQUE = "relay.attrs.UniqueAttrs"
NEW = ("0.27",)
FLAGS = [tuple(bool(n >> k & 1) for k in range(4)) for n in range(16)]


def distinct(data, flags, axis=None):
    place = () if axis is None else (S(axis, "int64"),)
    return relax("unique", data, *(S(flag, "bool") for flag in flags), *place)


DESCENDING: dict[str, Any] = {"descending": True}

# fmt: off
ROWS = [
    *[relay("sort", T((2, 7), dtype, -3, 3), axis=1, is_ascend=up)
      for dtype in ("float16", "float64", "int64") for up in (True, False)],
    relay("sort", X, axis=1, is_ascend=False),
    relay("sort", X, axis=-3),
    relay("sort", ZEROS, axis=1),
    relay("sort", ZEROS, axis=1, is_ascend=False),
    relay("sort", X, dtype="int32"),
    *[relay("argsort", T((2, 7), dtype, -3, 3), axis=1, is_ascend=up, dtype=out)
      for dtype, out in (("float16", "int32"), ("float64", "int64"), ("int64", "float64")) for up in (True, False)],
    relay("argsort", X, axis=1, is_ascend=False, dtype="int32"),
    relay("argsort", ZEROS, dtype="int32"),
    *[relay("topk", T((2, 7), dtype, -3, 3), k=3, axis=1, is_ascend=up, dtype=out)
      for dtype, out in (("float16", "int32"), ("float64", "int64"), ("int64", "float32")) for up in (True, False)],
    *[relay("topk", X, k=k, axis=1, ret_type=ret, is_ascend=up, dtype="int64")
      for k in (0, 4) for ret in ("both", "values", "indices") for up in (True, False)],
    relay("topk", X, k=2, ret_type="values"),
    *[relay("dyn.topk", TIES, V(2, "int32"), k=None, axis=axis, ret_type=ret, is_ascend=up, dtype="int64")
      for axis in (0, -1) for ret in ("both", "values", "indices") for up in (True, False)],
    relay("dyn.topk", Open(TIES, (None, 6)), V(2, "int64"), k=None, axis=0, dtype="int32"),
    *[relay("unique", V(REPEATED, "int32"), attrs_type=UNIQUE, sorted=up, return_counts=counted)
      for up in (True, False) for counted in (True, False)],
    relay("unique", V(REPEATED, "int32"), attrs_type=UNIQUE),
    relay("argwhere", V([[0.0, float("nan"), -0.0], [float("inf"), 1e-40, -1.0]])),
    relay("argwhere", T((2, 2, 2, 2), "bool")),
    relay("argwhere", T((3, 0))),
    *[relax("sort", T((2, 7), dtype, -3, 3), axis=1, **more)
      for dtype in ("float16", "float64", "int64") for more in ({}, DESCENDING)],
    relax("sort", X, axis=1, descending=True),
    relax("sort", X),
    *[relax("argsort", TIES, axis=0, descending=back, dtype=dtype)
      for back in (False, True) for dtype in ("int32", "int64", "float32")],
    relax("argsort", X),
    relax("argsort", T((2, 7), "float64"), axis=1, descending=True),
    relax("topk", X),
    *[relax("topk", X, k=k, axis=1, ret_type=ret, largest=large, dtype="int64")
      for k in (-1, 3) for ret in ("both", "values", "indices") for large in (True, False)],
    relax("topk", T((2, 7), "float64"), k=2, axis=1),
    *[distinct(V(REPEATED, "int64"), flags) for flags in FLAGS],
    *[distinct(V([[2, 1], [0, 5], [2, 1], [0, 4]], "int32"), flags, axis)
      for flags in ((False, False, False, False), (True, True, True, True), (False, True, True, True))
      for axis in (0, 1, -1)],
    relax("nonzero", T((2, 3, 2), "int64", -1, 1)),
    relax("nonzero", V([0.0, float("nan"), -0.0])),
    relax("nonzero", V(2.0)),
    *[relax("median", T((3, 4), dtype, -3, 3), axis=axis, keepdims=keep, releases=NEW)
      for dtype in ("float64", "int32") for axis in (0, [1]) for keep in (False, True)],
    relax("median", T((3, 4), "int32"), axis=None, releases=NEW),
    relax("median", T((3, 4)), releases=NEW),
]
