"""CanonicalizeOps of quantized operators: the converter leaves none of them."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.passes.bridges import typed
from migrate.passes.ports.seen import operators, unchanged
from migrate.verify.generate.skeletons.called import CANONICAL, calling, quantized_convolution
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relay_compat.qnn.transform import CanonicalizeOps
from tensor_core.module import IRModule


def ports() -> Iterator[PortedPass]:
    """The pass."""
    yield PortedPass(
        "relay.qnn.transform.CanonicalizeOps", typed(CanonicalizeOps()), unchanged, quantized, by_conversion=True,
        skeletons=tuple(Skeleton(placed(make)) for make in (*map(calling, CANONICAL), quantized_convolution)),
    )  # fmt: skip


def quantized(module: IRModule) -> str:
    """Names the first quantized operator that is left."""
    return next((f"{call.name} is left" for call in operators(module) if call.name.startswith("qnn.")), "")
