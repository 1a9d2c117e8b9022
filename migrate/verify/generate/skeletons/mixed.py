"""What mixed precision looks for: products, what follows them, and what does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

from migrate.verify.generate import domains
from migrate.verify.generate.insertion import drawn
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.skeletons.called import named
from migrate.verify.generate.skeletons.computing import product_and_bias, two_layers
from migrate.verify.generate.skeletons.placed import Make
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.ops.registry import registry
from tensor_core.shapes import static
from tensor_core.types import TensorType, TupleType

_TRIES = 40


def product_and_total(m: Maker) -> Expr:
    """A product and a sum over an axis, which is not taken of float16, added."""
    total = m.build.call("sum", m.leaf(_tensor(2, 3)), axis=(1,), keepdims=True)
    return m.build.call("nn.relu", m.build.call("add", _product(m, m.leaf(_tensor(2, 3))), total))


def total_and_product(m: Maker) -> Expr:
    """An activation of a sum over an axis, and a product of it."""
    total = m.build.call("sum", m.leaf(_tensor(2, 3, 2)), axis=(2,), keepdims=False)
    return _product(m, m.build.call("nn.relu", total))


def clipped_product(m: Maker) -> Expr:
    """A product that is cut off where float16 has ended."""
    bound = m.choose((100000.0, 8.0))
    return m.build.call("clip", _product(m, m.leaf(_tensor(2, 3))), a_min=-bound, a_max=bound)


def two_products(m: Maker) -> Expr:
    """Two products of one value, and one of integers."""
    value = m.build.call("nn.relu", m.leaf(_tensor(2, 3)))
    integers = [m.leaf(TensorType(shape, "int8")) for shape in ((2, 3), (4, 3))]
    whole = m.build.call("nn.dense", *integers, transpose_b=True, out_dtype="int32")
    return m.build.tuple(_product(m, value), _product(m, value), whole)


def _product(m: Maker, value: Expr) -> Expr:
    return m.build.call("nn.dense", value, m.leaf(_tensor(4, 3)), transpose_b=True)


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


def mixed_around(name: str) -> Make:
    """A call of the operator that Relay has under a name, as its card draws it, on parameters, or on floats that are
    small already, or that may not be.
    """
    card = registry().by_relay[name]
    domain = Domain(0.5, 4.0) if name in _IN_SINGLE else None

    def make(m: Maker) -> Expr:
        plans = [plan for _ in range(_TRIES) if (plan := drawn(card, m.choose)) is not None and _is_single(plan)]
        plan = next(iter(sorted(plans, key=_has_no_floats)), None)
        if plan is None or (_has_no_floats(plan) and "out_dtype" in plan.params):
            # TVM sums integers up in small floats where nothing is said of the result.
            return two_products(m)
        kind = m.choose((_product_of, _sum_of))
        given: dict[int, Any] = {}
        for place, wanted in enumerate(plan.operands):
            if place not in plan.values:
                given[place] = _from(m, kind, wanted, domain or domains.asked(card.name, plan, place, None))
        value = made(m, card.name, plan, 0, False, given=given)
        if name in _IN_SINGLE:
            return m.build.call("isfinite", value)
        return m.build.call("copy", m.build.item(value, 0)) if isinstance(m.build.type_of(value), TupleType) else value

    return named(name, make)


_IN_SINGLE = frozenset({
    "erf", "exp", "nn.adaptive_avg_pool1d", "nn.adaptive_avg_pool2d", "nn.adaptive_avg_pool3d", "nn.cross_entropy",
    "nn.cross_entropy_with_logits", "nn.global_avg_pool2d", "nn.l2_normalize", "nn.layer_norm", "power", "variance",
})  # fmt: skip
"""Operators that compute in single precision on Relay and not, or not all of what they become, on Relax: their results
say no more than that they are finite.
"""


def _all_types(plan: Plan) -> Sequence[TensorType]:
    found: list[TensorType] = []
    for wanted in plan.operands:
        found += [wanted] if isinstance(wanted, TensorType) else wanted
    return found


def _has_no_floats(plan: Plan) -> bool:
    return all(type_.dtype != "float32" for type_ in _all_types(plan))


def _is_single(plan: Plan) -> bool:
    """Whether all floats of a call are of single precision."""
    kinds = [*[each.dtype for each in _all_types(plan)], plan.params.get("dtype")]
    single = all(kind in (None, "", "float32") or not dtypes.is_float(kind) for kind in kinds)
    return single and plan.params.get("out_dtype") in (None, "", "float32")


def _from(m: Maker, kind: Any, wanted: Any, domain: Domain | None) -> Any:
    if isinstance(wanted, tuple):
        return tuple([_from(m, kind, each, domain) for each in cast("tuple[Any, ...]", wanted)])
    if wanted.dtype != "float32":
        return m.leaf(wanted, domain=domain)
    value = kind(m, static(wanted.shape))
    if domain is not None:
        bounds = [min(max(bound, -1000.0), 1000.0) for bound in (domain.low, domain.high)]
        for name, bound in zip(("maximum", "minimum"), bounds, strict=True):
            value = m.build.call(name, value, m.build.constant(bound, "float32"))
    return value


def _product_of(m: Maker, shape: tuple[int, ...]) -> Expr:
    """A tensor whose elements are products."""
    operands = [m.leaf(_tensor(*sizes)) for sizes in ((1, 2), (math.prod(shape), 2))]
    return m.build.call("reshape", m.build.call("nn.dense", *operands, transpose_b=True), shape=shape)


def _sum_of(m: Maker, shape: tuple[int, ...]) -> Expr:
    """A tensor whose elements are sums, of which both IRs take none of float16."""
    return m.build.call("sum", m.leaf(_tensor(*shape, 2)), axis=(len(shape),), keepdims=False)


MIXED = (
    product_and_bias, two_layers, product_and_total, total_and_product, clipped_product, two_products
)  # fmt: skip
