"""Tensors made from parameters."""

from row_language import K, S, Shape, T, V, relax, relay

X = T((3, 4))
TRILU = "relay.attrs.TriluAttrs"


def arange(start, stop, step, dtype):
    operands = [K(value, dtype) for value in (start, stop, step)]
    return relay("arange", *operands, start=operands[0], stop=operands[1], step=operands[2], dtype=dtype)


ROWS = [
    *[relay(name, shape=[2, 3], dtype=dtype) for name in ("zeros", "ones") for dtype in ("float32", "int8", "bool")],
    *[relax(name, Shape((2, 3)), dtype=dtype) for name in ("zeros", "ones") for dtype in ("float32", "int8")],
    *[relay(name, X) for name in ("zeros_like", "ones_like")],
    *[relax(name, X) for name in ("zeros_like", "ones_like")],
    *[relax(name, X, dtype="int32") for name in ("zeros_like", "ones_like")],
    relay("full", V(2.5), shape=[2, 3]),
    relay("full", V(2.5), shape=[2], dtype="int32"),
    relay("full", V(7, "int64"), shape=[], dtype="float16"),
    relay("full", V([2.5]), shape=[2]),
    relax("full", Shape((2, 3)), V(2.5)),
    relax("full", Shape((2, 3)), V(2.5), dtype="int32"),
    relay("full_like", X, V(2.5)),
    relay("full_like", T((2,), "int32"), V(2.5)),
    relax("full_like", X, V(2.5)),
    relax("full_like", X, V(2.5), dtype="int32"),
    arange(0, 16, 1, "int64"),
    arange(1, 7, 2, "int32"),
    arange(1, 8, 2, "int32"),
    arange(5, -3, -3, "int32"),
    arange(1.0, 7.0, 1.5, "float32"),
    arange(0.0, 1.0, 0.1, "float32"),
    arange(3, 3, 1, "int32"),
    relax("arange", S(1), S(8), S(2), dtype="int32"),
    relax("arange", S(0.5, "float32"), S(7.0, "float32"), S(1.5, "float32"), dtype="float32"),
    relax("arange", S(0), S(5), S(1)),
    *[
        relay("trilu", X, V(k, "int32"), attrs_type="relay.attrs.TriluAttrs", upper=u)
        for k in (-1, 0, 2)
        for u in (True, False)
    ],
    relay("trilu", T((2, 4, 3)), V(1, "int64"), attrs_type="relay.attrs.TriluAttrs"),
    *[relax(name, X, S(k)) for name in ("triu", "tril") for k in (-1, 0, 2)],
]
