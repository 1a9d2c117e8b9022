"""Sorting, searching and running sums."""

from typing import Any

from row_language import Open, T, V, relax, relay

X = T((3, 4, 5))
TIES = T((4, 6), "int32", -2, 2)
SCAN = "relay.attrs.ScanopAttrs"
UNIQUE = "relay.attrs.UniqueAttrs"
ORDERS: tuple[dict[str, Any], ...] = ({}, {"is_ascend": False})

ASCENDING: tuple[dict[str, Any], ...] = ({}, {"is_ascend": True})

ROWS = [
    *[relay("sort", x, axis=axis, **order) for x in (X, TIES) for axis in (-1, 0) for order in ORDERS],
    relay("sort", T((7,), "uint8", 0, 9)),
    relay("sort", T((7,), "float64"), is_ascend=False),
    relay("sort", Open(X, (None, 4, None)), axis=1),
    *[
        relay("argsort", x, axis=axis, dtype=dtype, **order)
        for x, dtype in ((X, "int32"), (TIES, "int64"), (TIES, "float32")) for axis in (-1, 0) for order in ORDERS
    ],
    relay("argsort", Open(X, (None, 4, None)), axis=1, dtype="int32"),
    *[
        relay("topk", TIES, k=k, axis=axis, ret_type=ret, dtype="int32", **order)
        for k, axis in ((2, -1), (1, 0), (0, 1), (-1, 0)) for ret in ("both", "values", "indices")
        for order in ASCENDING
    ],
    relay("topk", X, k=3, axis=1, dtype="int64"),
    relay("topk", X, k=3, axis=3, dtype="int64"),
    relay("topk", X, k=3, ret_type="none", dtype="int64"),
    relay("topk", Open(X, (None, 4, None)), k=2, axis=-1, dtype="int32"),
    relay("topk", Open(X, (None, 4, None)), k=-1, axis=-1, dtype="int32"),
    *[relay("dyn.topk", TIES, V(k, "int64"), k=None, axis=1, ret_type=ret, dtype="int32")
      for k in (3, [2]) for ret in ("both", "values", "indices")],
    relay("dyn.topk", TIES, V([2, 2], "int64"), k=None, axis=1, dtype="int32"),
    *[relay("searchsorted", V([1, 2, 2, 5]), V([[0, 1, 2], [3, 5, 9]]), right=right, dtype=dtype)
      for right in (False, True) for dtype in ("int32", "int64")],
    relay("searchsorted", V([[1, 2, 2, 5], [0, 0, 7, 8]], "int32"), V([[2, 3, 1], [0, 7, 9]], "int32")),
    relay("searchsorted", V([[1, 2, 2, 5]]), V([2.0])),
    relay("searchsorted", V([1, 2, 2, 5]), V(2.0)),
    relay("searchsorted", V([[1, 2], [3, 4]]), V([[2.0]])),
    # Only distinct elements: what stands behind them is not defined.
    *[relay("unique", V([3, 1, 4, 9, 5, 2], dtype), attrs_type=UNIQUE, sorted=s, return_counts=c)
      for dtype in ("int32", "int64") for s in (False, True) for c in (False, True)],
    relay("unique", V([[3, 1]], "int32"), attrs_type=UNIQUE),
    relay("unique", Open(V([3, 1, 2], "int32"), (None,)), attrs_type=UNIQUE),
    *[relay(name, T((3, 4), dtype, -3, 3), attrs_type=SCAN, axis=axis, exclusive=exclusive)
      for name in ("cumsum", "cumprod") for dtype in ("float32", "int8") for axis in (0, -1, None)
      for exclusive in (False, True)],
    relay("cumsum", T((9,), "int8", 90, 120), attrs_type=SCAN, axis=0),
    relay("cumsum", T((9,), "int8", 90, 120), attrs_type=SCAN, axis=0, dtype="int32"),
    relay("cumsum", T((9,), "bool"), attrs_type=SCAN, axis=0, dtype="int32"),
    relay("cumprod", T((9,), "float32"), attrs_type=SCAN, axis=0, dtype="float64"),
    relay("cumsum", T((2, 3, 4)), attrs_type=SCAN, axis=1),
    relay("cumsum", Open(T((2, 3)), (None, 3)), attrs_type=SCAN, axis=1),
    relay("cumsum", Open(T((2, 3)), (None, 3)), attrs_type=SCAN),
    *[relax(name, T((3, 4), dtype, -3, 3), axis=axis, exclusive=exclusive) for name in ("cumsum", "cumprod")
      for dtype in ("float32", "int8") for axis in (0, -1, None) for exclusive in (False, True)],
    relax("cumsum", T((9,), "int8", 90, 120), axis=0, dtype="int32"),
    *[relax(name, TIES, axis=axis, descending=back) for name in ("sort", "argsort") for axis in (-1, 0)
      for back in (False, True)],
    *[relax("topk", TIES, k=2, axis=axis, ret_type=ret, largest=large) for axis in (-1, 0)
      for ret in ("both", "values", "indices") for large in (False, True)],
    relax("topk", TIES, k=-1, dtype="int64"),
]  # fmt: skip
