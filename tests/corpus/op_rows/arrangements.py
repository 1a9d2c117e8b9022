"""Layouts, windows, grids, products by labels, Fourier transforms, and sparse tensors as coordinates."""

from row_language import Open, T, V, relax, relay

SPARSE = V([[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 2, 3]], "int64")


def layout(shape, source, target, dtype="float32", dims=None):
    data = T(shape, dtype) if dims is None else Open(T(shape, dtype), dims)
    return relay("layout_transform", data, src_layout=source, dst_layout=target)


def ints(*values):
    return V(list(values), "int32")


ROWS = [
    layout((1, 4, 2, 3), "NCHW", "NHWC"),
    layout((1, 8, 2, 3), "NCHW", "NCHW4c"),
    layout((1, 6, 2, 3), "NCHW", "NCHW4c"),
    layout((1, 2, 2, 3, 4), "NCHW4c", "NCHW"),
    layout((1, 2, 2, 3, 4), "NCHW4c", "NCHW8c"),
    layout((1, 3, 2, 3, 4), "NCHW4c", "NCHW8c"),
    layout((1, 2, 3, 8), "NHWC", "NCHW4c", "int8"),
    layout((8, 4, 3, 2), "OIHW", "OIHW4i8o"),
    layout((8, 8, 1, 2), "OIHW", "OIHW2i4o2i"),
    layout((4, 5), "NC", "CN"),
    layout((1, 4, 2, 3), "NCHW", "NCHW"),
    layout((1, 4, 2, 3), "NCHW", "NCH"),
    layout((1, 4, 2), "NCHW", "NHWC"),
    layout((1, 2, 2, 3, 4), "NCHW8c", "NCHW"),
    layout((1, 4, 2, 3), "NCHW", "NHWC", dims=(None, 4, None, 3)),
    layout((1, 8, 2, 3), "NCHW", "NCHW4c", dims=(None, None, 2, 3)),
    layout((1, 2, 2, 3, 4), "NCHW4c", "NCHW", dims=(1, None, 2, 3, 4)),
    relay("auto_scheduler_layout_transform", T((4, 6)), src_layout="4A6B", dst_layout="2A3B2A2B"),
    relay("auto_scheduler_layout_transform", T((2, 3, 4)), src_layout="2ic3kh4kw", dst_layout="4kw2ic3kh"),
    *[relay("meshgrid", [T((2,)), T((3,)), T((4,))], indexing=indexing) for indexing in ("ij", "xy")],
    relay("meshgrid", [T((2,)), T(())]),
    relay("meshgrid", [T((3,))], indexing="xy"),
    relay("meshgrid", [T((2,)), T((2, 2))]),
    relay("meshgrid", [T((2,)), T((2,), "int32")]),
    relay("meshgrid", [Open(T((2,)), (None,)), T((3,))], indexing="xy"),
    relay("sliding_window", T((2, 5, 6)), axis=1, window_shape=[2, 3], strides=[1, 2]),
    relay("sliding_window", T((7,)), axis=0, window_shape=[3], strides=[3]),
    relay("sliding_window", Open(T((2, 5, 6)), (None, 5, None)), axis=1, window_shape=[2, 3], strides=[1, 2]),
    relay("reverse_sequence", T((3, 4, 2)), ints(1, 3, 9)),
    relay("reverse_sequence", T((3, 4)), V([0, -1, 3, 2], "int64"), seq_axis=0, batch_axis=1),
    relay("reverse_sequence", T((2, 3, 4)), ints(2, 3, 1, 0), seq_axis=-2, batch_axis=-1),
    relay("reverse_sequence", T((3, 4)), ints(1, 2)),
    relay("reverse_sequence", T((3, 4)), V([1.0, 2.0, 3.0])),
    relay("reverse_sequence", T((3, 4)), ints(1, 2, 3), seq_axis=2),
    relay("reverse_sequence", Open(T((3, 4)), (3, None)), ints(1, 2, 3)),
    relay("strided_set", T((3, 4, 3)), T((2, 2, 2)), ints(1, 1, 0), ints(4, 4, 3), ints(2, 2, 2)),
    relay("strided_set", T((3, 4, 3)), T((1, 3, 3)), ints(1, -1), ints(2, -3), ints(1, -1)),
    relay("strided_set", T((3, 4, 3)), T((1, 2, 2)), ints(1, 0, 0), ints(2, 2, 3), ints(1, 1, 2)),
    relay("strided_set", T((3, 4, 3)), T((2, 3, 3)), ints(1, 1, 0), ints(4, 4, 3), ints()),
    relay("strided_set", T((3, 4)), T((2, 4)), ints(1), ints(3), ints(1)),
    relay("strided_set", T((9,)), T((4,)), ints(8), ints(0), ints(-2)),
    relay("strided_set", Open(T((9,)), (None,)), T((4,)), ints(0), ints(4), ints(1)),
    *[relay("contrib_reverse_reshape", T((2, 3, 4)), newshape=codes)
      for codes in ([4, 0, 2], [2, 0, 0], [0, -1], [-1, 0], [-1, 1, 0], [5, 5], [0, -3], [-3, 0], [-2, 1])],
    relay("einsum", [T((2, 3)), T((3, 4))], equation="ij,jk->ik"),
    relay("einsum", [T((2, 3)), T((3, 4))], equation="ij,jk"),
    relay("einsum", [T((3, 3))], equation="ii->i"),
    relay("einsum", [T((3, 3))], equation="ii"),
    relay("einsum", [T((2, 3, 4))], equation="ijk->kij"),
    relay("einsum", [T((5, 2, 3)), T((3, 4))], equation="...ij,...jk->...ik"),
    relay("einsum", [T((2, 3), "int32"), T((3,), "int32")], equation="ij, j -> i"),
    relay("einsum", [T((2, 3)), T((2,)), T((3,))], equation="ij,i,j->"),
    relay("einsum", [T((2, 3)), T((2,), "int32")], equation="ij,i->j"),
    relay("einsum", [T((2, 3)), T((4, 5))], equation="ij,jk->ik"),
    relay("einsum", [T((2, 3))], equation="ij,jk->ik"),
    relay("einsum", [Open(T((2, 3)), (None, 3)), Open(T((3, 4)), (3, None))], equation="ij,jk->ik"),
    relax("einsum", [T((2, 3)), T((3, 4))], subscripts="ij,jk->ik"),
    relax("einsum", [T((5, 2, 3)), T((3, 4))], subscripts="...ij,...jk->...ik"),
    relax("einsum", [T((3, 3))], subscripts="ii"),
    *[relay("dft", T((2, 8)), T((2, 8)), attrs_type="relay.attrs.DFTAttrs", inverse=inv) for inv in (False, True)],
    relay("dft", T((3, 2, 5), "float64"), T((3, 2, 5), "float64"), attrs_type="relay.attrs.DFTAttrs"),
    *[
        relay("stft", T((2, 12)), T((4,)), attrs_type="relay.attrs.StftAttrs", n_fft=4, hop_length=hop, win_length=4,
              normalized=norm, onesided=one)
        for hop, norm, one in ((2, False, True), (3, True, False), (4, True, True))
    ],
    relay("stft", T((12,)), T((4,)), attrs_type="relay.attrs.StftAttrs", n_fft=4, hop_length=2, win_length=4),
    relay("stft", Open(T((2, 12)), (2, None)), T((4,)), attrs_type="relay.attrs.StftAttrs", n_fft=4, hop_length=2,
          win_length=4),
    relay("sparse_to_dense", V(3, "int32"), V(7), V(0.5), output_shape=[5]),
    relay("sparse_to_dense", ints(0, 3, 3), V([1, 2, 3]), V(0.5), output_shape=[5]),
    relay("sparse_to_dense", V([[0, 1], [2, 0], [9, 9]], "int64"), V([1, 2, 3], "int32"), V(-1, "int32"),
          output_shape=[3, 2]),
    relay("sparse_to_dense", V([1.0]), V([1]), V(0.5), output_shape=[5]),
    relay("sparse_to_dense", ints(0), V([1]), V([0.5]), output_shape=[5]),
    relay("dyn.sparse_to_dense", V([[0, 1], [2, 0]], "int64"), V([1, 2], "int32"), V(-1, "int32"),
          V([3, 2], "int64")),
    relay("dyn.sparse_to_dense", ints(0, 3), V([1, 2]), V(0.5), V([5], "int64")),
    *[relay("sparse_reshape", SPARSE, V([2, 3, 6], "int64"), V(new, "int64"))
      for new in ([9, -1], [4, 9], [36], [2, 3, 6], [-1, 2, 2, 3])],
    relay("sparse_reshape", V([[9, 9]], "int64"), V([2, 3], "int64"), V([2, 3], "int64")),
    relay("sparse_reshape", ints(1, 2), ints(2, 3), ints(6)),
    relay("sparse_fill_empty_rows", V([[0, 3], [0, 1], [2, 0], [3, 1]], "int64"), V([1, 2, 3, 4], "int64"),
          V([6, 4], "int64"), V([10], "int64")),
    relay("sparse_fill_empty_rows", V([[1, 3], [3, 1]], "int64"), V([1, 2], "int64"),
          V([4, 4], "int64"), V([-1], "int64")),
]  # fmt: skip
