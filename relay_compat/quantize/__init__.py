"""Quantizing programs after training (tvm.relay.quantize in TVM 0.19)."""

from relay_compat.quantize._annotate import QAnnotateExpr, attach_simulated_quantize, register_annotate_function
from relay_compat.quantize._partition import QPartitionExpr, register_partition_function
from relay_compat.quantize.config import QAnnotateKind, QConfig, current_qconfig, qconfig
from relay_compat.quantize.context import QuantizeContext, quantize_context
from relay_compat.quantize.quantize import annotate, calibrate, partition, prerequisite_optimize, quantize, realize

__all__ = [
    "QAnnotateExpr",
    "QAnnotateKind",
    "QConfig",
    "QPartitionExpr",
    "QuantizeContext",
    "annotate",
    "attach_simulated_quantize",
    "calibrate",
    "current_qconfig",
    "partition",
    "prerequisite_optimize",
    "qconfig",
    "quantize",
    "quantize_context",
    "realize",
    "register_annotate_function",
    "register_partition_function",
]
