"""Elements read, written or found by tensors of positions."""

from row_language import Open, T, V, relax, relay

X = T((4, 3))
SCATTER = "relay.attrs.ScatterElementsAttrs"
SCATTER_ND = "relay.attrs.ScatterNDAttrs"
MODES = ("update", "add", "mul", "mean", "min", "max")


def elements(data, indices, updates, **attrs):
    return relay("scatter_elements", data, indices, updates, attrs_type=SCATTER, **attrs)


def scatter_nd(data, indices, updates, **attrs):
    return relay("scatter_nd", data, indices, updates, attrs_type=SCATTER_ND, **attrs)


ROWS = [
    # gather
    relay("gather", X, V([[0, 3, 1], [2, 2, 0]], "int32"), axis=0),
    relay("gather", X, V([[0], [2], [1], [1]], "int64"), axis=-1),
    relax("gather_elements", X, V([[0, 3, 1], [2, 2, 0]], "int32")),
    relax("gather_elements", X, V([[0], [2], [1], [1]], "int64"), axis=-1),
    *[relax("scatter_elements", X, V([[0, 1, 3], [0, 2, 3]], "int32"), T((2, 3)), reduction=mode) for mode in MODES],
    relax("scatter_elements", X, V([[-1, 0], [2, -3], [0, 0], [1, 2]], "int64"), T((4, 2)), axis=1),
    relay("gather", X, V([[0, 1]], "int32"), axis=1),
    relay("gather", X, V([0, 1], "int32"), axis=0),
    relay("gather", X, T((2, 3)), axis=0),
    relay("gather", X, V([[0, 1, 2]], "uint8"), axis=0),
    relay("gather", X, V([[0, 1, 2]], "int32"), axis=2),
    relay("gather", X, V([[0, 1, 2]], "int32")),
    relay("gather", Open(X, (None, 3)), Open(V([[0, 3, 1]], "int32"), (None, 3)), axis=0),
    # gather_nd
    relay("gather_nd", X, V([[0, 3], [2, 1]], "int32")),
    relay("gather_nd", X, V([[0, 3, 1]], "int64")),
    relay("gather_nd", T((2, 3, 4)), V([[[0, 1], [1, 0]], [[2, 0], [1, 1]]], "int32")),
    relay("gather_nd", T((2, 3, 4)), V([[0, 2]], "int32"), batch_dims=1),
    relay("gather_nd", T((2, 3, 4)), V([[[0, 2], [1, 1]], [[3, 0], [2, 2]]], "int32"), batch_dims=1),
    relay("gather_nd", T((2, 3, 4)), V([[[0, 3, 1], [2, 0, 1]]], "int32"), batch_dims=2),
    relay("gather_nd", X, V([[0], [1], [2]], "int32")),
    relay("gather_nd", X, V([[0, 3], [2, 1]], "uint8"), index_rank=2),
    relay("gather_nd", Open(X, (None, 3)), Open(V([[0, 3, 1]], "int32"), (1, None)), index_rank=1),
    relay("gather_nd", X, Open(V([[0, 3, 1]], "int32"), (None, 3))),
    # scatter_elements
    *[elements(X, V([[0, 1, 3], [0, 2, 3]], "int32"), T((2, 3)), reduction=mode) for mode in MODES],
    *[elements(T((4, 3), "int32", -9, 9), V([[0, 1, 3], [0, 2, 3]], "int64"), T((2, 3), "int32", -9, 9), reduction=mode)
      for mode in MODES],
    elements(X, V([[-1, 0], [2, -3], [0, 0], [1, 2]], "int32"), T((4, 2)), axis=1),
    elements(X, V([[-1, 0], [2, -3]], "int32"), T((2, 2)), axis=-1, reduction="add"),
    elements(X, V([[0]], "uint8"), T((1, 1))),
    elements(X, V([[0, 1, 3], [2, 2, 0]], "int32"), T((3, 3))),
    elements(X, V([[0, 2], [1, 1]], "int32"), T((2, 3)), axis=1),
    elements(X, T((2, 3)), T((2, 3))),
    elements(X, V([[0, 1, 3]], "int32"), T((1, 3)), reduction="none"),
    elements(Open(X, (None, 3)), Open(V([[0, 1, 3]], "int32"), (None, 3)), Open(T((1, 3)), (None, 3))),
    # scatter_nd
    *[scatter_nd(X, V([[0, 3, 0], [2, 1, 2]], "int32"), T((3,)), mode=mode) for mode in MODES if mode != "mean"],
    scatter_nd(X, V([[1, 3]], "int64"), T((2, 3))),
    scatter_nd(X, V([[1, 1]], "int64"), T((2, 3)), mode="add"),
    scatter_nd(T((2, 3, 4)), V([[[0, 1], [1, 0]], [[2, 0], [1, 1]]], "int32"), T((2, 2, 4)), mode="add"),
    scatter_nd(T((4,), "int32"), V([[1, 1, 2]], "uint32"), T((3,), "int32"), mode="add"),
    scatter_nd(X, V([[0], [1], [2]], "int32"), T((1,))),
    scatter_nd(X, T((2, 2)), T((2,))),
    scatter_nd(X, Open(V([[1, 3]], "int64"), (None, 2)), T((2, 3))),
    # one_hot
    *[
        relay("one_hot", V([[0, 2], [5, -1]], "int32"), V(2.5), V(-1.0), depth=3, axis=axis, dtype=dtype)
        for axis in (-1, 0, 1, 2) for dtype in ("float32", "int32")
    ],
    relay("one_hot", V(1, "int64"), V(1, "int64"), V(0, "int64"), depth=2, axis=-1, dtype="bool"),
    relay("one_hot", V([0.0, 1.0]), V(1.0), V(0.0), depth=2, axis=-1, dtype="float32"),
    relay("one_hot", V([0], "int32"), V(1.0), V(0.0), depth=0, axis=-1, dtype="float32"),
    relay("one_hot", Open(V([0, 2], "int32"), (None,)), V(1.0), V(0.0), depth=3, axis=0, dtype="float32"),
    # argwhere
    *[relay("argwhere", T((3, 4), dtype, -1, 1)) for dtype in ("bool", "int32")],
    relay("argwhere", V([0.0, 0.5, 0.0, -2.0])),
    relay("argwhere", V([0.0, 0.0])),
    relay("argwhere", V(1.0)),
    relay("argwhere", Open(T((2, 3, 2), "bool"), (None, None, 2))),
    # unravel_index, invert_permutation
    relay("unravel_index", V([22, 41, 37, -1, 42], "int32"), V([7, 6], "int32")),
    relay("unravel_index", V(1621, "int64"), V([6, 7, 8, 9], "int64")),
    relay("unravel_index", V([[1, 2]], "int32"), V([2, 3], "int32")),
    relay("unravel_index", V([1.0]), V([2, 3], "int32")),
    relay("invert_permutation", V([3, 4, 0, 2, 1], "int32")),
    # adv_index
    relay("adv_index", [T((4, 3, 2)), V([0, 3], "int64"), V([2, 1], "int64")]),
    relay("adv_index", [T((4, 3, 2)), V([[0], [3]], "int32"), V([2, 1], "int32")]),
    relay("adv_index", [T((4, 3)), V([[0, 1], [3, 2]], "int32")]),
    relay("adv_index", [T((4, 3)), V([0], "int32"), V([0], "int32"), V([0], "int32")]),
    relay("adv_index", [T((4, 3)), V([0, 1], "int32"), V([0, 1, 2], "int32")]),
    relay("adv_index", [Open(T((4, 3, 2)), (None, 3, None)), Open(V([0, 3], "int64"), (None,))]),
    # sequence_mask, matrix_set_diag
    *[relay("sequence_mask", T((3, 4, 2)), V(lengths, "int32"), mask_value=-1.5, axis=axis)
      for axis, lengths in ((0, [0, 1, 3, 9]), (1, [4, 2, 0]))],
    relay("sequence_mask", T((3, 3), "int32", -9, 9), V([1.0, 2.5, 0.5]), mask_value=2.7),
    relay("sequence_mask", T((3, 4)), V([1, 2, 3], "int32")),
    relay("sequence_mask", T((3, 4)), V([1, 2, 3, 0], "int32"), axis=2),
    relay("sequence_mask", Open(T((3, 4)), (3, None)), Open(V([1, 2, 3, 0], "int32"), (None,))),
    relay("matrix_set_diag", T((2, 3, 4)), T((2, 3))),
    relay("matrix_set_diag", T((3, 4)), T((3,)), k1=1, k2=1),
    relay("matrix_set_diag", T((4, 3)), T((3,)), k1=-1, k2=-1),
    *[relay("matrix_set_diag", T((2, 3, 4), "int32", 0, 9), T((2, 4, 3), "int32", 10, 90), k1=-2, k2=1,
            super_diag_right_align=a, sub_diag_right_align=b) for a in (False, True) for b in (False, True)],
    relay("matrix_set_diag", T((3, 4)), T((3,)), k1=1, k2=0),
]  # fmt: skip
