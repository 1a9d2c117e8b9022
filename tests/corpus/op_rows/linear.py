"""Matrix products."""

from row_language import T, relax, relay

A, B = T((2, 3)), T((4, 3))
INT8 = T((2, 3), "int8", -100, 100)
INT8B = T((4, 3), "int8", -100, 100)
BATCHES = (T((2, 3, 4), "int8", -100, 100), T((2, 5, 4), "int8", -100, 100))

ROWS = [
    relay("nn.dense", A, B, units=None),
    relay("nn.dense", A, B, units=4),
    relay("nn.dense", A, B, units=5),
    relay("nn.dense", T((5, 2, 3)), B, units=None),
    relay("nn.dense", T((3,)), B, units=None),
    relay("nn.dense", INT8, INT8B, units=None),
    relay("nn.dense", INT8, INT8B, units=4, out_dtype="int32"),
    relay("nn.dense", T((2, 3), "uint8", 0, 200), INT8B, units=4, out_dtype="int32"),
    relay("nn.dense", T((2, 64), "float16"), T((4, 64), "float16"), units=4),
    relay("nn.dense", T((2, 64), "float16"), T((4, 64), "float16"), units=4, out_dtype="float32"),
    relay("nn.dense", T((3, 300)), T((7, 300)), units=7),
    relay("nn.dense", A, T((1, 4, 3)), units=None),
    *[
        relay("nn.matmul", T(a), T(b), units=None, transpose_a=ta, transpose_b=tb)
        for a, b, ta, tb in (
            ((2, 3), (3, 4), False, False), ((3, 2), (3, 4), True, False), ((2, 3), (4, 3), False, True),
            ((3, 2), (4, 3), True, True), ((5, 2, 3), (3, 4), False, False), ((2, 3), (5, 3, 4), False, False),
        )
    ],
    relay("nn.matmul", A, T((3, 4)), units=5),
    relay("nn.matmul", A, T((3, 4)), units=4),
    *[
        relay("nn.batch_matmul", T(a), T(b), transpose_a=ta, transpose_b=tb)
        for a, b, ta, tb in (
            ((2, 3, 4), (2, 5, 4), False, True), ((2, 3, 4), (2, 4, 5), False, False), ((2, 4, 3), (2, 4, 5),
            True, False),
            ((2, 4, 3), (2, 5, 4), True, True), ((1, 3, 4), (2, 5, 4), False, True), ((2, 3, 4), (1, 5, 4),
            False, True),
            ((2, 3, 4), (3, 5, 4), False, True), ((2, 3, 4), (2, 5, 6), False, True), ((3, 4), (2, 5, 4),
            False, True),
        )
    ],
    relay("nn.batch_matmul", T((2, 3, 4)), T((2, 4, 5))),
    relay("nn.batch_matmul", *BATCHES, transpose_b=True, out_dtype="int32"),
    *[
        relax("matmul", T(a), T(b))
        for a, b in (
            ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 1, 2, 3), (5, 3, 4)), ((3,), (3, 4)), ((2, 3), (3,)),
            ((3,), (3,)),
            ((5, 2, 3), (3,)), ((3,), (5, 3, 4)), ((2, 3), (4, 3)), ((2, 2, 3), (3, 3, 4)), ((3, 300), (300, 7)),
        )
    ],
    relax("matmul", INT8, T((3, 4), "int8", -100, 100)),
    relax("matmul", INT8, T((3, 4), "int8", -100, 100), out_dtype="int32"),
    relax("matmul", INT8, T((3, 4), "uint8", 0, 200), out_dtype="int32"),
    relax("matmul", INT8, T((3, 4), "uint8", 0, 200)),
    relax("matmul", T((2, 64), "float16"), T((64, 4), "float16")),
    relax("matmul", T((2, 64), "float16"), T((64, 4), "float16"), out_dtype="float32"),
    relax("matmul", T((2, 3), "float64"), T((3, 4), "float64")),
]  # fmt: skip
