"""Passes about shapes: sizes that become known, and padding that goes into what takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrate.passes.bridges import typed
from migrate.passes.ports.seen import Seen, number, operators, type_of, unchanged
from migrate.verify.generate.skeletons import bridging
from migrate.verify.generate.skeletons.called import DYNAMIC, calling
from migrate.verify.generate.skeletons.padding import PADDED
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.fold_explicit_padding import FoldExplicitPadding as RelaxFoldExplicitPadding
from relay_compat.passes.dynamic_to_static import DynamicToStatic
from relay_compat.passes.fold_explicit_padding import FoldExplicitPadding
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.shapes import is_static
from tensor_core.types import TensorType, TupleType


def ports() -> Iterator[PortedPass]:
    """The passes."""
    yield PortedPass(
        "FoldExplicitPadding", typed(FoldExplicitPadding()), RelaxFoldExplicitPadding(), padded,
        skeletons=tuple(map(Skeleton, PADDED)),
    )  # fmt: skip
    yield PortedPass(
        "DynamicToStatic", typed(DynamicToStatic()), unchanged, unknown, by_conversion=True,
        skeletons=(
            Skeleton(bridging.dynamic_reshape), Skeleton(bridging.dynamic_broadcast),
            *(Skeleton(calling(name)) for name in DYNAMIC),
        ),
    )  # fmt: skip


def unknown(module: IRModule) -> str:
    """Names the first operator whose result has a size that is not known, or that takes it as an operand."""
    dynamic = (call.name for call in operators(module) if str(getattr(call.node.op, "name", "")).startswith("dyn."))
    left = next(dynamic, "")
    return (
        f"{left} is left"
        if left
        else next(
            (f"{call.name} has open sizes" for call in operators(module) if not _are_known(type_of(call.node))), ""
        )
    )


def _are_known(type_: Any) -> bool:
    """Whether a tensor has known sizes; of a tuple, each of its fields."""
    fields = type_.fields if isinstance(type_, TupleType) else (type_,)
    return all(isinstance(field, TensorType) and is_static(field.shape) for field in fields)


def padded(module: IRModule) -> str:
    """Whether what could pad itself takes an image that is padded along space, as programs are generated. A pooling of
    a size that is rounded up may keep its pad.
    """
    for call in operators(module):
        pad = call.inner(0) if call.name.startswith(("nn.conv", "nn.avg_pool", "nn.max_pool")) else None
        if pad is None or pad.name != "nn.pad" or call.attrs.get("ceil_mode"):
            continue
        plain = call.name.startswith("nn.max_pool") or not any(call.attrs["padding"])
        if plain and _pads_space(pad, dtypes.lowest("float32") if call.name.startswith("nn.max") else 0.0):
            return f"an image is padded before {call.name}"
    return ""


def _pads_space(pad: Seen, value: float) -> bool:
    fill = number(pad.args[1]) if len(pad.args) > 1 else pad.attrs["pad_value"]
    if fill != value or pad.attrs["pad_mode"] != "constant":
        return False
    given: list[Any] = list(pad.attrs["pad_width"])
    flat = given if isinstance(given[0], int) else [item for pair in given for item in pair]
    return not any(map(int, flat[:4]))
