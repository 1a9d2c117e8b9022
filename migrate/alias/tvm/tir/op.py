"""tvm.tir.op: arithmetic on scalar expressions."""

from migrate.alias.lazy import lazy
from migrate.alias.tvm.tir import FUNCTIONS

__getattr__ = lazy("tvm.tir.op tvm.tirx.op", {"migrate.alias.tir.ops": FUNCTIONS})
