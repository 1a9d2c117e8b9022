"""Sparse matrices, and integers multiplied bit by bit."""

from typing import Any

from row_language import T, V, relay

BITS: dict[str, Any] = {"pack_dtype": "uint8", "out_dtype": "int16"}
ONE_ROW = (T((5,)), V([0, 2, 1, 3, 0], "int32"), V([0, 2, 2, 5], "int32"))
BLOCKS = (T((3, 2, 2)), V([1, 0, 1], "int32"), V([0, 1, 3], "int32"))
SQUARE = (T((5,)), V([0, 2, 1, 3, 0], "int32"), V([0, 2, 2, 5, 5], "int32"))


def small(*shape, bits=2):
    return T(shape, "int16", 0, (1 << bits) - 1)


# fmt: off
ROWS = [
    relay("nn.sparse_dense", T((2, 4)), *ONE_ROW),
    relay("nn.sparse_dense", T((2, 4)), *BLOCKS),
    relay("nn.sparse_dense", T((2, 4)), *ONE_ROW, sparse_lhs=True),
    relay("nn.sparse_dense", T((2, 4)), *BLOCKS, sparse_lhs=True),
    relay("nn.sparse_dense", T((2, 4)), T((3, 2)), *BLOCKS[1:]),
    relay("nn.internal.sparse_dense_padded", T((2, 4)), *ONE_ROW),
    relay("nn.sparse_add", T((3, 4)), *ONE_ROW),
    relay("nn.sparse_add", T((3, 4)), *BLOCKS),
    relay("nn.sparse_add", T((3, 4), "float64"), *ONE_ROW),
    relay("nn.sparse_transpose", *SQUARE),
    relay("nn.sparse_transpose", *BLOCKS),
    relay("nn.sparse_conv2d", T((1, 3, 2, 4)), *BLOCKS),
    relay("nn.sparse_conv2d", T((1, 4, 3, 2)), *BLOCKS, layout="NCHW"),
    relay("nn.sparse_conv2d", T((1, 4, 3, 2)), *ONE_ROW, layout="NCHW"),
    relay("nn.bitpack", small(2, 16, 3, bits=3), bits=3, pack_axis=1, bit_axis=2, pack_type="uint8"),
    relay("nn.bitpack", small(2, 3, 32), bits=2, pack_axis=2, bit_axis=0, pack_type="uint16"),
    relay("nn.bitpack", small(2, 3, 32), bits=1, pack_axis=2, bit_axis=3, pack_type="uint32"),
    *[relay("nn.bitserial_conv2d", small(1, 8, 5, 6), small(8, 8, 3, 3, bits=1), channels=8, activation_bits=2,
            weight_bits=1, **BITS, **more)
      for more in ({}, {"unipolar": False}, {"padding": [1, 1], "strides": [2, 2]})],
    relay("nn.bitserial_conv2d", small(1, 5, 6, 8), small(3, 3, 8, 8), channels=8, activation_bits=2, weight_bits=2,
          data_layout="NHWC", kernel_layout="HWIO", **BITS),
    relay("nn.bitserial_conv2d", small(1, 8, 5, 6), small(8, 8, 3, 3), activation_bits=2, **BITS),
    *[relay("nn.bitserial_dense", small(4, 32), small(8, 32), units=8, data_bits=2, weight_bits=2, unipolar=sense,
            pack_dtype=pack, out_dtype="int16")
      for sense, pack in ((True, "uint16"), (False, "uint32"), (False, "uint8"))],
    relay("nn.bitserial_dense", small(4, 16), small(8, 16), data_bits=2, weight_bits=2, units=None, **BITS),
]
