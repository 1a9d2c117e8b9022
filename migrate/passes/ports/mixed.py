"""ToMixedPrecision on both sides: each operator computes on the floats that its category in TVM says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.bridges import typed
from migrate.passes.ports.parallel import PRODUCTS
from migrate.passes.ports.seen import Seen, is_constant, nodes, operators, tensor, type_of
from migrate.passes.registered import registered
from migrate.verify.generate.insertion import insertable
from migrate.verify.generate.skeletons.mixed import MIXED, mixed_around
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.to_mixed_precision import ToMixedPrecision as RelaxToMixedPrecision
from relay_compat.passes.to_mixed_precision import ToMixedPrecision
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.ops.registry import registry
from tensor_core.passes import Contract, PassContext
from tensor_core.types import TensorType, TupleType, Type, leaves

_CASTS = ("cast", "astype")
_FLOATS = ("float16", "float32")
_ALWAYS, _FOLLOW, _NEVER = 0, 1, 2
_LARGEST = 65504.0


def ports() -> Iterator[PortedPass]:
    """The pass."""
    around = [Skeleton(mixed_around(name)) for name in sorted(registry().by_relay) if _has_category(name)]
    chains = [Skeleton(make, weight=20) for make in MIXED]
    yield PortedPass(
        "ToMixedPrecision", typed(_halved), RelaxToMixedPrecision("float16"), computed_otherwise,
        contract=Contract.APPROXIMATE, skeletons=(*chains, *around), takes=_has_no_halves,
    )  # fmt: skip


def _has_category(name: str) -> bool:
    """Whether an operator of Relay of which a call can be drawn has a category, or what it becomes in Relax has one."""
    card = registry().by_relay[name]
    spellings = [spelling.name for spelling in card.relax or ()]
    known = name in registered("FTVMMixedPrecisionConversionType")
    return card.name in insertable() and (
        known or any(item in registered("TMixedPrecisionPolicy") for item in spellings)
    )


def _halved(module: IRModule) -> IRModule:
    with PassContext(config={"relay.ToMixedPrecision.keep_orig_output_dtype": True}):
        return ToMixedPrecision("float16", missing_op_mode=2)(module)


def _has_no_halves(module: IRModule) -> bool:
    """Whether what is float16 afterwards was made so."""
    types = [type_of(node) for function in module.functions.values() for node in nodes(function)]
    return all(_dtype(leaf) != "float16" for type_ in types if isinstance(type_, Type) for leaf in leaves(type_))


def computed_otherwise(module: IRModule) -> str:
    """Names the first operator that computes on the wrong floats, or whose operand is cast anew for it: one of float16
    on float32, or of integers on floats; what follows its operands on other floats than these; a bound that float16
    does not hold.
    """
    casts: Counter[Any] = Counter()
    others: set[Any] = set()
    for call in operators(module):
        given = tensor(call.args[0]) if call.args else None
        if call.name in _CASTS and not is_constant(call.args[0]):
            casts[call.scope, call.args[0], call.attrs["dtype"]] += 1
        elif not isinstance(call.node, relay.Call):
            # Relax's version stores in float16 what nothing takes as it was.
            others.update((call.scope, arg) for arg in call.args)
        if call.name in PRODUCTS and _gives_floats(call) and not dtypes.is_float(_dtype(given)):
            return f"{call.name} of {_dtype(given)} is summed up in floats"
        wanted = _wanted(call)
        for dtype in _computed_on(call) if wanted else ():
            if dtype in _FLOATS and dtype != wanted:
                return f"{call.name} takes {dtype}"
    return (
        "a value is cast twice"
        if any(count > 1 and (scope, value) not in others for (scope, value, _), count in casts.items())
        else ""
    )


def _gives_floats(call: Seen) -> bool:
    return dtypes.is_float(_dtype(tensor(call.node)))


def _dtype(type_: Any) -> str:
    return type_.dtype if isinstance(type_, TensorType) else ""


def _computed_on(call: Seen) -> list[str]:
    """The element types of the operands; of what makes a tensor of none, that of the result."""
    types = [type_of(arg) for arg in call.args]
    if isinstance(call.node, relay.Call) and getattr(call.node.attrs, "type_key", "") == "relay.attrs.InitOpAttrs":
        types.append(type_of(call.node))
    return [_dtype(leaf) for type_ in types if isinstance(type_, Type) for leaf in leaves(type_)]


def _wanted(call: Seen) -> str:
    """The floats that an operator is to compute on; "" where nothing is said of it."""
    on_relay = isinstance(call.node, relay.Call)
    if not on_relay and not isinstance(call.scope, relax.DataflowBlock):
        return ""
    if call.name in _CASTS and _dtype(tensor(call.node)) in _FLOATS:
        # It may be the pass that casts.
        return ""
    if call.name == "clip" and _bound(call) > _LARGEST:
        return "float32"
    name = call.node.op.name  # type: ignore[union-attr]
    key = "FTVMMixedPrecisionConversionType" if on_relay else "TMixedPrecisionPolicy"
    category = registered(key).get(name, _FOLLOW if on_relay else _NEVER)
    if category != _FOLLOW:
        return "float16" if category == _ALWAYS else "float32"
    kinds = [_fits(call, arg) for arg in call.args]
    return "" if None in kinds else "float16" if all(kinds) else "float32"


def _bound(call: Seen) -> float:
    if "a_max" in call.attrs:
        return float(call.attrs["a_max"])
    return float(getattr(getattr(call.args[2], "value", None), "value", 0.0))


def _fits(call: Seen, given: Any) -> bool | None:
    """Whether an operand came as float16, or as what each IR takes for it; None where that cannot be told."""
    if isinstance(given, relax.Tuple):
        kinds = [_fits(call, field) for field in given.fields]
        return None if None in kinds else all(kinds)
    found = call.made_by(given)
    if found is not None and found.name in _CASTS and _dtype(tensor(found.node)) in _FLOATS:
        given = found.args[0]
        source = found.inner(0)
        if _dtype(tensor(given)) not in _FLOATS or (source is not None and source.name in _CASTS):
            return None
    if isinstance(call.node, relay.Call):
        return isinstance(given, (relay.Var, relay.Constant)) or _is_half(_as_it_came(given), among_others=True)
    if isinstance(given, relax.Constant):
        return not given.data.size or bool(np.max(np.abs(given.data.astype(np.float64))) <= _LARGEST)
    return not isinstance(type_of(given), (TensorType, TupleType)) or _is_half(type_of(given), among_others=False)


def _as_it_came(given: Any) -> Any:
    """The type of an operand before its fields were cast, if they were."""
    sources: set[Any] = {_field(field) for field in given.fields} if isinstance(given, relay.Tuple) else set()
    whole = sources.pop() if len(sources) == 1 else None
    return type_of(given if whole is None else whole)


def _field(value: Any) -> Any:
    """The tuple of which a value is a field, or such a field cast; None for anything else."""
    is_cast = isinstance(value, relay.Call) and getattr(value.op, "name", "") == "cast"
    item = value.args[0] if is_cast else value
    return item.tuple_value if isinstance(item, relay.TupleGetItem) else None


def _is_half(type_: Any, *, among_others: bool) -> bool:
    """Whether all tensors in a type are float16, or with ``among_others`` no floats."""
    kinds = [_dtype(leaf) for leaf in leaves(type_)]
    return all(kind == "float16" or (among_others and not dtypes.is_float(kind)) for kind in kinds)
