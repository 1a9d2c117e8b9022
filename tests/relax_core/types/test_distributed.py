"""Types of collectives on tensors that are spread over devices. The table was read off real TVM 0.19 and 0.27."""

from typing import Any

import pytest

from relax_core.ir.distributed import DeviceMesh, DTensorType, Placement
from relax_core.ir.expr import Call, Var, op
from relax_core.ir.types import TensorType
from relax_core.types.deduce import deduce
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError

LINE, GRID = DeviceMesh((2,), (), (0, 2)), DeviceMesh((2, 2), (), (0, 4))
TENSOR = TensorType((4, 6), "float32")


def spread(mesh: DeviceMesh, text: str) -> DTensorType:
    return DTensorType(TENSOR, mesh, Placement.from_text(text))


VALUES: dict[str, Any] = {
    "x": TENSOR, "replica": spread(LINE, "R"), "shard": spread(LINE, "S[0]"), "grid": spread(GRID, "S[0], R"),
}  # fmt: skip
TO_SHARD = {"device_mesh": LINE, "placement": Placement.from_text("S[1]")}


@pytest.mark.parametrize("release", ["0.19", "0.27"])
@pytest.mark.parametrize(
    ("name", "value", "attrs", "expected"),
    [
        ("dist.annotate_sharding", "replica", TO_SHARD, "R"),
        ("dist.annotate_sharding", "x", TO_SHARD, ""),
        ("dist.redistribute", "replica", TO_SHARD, "S[1]"),
        ("dist.redistribute", "x", TO_SHARD, None),
        ("ccl.allreduce", "shard", {"op_type": "sum", "in_group": True}, "R"),
        ("ccl.allreduce", "grid", {"op_type": "sum", "in_group": True}, "R, R"),
        ("dist.redistribute_replica_to_shard", "replica", {"num_workers": 2, "axis": 1}, "S[1]"),
        ("dist.redistribute_replica_to_shard", "replica", {"num_workers": 3, "axis": 0}, None),
        ("dist.redistribute_replica_to_shard", "shard", {"num_workers": 2, "axis": 1}, None),
        ("dist.redistribute_replica_to_shard", "grid", {"num_workers": 2, "axis": 1}, None),
        ("ccl.scatter_from_worker0", "replica", {"num_workers": 2, "axis": 1}, None),
        ("ccl.allgather", "replica", {"num_workers": 2, "in_group": True}, None),
        ("ccl.broadcast_from_worker0", "replica", {}, None),
        ("builtin.stop_lift_params", "replica", {}, "R"),
        ("grad.no_grad", "replica", {}, None),
    ],
)
def test_where_a_result_lies(release: str, name: str, value: str, attrs: dict[str, Any], expected: str | None) -> None:
    """``expected`` is the result's placement, "" for a tensor on one device, None where TVM refuses the call."""
    call = Call(op(f"relax.{name}"), (Var("v", VALUES[value]),), Attrs("", attrs) if attrs else None)
    if expected is None:
        with pytest.raises(DiagnosticError):
            deduce(call, release)
        return
    found = deduce(call, release)
    if not expected:
        assert found == TENSOR
        return
    assert isinstance(found, DTensorType)
    assert (found.tensor_ty, str(found.placement)) == (TENSOR, expected)
    assert found.device_mesh is VALUES[value].device_mesh
