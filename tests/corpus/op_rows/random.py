"""Random numbers from keys. Words of a key: the cipher's key, the path, the counter, the place of the next split."""

from row_language import T, V, relay

FRESH = V([0, 0, 0, 17, 0, 0, 0, 0, 1 << 63, 0], "uint64")
DRAWN = V([0xDEADBEEF << 32, 7, 1 << 63, 3, 1 << 62, 0, 0, 12345, 1 << 61, 0], "uint64")
DEEP = V([1, 2, 3, 4, 5, 6, 0, 8, 1, 0], "uint64")
LOW = V([1, 2, 3, 4, 5, 6, 0, 8, 0, 16], "uint64")
FULL = V([1, 2, 3, 4, 5, 6, 7, 8, 0, 0], "uint64")
ENDING = V([1, 2, 3, 4, 5, 6, 0, (1 << 64) - 3, 4, 0], "uint64")

ROWS = [
    *[relay("random.threefry_generate", key, out_shape=shape)
      for key in (FRESH, DRAWN, ENDING) for shape in ([4], [8, 3], [5], [3], [2, 2, 2])],
    relay("random.threefry_generate", T((10,), "int64"), out_shape=[4]),
    *[relay("random.threefry_split", key) for key in (FRESH, DRAWN, DEEP, LOW, FULL)],
    *[relay("random.uniform", key, V(low, dtype), V(high, dtype), out_shape=[3, 5], out_dtype=dtype)
      for key in (FRESH, DRAWN) for dtype in ("float32", "float64") for low, high in ((0.0, 1.0), (-2.5, 7.0))],
    relay("random.uniform", FRESH, V(0.0), V(1.0), out_shape=[3], out_dtype="float16"),
    relay("random.uniform", FRESH, V(0.0), V(1.0), out_shape=[3]),
    relay("random.uniform", FRESH, V(0.0, "float64"), V(1.0), out_shape=[3], out_dtype="float32"),
    *[relay("random.normal", DRAWN, V(mean, dtype), V(scale, dtype), out_shape=[3, 5], out_dtype=dtype)
      for dtype in ("float32", "float64") for mean, scale in ((0.0, 1.0), (5.0, 0.25))],
    *[relay("random.multinomial", DRAWN, V(probs), num_samples=count)
      for probs in ([0.1, 0.2, 0.7], [[0.5, 0.5], [0.0, 3.0], [-1.0, 1.0]]) for count in (1, 6)],
]  # fmt: skip
