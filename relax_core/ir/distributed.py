"""Tensors that are spread over several devices (tvm.relax.distributed): meshes of devices, placements, their type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from relax_core.ir.global_info import GlobalInfo
from relax_core.ir.types import TensorType, Type
from tensor_core.node import Node, node
from tensor_core.spans import Span

__all__ = ["DTensorStructInfo", "DTensorType", "DeviceMesh", "Placement", "PlacementSpec"]

_SPEC = re.compile(r"\s*(?:R|S\[(\d+)\])\s*")


@node
class DeviceMesh(GlobalInfo):
    """Devices in a grid. ``device_range`` is (first, end) where the devices are a range, else ``device_ids`` lists
    them.
    """

    shape: tuple[int, ...]
    device_ids: tuple[int, ...] = ()
    device_range: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PlacementSpec:
    """How a tensor lies along one dimension of the mesh: split along ``axis``, or (None) replicated."""

    axis: int | None = None

    def __str__(self) -> str:
        return "R" if self.axis is None else f"S[{self.axis}]"


@node
class Placement(Node):
    """How a tensor lies on a mesh, one entry for each dimension of the mesh; in text ``S[0], R``."""

    dim_specs: tuple[PlacementSpec, ...]

    @staticmethod
    def from_text(text: str) -> Placement:
        """The placement that a text says; ValueError when it says none."""
        specs: list[PlacementSpec] = []
        for part in text.split(",") if text.strip() else ():
            found = _SPEC.fullmatch(part)
            if found is None:
                raise ValueError(f"not a placement: {part.strip()!r}")
            specs.append(PlacementSpec(int(found[1]) if found[1] else None))
        return Placement(tuple(specs))

    def __str__(self) -> str:
        return ", ".join(map(str, self.dim_specs))


@dataclass(frozen=True, slots=True)
class DTensorType(Type):
    """A tensor that is spread over a mesh of devices."""

    tensor_ty: TensorType
    device_mesh: DeviceMesh
    placement: Placement
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def tensor_sinfo(self) -> TensorType:
        """The name of :attr:`tensor_ty` before TVM 0.26."""
        return self.tensor_ty

    def __str__(self) -> str:
        return f"DTensor({self.tensor_ty}, {self.placement})"


DTensorStructInfo = DTensorType
