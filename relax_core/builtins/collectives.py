"""Collectives and distributed tensors (op/ccl/ccl.cc and op/distributed/ in TVM 0.19 to 0.27).

One process is one worker, to whom every collective among one worker gives back its tensor; a part of more than one
worker is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relax_core.builtins.builtin import (
    Argument,
    Attributes,
    Builtin,
    Kind,
    argument,
    count,
    dims_of,
    refused,
    tensor,
    version,
)
from relax_core.ir.distributed import DeviceMesh, DTensorType, Placement, PlacementSpec
from relax_core.ir.expr import Call
from relax_core.ir.types import TensorType, Type
from tensor_core import codes, prim, shapes
from tensor_core.arith import Analyzer
from tensor_core.arith.fold import made
from tensor_core.diagnostics import fail
from tensor_core.ops.card import Field
from tensor_core.ops.card import Kind as Value
from tensor_core.shapes import Dim


def _attr(call: Call, name: str) -> Any:
    return dict[str, Any](call.attrs or {}).get(name)


def _same(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    return argument(call, 0)


def _same_tensor(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    return tensor(call)


def _reduced(call: Call, release: str) -> Type:
    count(call, 1)
    source = argument(call, 0)
    if isinstance(source, DTensorType):
        replicas = Placement((PlacementSpec(),) * len(source.device_mesh.shape))
        return DTensorType(source.tensor_ty, source.device_mesh, replicas)
    return _same_tensor(call, release)


def _gathered(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = tensor(call)
    dims = dims_of(source)
    if dims is None:
        return source
    if not dims:
        raise refused(call, "takes a tensor of at least one dimension")
    first = made(prim.Mul, shapes.as_expr(dims[0]), prim.IntImm(int(_attr(call, "num_workers"))))
    return TensorType((shapes.as_dim(first), *dims[1:]), source.dtype, source.vdevice)


def _scattered(call: Call, release: str) -> Type:
    count(call, 1)
    # TVM 0.19 looks at the first dimension of what is scattered, whatever the axis is.
    return _divided(call, tensor(call), FIRST if version(release) < (0, 20) else AXIS)


def _parted(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = argument(call, 0)
    return _sharded(call, source) if isinstance(source, DTensorType) else _divided(call, tensor(call))


FIRST, AXIS = "first dimension", "axis"
"""Which dimension must be divisible."""


def _divided(call: Call, source: TensorType, checks: str = AXIS) -> TensorType:
    workers, axis = int(_attr(call, "num_workers")), int(_attr(call, "axis") or 0)
    dims = dims_of(source)
    if dims is None:
        raise refused(call, f"takes a tensor of known shape, got {source}")
    if not 0 <= axis < len(dims):
        raise refused(call, f"divides along axis {axis} of {source}", "", codes.BAD_PARAMETER)
    if checks:
        _check_divides(call, dims[axis if checks == AXIS else 0])
    part = made(prim.Div, shapes.as_expr(dims[axis]), prim.IntImm(workers))
    return TensorType((*dims[:axis], shapes.as_dim(part), *dims[axis + 1 :]), source.dtype, source.vdevice)


def _check_divides(call: Call, size: Dim) -> None:
    workers = prim.IntImm(int(_attr(call, "num_workers")))
    if Analyzer().can_prove(prim.NE(prim.FloorMod(shapes.as_expr(size), workers), prim.IntImm(0))):
        problem = f"divides {shapes.to_text(size)} elements among {workers.value} workers"
        raise refused(call, problem, "", codes.BAD_PARAMETER)


def _sharded(call: Call, source: DTensorType) -> Type:
    axis = int(_attr(call, "axis") or 0)
    _divided(call, source.tensor_ty)
    if len(source.device_mesh.shape) != 1 or source.placement.dim_specs[0].axis is not None:
        raise refused(call, f"takes a tensor replicated on one line of devices, got {source}")
    return DTensorType(source.tensor_ty, source.device_mesh, Placement((PlacementSpec(axis),)))


def _moved(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source, mesh, placement = argument(call, 0), _attr(call, "device_mesh"), _attr(call, "placement")
    if not isinstance(source, DTensorType):
        raise refused(call, f"takes a distributed tensor, got {source}")
    moved = isinstance(mesh, DeviceMesh) and isinstance(placement, Placement)
    return DTensorType(source.tensor_ty, mesh, placement) if moved else source


def _alone(call: Call, args: Sequence[Any]) -> Any:
    """The tensor itself, as the only worker has it."""
    workers = _attr(call, "num_workers")
    if workers not in (None, 1):
        raise fail(
            codes.NO_REFERENCE,
            f"{getattr(call.op, 'name', '')} is for {workers} workers, one process is one worker",
            call.span,
            "run it with num_workers=1, or on TVM's own runtime for several devices",
        )
    return args[0]


def _collective(
    name: str, note: str, infer: Callable[[Call, str], Type], attributes: tuple[Attributes, ...] = ()
) -> Builtin:
    arguments = (Argument("input" if name.startswith("relax.dist.") else "x", Kind.TENSOR),)
    return Builtin(name=name, note=note, arguments=arguments, attributes=attributes, infer=infer, run=_alone)


_GROUP = Field("in_group", Value.BOOL, True)
_WORKERS = Field("num_workers", Value.INT)
_MESH = (
    Attributes("relax.attrs.DistributionAttrs", (Field("device_mesh", Value.OBJECT), Field("placement", Value.OBJECT))),
)

COLLECTIVES = (
    _collective(
        "relax.ccl.allreduce",
        "joins the workers' tensors into one for all",
        _reduced,
        (Attributes("relax.attrs.AllReduceAttrs", (Field("op_type", Value.STR, "sum"), _GROUP)),),
    ),
    _collective(
        "relax.ccl.allgather",
        "the workers' tensors one after the other, for all",
        _gathered,
        (Attributes("relax.attrs.AllGatherAttrs", (_WORKERS, _GROUP)),),
    ),
    _collective("relax.ccl.broadcast_from_worker0", "the first worker's tensor for all", _same_tensor),
    _collective(
        "relax.ccl.scatter_from_worker0",
        "a part of the first worker's tensor for each",
        _scattered,
        (Attributes("relax.attrs.ScatterCollectiveAttrs", (_WORKERS, Field("axis", Value.INT, 0))),),
    ),
    Builtin(
        name="relax.dist.annotate_sharding",
        note="says how a tensor should lie on a mesh of devices",
        arguments=(Argument("input", Kind.TENSOR),),
        attributes=_MESH,
        infer=_same,
        run=_alone,
    ),
    Builtin(
        name="relax.dist.redistribute",
        note="lays a distributed tensor otherwise on a mesh of devices",
        arguments=(Argument("input", Kind.TENSOR),),
        attributes=_MESH,
        infer=_moved,
        refused="it moves a tensor between devices",
    ),
    _collective(
        "relax.dist.redistribute_replica_to_shard",
        "each worker's own part of a tensor that all have",
        _parted,
        (Attributes("relax.attrs.ScatterCollectiveAttrs", (_WORKERS, Field("axis", Value.INT))),),
    ),
)
