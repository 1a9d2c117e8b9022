"""Selection of elements by index tensors."""

from row_language import T, V, relax, relay

X = T((4, 3))
INSIDE = V([[0, 3], [2, 1]], "int32")
OUTSIDE = V([-1, 4, 100, 2], "int64")

ROWS = [
    relay("take", X, INSIDE, axis=0),
    relay("take", X, V([2, 0], "int64"), axis=-1),
    relay("take", X, V([11, 0, 50, -1], "int32")),
    relay("take", X, OUTSIDE, axis=0),
    relay("take", X, OUTSIDE, axis=0, mode="wrap"),
    relay("take", X, INSIDE, axis=0, mode="fast"),
    relay("take", X, V(-1, "int32"), axis=1, mode="wrap"),
    relay("take", T((2, 3, 5)), V([[0, 4], [3, 9]], "int32"), axis=2, batch_dims=1),
    relay("take", T((2, 3, 5)), V([[0, 2], [1, 9]], "int32"), axis=1, batch_dims=1, mode="wrap"),
    relay("take", X, T((2,)), axis=0),
    relax("take", X, INSIDE, axis=0),
    relax("take", T((5,)), V([4, 0], "int64")),
    *[relax("take", X, OUTSIDE, axis=0, mode=mode, releases=("0.27",)) for mode in ("clip", "wrap", "nan")],
]
