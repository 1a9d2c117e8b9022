"""Gradients that lose, double or overwrite adjoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import relay_compat.passes.first_order_gradient as first
import relay_compat.passes.gradient as higher
from faults.frame import Bug, of_property
from migrate.verify.generate.features import EVERYTHING, Feature
from migrate.verify.generate.skeletons import SKELETONS, SMOOTH
from migrate.verify.properties.gradients import first_order, gradient, higher_order
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import RefWrite
from tensor_core.types import TensorType

_ITEM = first._Walk._item


def _not_summed(self: Any, value: Any, like: Any) -> Any:
    """Where shapes differ, the adjoint of what was broadcast is that of one place."""
    if self.tensor_type(value).shape == self.tensor_type(like).shape:
        return value
    total = self.call("collapse_sum_like", value, like)
    count = self.call("collapse_sum_like", self.call("ones_like", value, dtype=self.tensor_type(value).dtype), like)
    return self.call("divide", total, count)


def _twice(self: Any, node: Any) -> Any:
    """The adjoint of a field is added to its tuple two times."""
    result = yield _ITEM(self, node)
    self.actions.append(self.actions[-1])
    return result


def _overwritten(type_: Any, value: Any, adjoint: Any, lets: Any) -> None:
    """The last use of a value says its adjoint."""
    if not isinstance(type_, TensorType):
        _ACCUMULATE(type_, value, adjoint, lets)
        return
    lets.push(RefWrite(higher.item(value, 1), adjoint))


_ACCUMULATE = higher._accumulate


def bugs() -> Iterator[Bug]:
    plain = gradient("gradient", higher_order)
    # Of open sizes inside of tuples it knows no zeros, as in TVM 0.19.
    straight = replace(gradient("first-order gradient", first_order), features=EVERYTHING - {Feature.DYNAMIC})
    yield of_property(
        "37", "#2465", "the gradient of add does not sum over the axes that were broadcast", "operands of two shapes",
        plain, (RelayFragment, "summed_to", _not_summed), around=(*SMOOTH, *SKELETONS),
    )  # fmt: skip
    yield of_property(
        "38", "#6827, #8318, #5946", "the adjoint of a projection is counted twice", "tuple whose field is used",
        straight, (first._Walk, "_item", _twice), around=SMOOTH,
    )  # fmt: skip
    yield of_property(
        "39", "#4126, #3915", "the adjoint of a second use overwrites that of the first", "value used twice",
        plain, (higher, "_accumulate", _overwritten), around=(*SMOOTH, *SKELETONS),
    )  # fmt: skip
