"""Helpers of tests against Relay (tvm.relay.testing in TVM 0.19). Models are imported when they are first used."""

from importlib import import_module
from typing import Any

from relay_compat.op_attributes import TempOpAttr
from relay_compat.prelude import Prelude
from relay_compat.testing.arrays import count_ops, rand, randn_from_type
from relay_compat.testing.check_grad import check_grad
from relay_compat.testing.init import create_workload
from relay_compat.testing.nat import count, make_nat_expr, make_nat_value
from relay_compat.testing.run_pass import run_infer_type, run_opt_pass

__all__ = [
    "Prelude",
    "TempOpAttr",
    "check_grad",
    "count",
    "count_ops",
    "create_workload",
    "make_nat_expr",
    "make_nat_value",
    "rand",
    "run_infer_type",
    "run_opt_pass",
]

# The name under which tests of TVM have it.
_np_randn_from_type = randn_from_type
_MODULES = frozenset({
    "byoc", "dcgan", "densenet", "dqn", "inception_v3", "init", "layers", "lstm", "mlp", "mobilenet", "nat", "resnet",
    "resnet_3d", "squeezenet", "synthetic", "temp_op_attr", "vgg",
})  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"relay_compat.testing.{name}")
    raise AttributeError(f"there is no relay.testing.{name}")
