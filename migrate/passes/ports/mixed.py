"""ToMixedPrecision on both sides: products in float16, what follows them too where it may, all else in float32."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import relay_compat.ir.expr as relay
from migrate.passes.bridges import typed
from migrate.passes.ports.parallel import PRODUCTS
from migrate.passes.ports.seen import Seen, is_constant, operators, tensor
from migrate.verify.generate.skeletons.mixed import MIXED
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.to_mixed_precision import ToMixedPrecision as RelaxToMixedPrecision
from relay_compat.passes.to_mixed_precision import ToMixedPrecision
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.passes import Contract, PassContext

_CASTS = ("cast", "astype")
_FOLLOWING = ("add", "nn.relu")
_NEVER = ("sum", "nn.softmax")
_LARGEST = 65504.0


def ports() -> Iterator[PortedPass]:
    """The pass."""
    yield PortedPass(
        "ToMixedPrecision", typed(_halved), RelaxToMixedPrecision("float16"), computed_otherwise,
        contract=Contract.APPROXIMATE, skeletons=tuple(map(Skeleton, MIXED)),
    )  # fmt: skip


def _halved(module: IRModule) -> IRModule:
    with PassContext(config={"relay.ToMixedPrecision.keep_orig_output_dtype": True}):
        return ToMixedPrecision("float16")(module)


def computed_otherwise(module: IRModule) -> str:
    """Names the first operator that computes on the wrong floats, or whose operand is cast anew for it: a product on
    float32, or of integers on floats; what follows operands of float16 on float32, or others on float16; a bound that
    float16 does not hold.
    """
    casts: Counter[Any] = Counter()
    for call in operators(module):
        given = tensor(call.args[0]) if call.args else None
        dtype = "" if given is None else given.dtype
        if call.name in _CASTS and not is_constant(call.args[0]):
            casts[call.scope, call.args[0], call.attrs["dtype"]] += 1
        if call.name in PRODUCTS and _gives_floats(call) and not dtypes.is_float(dtype):
            return f"{call.name} of {dtype} is summed up in floats"
        wanted = _wanted(call)
        if wanted and dtype in ("float16", "float32") and dtype != wanted:
            return f"{call.name} takes {dtype}"
    return "a value is cast twice" if any(count > 1 for count in casts.values()) else ""


def _gives_floats(call: Seen) -> bool:
    type_ = tensor(call.node)
    return type_ is not None and dtypes.is_float(type_.dtype)


def _wanted(call: Seen) -> str:
    """The floats that an operator is to compute on; "" where nothing is said of it."""
    if call.name in PRODUCTS:
        return "float16"
    if call.name == "clip":
        return "float32" if _bound(call) > _LARGEST else ""
    if call.name not in _FOLLOWING:
        return ""
    kinds = {_kind(call, place) for place in range(len(call.args))}
    return "float32" if "float32" in kinds else "float16" if "float16" in kinds and "" not in kinds else ""


def _bound(call: Seen) -> float:
    if "a_max" in call.attrs:
        return float(call.attrs["a_max"])
    return float(getattr(getattr(call.args[2], "value", None), "value", 0.0))


def _kind(call: Seen, place: int) -> str:
    """The floats that an operand comes in; "constant" for what takes any, "" for what is not known."""
    found = call.inner(place)
    while found is not None and found.name in _CASTS:
        if found.inner(0) is None:
            return _leaf(found.args[0])
        found = found.inner(0)
    if found is None:
        return _leaf(call.args[place])
    if found.name in PRODUCTS:
        return "float16"
    if found.name in _NEVER:
        return "float32"
    type_ = tensor(found.node)
    return type_.dtype if found.name in _FOLLOWING and type_ is not None else ""


def _leaf(expr: Any) -> str:
    # Relay's version takes a variable for what can be cast, too; that of Relax what it is.
    if is_constant(expr) or isinstance(expr, relay.Var):
        return "constant"
    type_ = tensor(expr)
    return "" if type_ is None else type_.dtype
