"""Every attribute of the operators on random numbers."""

from row_language import T, V, relax, relay

FRESH = V([0, 0, 0, 17, 0, 0, 0, 0, 1 << 63, 0], "uint64")
LATER = V([1, 2, 3, 4, 1 << 63, 0, 0, 99, 1 << 62, 0], "uint64")
SKEWED = T((2, 3, 20), "float32", 0, 4)

# fmt: off
ROWS = [
    *[relay("random.threefry_generate", LATER, out_shape=shape) for shape in ([], [1], [0], [2, 0], [17], [2, 3, 4])],
    relay("random.threefry_generate", T((9,), "uint64"), out_shape=[4]),
    relay("random.threefry_split", LATER),
    relay("random.threefry_split", T((10,), "int64")),
    *[relay(f"random.{name}", LATER, V(-1.0, dtype), V(2.0, dtype), out_shape=shape, out_dtype=dtype)
      for name in ("uniform", "normal") for dtype in ("float32", "float64") for shape in ([], [7], [2, 2, 3])],
    relay("random.normal", LATER, V(0.0), V(1.0), out_shape=[3]),
    relay("random.normal", LATER, V([0.0]), V(1.0), out_shape=[3], out_dtype="float32"),
    relay("random.multinomial", LATER, V([0.25, 0.75])),
    relay("random.multinomial", LATER, V([0.25, 0.75], "float64"), num_samples=3),
    relay("random.multinomial", FRESH, SKEWED, num_samples=9),
    relay("random.multinomial", LATER, V([1, 0, 3], "int32"), num_samples=4),
    relay("random.multinomial", LATER, V(0.5), num_samples=4),
    *[relax("multinomial_from_uniform", V([[0.2, 0.8], [0.5, 0.5]]), V([[0.1], [0.3], [0.9]]),
            V([[0], [1], [0]], "int64"), dtype=dtype) for dtype in ("int64", "int32")],
    relax("multinomial_from_uniform", V([0.2, 0.8]), V([[0.1]]), V([[0]], "int64"), dtype="int64"),
    relax("multinomial_from_uniform", V([[0.2, 0.8]]), V([[0.1, 0.2]]), V([[0]], "int64"), dtype="int64"),
]
