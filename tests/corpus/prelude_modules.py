"""The modules with standard definitions that the tests compare, made by the same code with TVM and here."""

from typing import Any

STATIC: tuple[tuple[str, tuple[Any, ...], int | None], ...] = (
    ("float32", (), None),
    ("float32", (3, None), None),
    ("int32", (2, 3, 4), None),
    ("float32", (2,), 1),
)
"""Element type, shape (None: open) and batch of tensor arrays of known shape."""


def modules(tvm: Any, relay: Any, prelude: Any) -> dict[str, Any]:
    """The module after each part of the standard library, by the name of the part."""
    made: dict[str, Any] = {}
    for name in ("core.rly", "prelude.rly"):
        made[name] = tvm.IRModule({})
        made[name].import_from_std(name)
    standard = prelude.Prelude(tvm.IRModule({}))
    made["Prelude"] = standard.mod
    for dtype, shape, batch in STATIC:
        standard = prelude.Prelude(tvm.IRModule({}))
        dims = tuple(relay.Any() if dim is None else dim for dim in shape)
        ops = prelude.StaticTensorArrayOps(standard, dtype, dims, batch)
        ops.register()
        ops.define_tensor_array_scatter((5,), True)
        if shape:
            ops.define_tensor_array_split((7, *dims[1:]), (4,), True)
        made[f"StaticTensorArrayOps {dtype} {shape} {batch}"] = standard.mod
    return made
