"""SimplifyExpr on both sides, and what each of its rules leaves nothing of.

The promises are worked out from the calls alone: they share nothing with the patterns of either side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from migrate.passes.bridges import typed
from migrate.passes.ports.seen import Seen, is_constant, number, operators, same_dtype, sizes, tensor
from migrate.reading import is_relax
from migrate.verify.generate.skeletons.simplifying import SIMPLIFYING
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.simplifications.casts import holds_all
from relax_core.passes.simplify_expr import SimplifyExpr as RelaxSimplifyExpr
from relay_compat.passes.simplify_expr import SimplifyExpr
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.passes import Contract


def ports() -> Iterator[PortedPass]:
    """The pass."""
    skeletons = tuple(map(Skeleton, SIMPLIFYING))
    yield PortedPass(
        "SimplifyExpr", typed(SimplifyExpr()), RelaxSimplifyExpr(), unsimplified,
        contract=Contract.REASSOCIATING, skeletons=skeletons,
    )  # fmt: skip


def unsimplified(module: IRModule) -> str:
    """Names the first call that a rule would change; empty when there is none."""
    rules = _ON_BOTH if is_relax(module) else {**_ON_BOTH, **_ON_RELAY}
    for call in operators(module):
        for name, applies in rules.items():
            if applies(call):
                return f"what {name} is about is left: {call.name}"
    return ""


Applies = Callable[[Seen], bool]


def _is(call: Seen | None, *names: str) -> bool:
    return call is not None and call.name in names


def _like(name: str) -> Applies:
    return lambda call: call.name == name and sizes(call.node) is not None


def _doubled(call: Seen) -> bool:
    return call.name == "add" and call.args[0] is call.args[1] and not is_constant(call.args[0])


def _by_root(call: Seen) -> bool:
    return call.name == "divide" and _is(call.own(1), "sqrt")


def _neutral(call: Seen) -> bool:
    wanted = {"add": 0, "subtract": 0, "multiply": 1, "divide": 1}.get(call.name)
    if wanted is None:
        return False
    # Of two operands that may be the pattern's constant the right one is taken for it.
    second = is_constant(call.args[1]) or _is(call.inner(1), *_CONSTANT)
    places = (1, 0) if call.name in ("add", "multiply") and not second else (1,)
    return any(number(call.args[place]) == wanted and call.is_typed_as(1 - place) for place in places)


_CONSTANT = ("ones", "zeros", "full", "ones_like", "zeros_like", "full_like")
"""Operators that a pattern of a constant takes for one."""


def _twice(*names: str) -> Applies:
    return lambda call: call.name in names and _is(call.own(0), *names) and sizes(call.node) is not None


def _moves_nothing(call: Seen) -> bool:
    type_ = tensor(call.node)
    if call.name != "transpose" or type_ is None:
        return False
    axes = call.attrs["axes"]
    order = list(range(type_.rank))
    return (order[::-1] if axes is None else [int(axis) % type_.rank for axis in axes]) == order


def _same_cast(call: Seen) -> bool:
    return call.name == "cast" and call.is_typed_as(0)


def _widening_first(call: Seen) -> bool:
    inner = call.own(0)
    if call.name != "cast" or inner is None or inner.name != "cast":
        return False
    source, between = tensor(inner.args[0]), tensor(inner.node)
    return source is not None and between is not None and holds_all(between.dtype, source.dtype)


def _filled(call: Seen) -> bool:
    if call.name not in ("subtract", "maximum"):
        return False
    # The first that is there is the one that is matched, though it may be shared, or filled with a number of another
    # element type, which the operator does not take, and the second is not.
    fills = [place for place in (0, 1) if _is_filled(call.inner(place))]
    first = call.own(fills[0]) if fills else None
    if first is None or not call.is_typed_as(1 - fills[0]):
        return False
    return first.name != "full" or any(is_constant(arg) and same_dtype(arg, first.node) for arg in first.args)


def _is_filled(call: Seen | None) -> bool:
    return _is(call, "ones", "zeros") or (call is not None and call.name == "full" and any(map(is_constant, call.args)))


def _sum_times(call: Seen) -> bool:
    if call.name != "multiply":
        return False
    return any(
        is_constant(call.args[place]) and _with_constant(call.own(1 - place), "add") for place in (0, 1)
    )  # fmt: skip


def _two_constants(call: Seen) -> bool:
    if call.name not in ("add", "multiply"):
        return False
    return any(
        is_constant(call.args[place]) and _with_constant(call.own(1 - place), call.name) for place in (0, 1)
    )  # fmt: skip


def _with_constant(call: Seen | None, name: str) -> bool:
    """Whether this is a call of the operator on one constant."""
    return call is not None and call.name == name and sum(map(is_constant, call.args)) == 1


def _clipped(call: Seen) -> bool:
    cast = call.own(0)
    clip = cast.own(0) if cast is not None and cast.name == "cast" else None
    if call.name != "cast" or clip is None or clip.name != "clip" or cast is None:
        return False
    type_, held = tensor(cast.node), tensor(clip.node)
    assert type_ is not None
    assert held is not None
    low, high = _bounds(clip)
    whole = dtypes.is_int(type_.dtype) and dtypes.is_int(held.dtype)
    return whole and low >= dtypes.lowest(type_.dtype) and high <= dtypes.highest(type_.dtype)


def _whole_clip(call: Seen) -> bool:
    type_ = tensor(call.node)
    if call.name != "clip" or type_ is None or not dtypes.is_int(type_.dtype):
        return False
    low, high = _bounds(call)
    return low <= dtypes.lowest(type_.dtype) and high >= dtypes.highest(type_.dtype)


def _bounds(clip: Seen) -> tuple[float, float]:
    if len(clip.args) == 3:
        return float(clip.args[1].value.value), float(clip.args[2].value.value)
    return float(clip.attrs["a_min"]), float(clip.attrs["a_max"])


def _expanded_square(call: Seen) -> bool:
    """``b x y + x x + y y``, in the order in which programs are generated."""
    if call.name != "add":
        return False
    left, last = call.own(0), call.own(1)
    if not _square(last) or left is None or left.name != "add" or not _square(left.own(1)):
        return False
    mixed = left.own(0)
    return mixed is not None and mixed.name == "multiply" and number(mixed.args[0]) in (2.0, 2.5)


def _square(call: Seen | None) -> bool:
    return call is not None and call.name == "multiply" and call.args[0] is call.args[1]


def _ordered(name: str) -> Applies:
    return lambda call: call.name == name and _is(call.own(0), "dequantize", "qnn.dequantize")


_ON_BOTH: Mapping[str, Applies] = {
    **{name: _like(name) for name in ("zeros_like", "ones_like", "full_like", "collapse_sum_like")},
    "add_to_itself": _doubled,
    "divide_by_square_root": _by_root,
    "identity": _neutral,
    "reshape": _twice("reshape"),
    "transpose": _twice("transpose"),
    "no_transpose": _moves_nothing,
    "same_cast": _same_cast,
    "consecutive_cast": _widening_first,
    "full_elementwise": _filled,
    "switch_add_multiply": _sum_times,
    "adjacent": _two_constants,
    "clip_and_casts": _clipped,
    "clip": _whole_clip,
    "binomial": _expanded_square,
    **{f"dequantized_{name}": _ordered(name) for name in ("argmax", "argmin", "argsort")},
}
_ON_RELAY: Mapping[str, Applies] = {name: _like(name) for name in ("reshape_like", "broadcast_to_like", "cast_like")}
"""What Relax knows without a pass."""
