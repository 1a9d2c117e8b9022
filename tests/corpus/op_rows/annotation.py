"""Marks, which give their argument as it is."""

from row_language import Open, T, V, relay

X = T((2, 3))
COMPILER = "relay.attrs.CompilerAttrs"

ROWS = [
    *[relay(f"annotation.{name}", X) for name in ("stop_fusion", "checkpoint", "bitpack_start", "bitpack_end")],
    *[relay(f"annotation.{name}", Open(X, (None, 3))) for name in ("stop_fusion", "checkpoint")],
    *[relay(f"annotation.compiler_{end}", X, attrs_type=COMPILER, compiler="dnnl") for end in ("begin", "end")],
    relay("annotation.cast_hint", X, attrs_type="relay.attrs.CastHintAttrs", dtype="int8"),
    relay("on_device", X),
    relay("on_device", X, constrain_result=True, constrain_body=False),
    relay("debug", X, debug_func=None),
    relay("memory.kill", X),
    *[relay("relay.op.annotation.simulated_quantize", T((4, 5), "float32", -9, 9), V(scale), V(-12.0), V(11.0),
            kind=kind) for kind in (0, 1, 3) for scale in (0.5, 0.3)],
    relay("relay.op.annotation.simulated_quantize", V(2.0), V(0.5), V(-12.0), V(11.0), kind=1),
    relay("relay.op.annotation.simulated_quantize", X, V([0.5]), V(-12.0), V(11.0), kind=1),
    relay("vm.shape_of", X, dtype="int64"),
    relay("vm.shape_of", Open(X, (None, 3)), dtype="int64"),
    relay("vm.reshape_tensor", X, V([3, 2], "int64"), newshape=[3, 2]),
]  # fmt: skip
