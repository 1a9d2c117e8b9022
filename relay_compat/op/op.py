"""Operators by name, and registering for them (tvm.relay.op.op in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.op.custom import get, register_custom
from relay_compat.op_attributes import register_op_attr

__all__ = [
    "OpPattern",
    "get",
    "register",
    "register_alter_op_layout",
    "register_convert_op_layout",
    "register_external_compiler",
    "register_fake_quantization_to_integer",
    "register_gradient",
    "register_infer_correct_layout",
    "register_legalize",
    "register_mixed_precision_conversion",
    "register_optional_fake_quantization_to_integer",
    "register_pattern",
    "register_stateful",
]


class OpPattern:
    """How the elements of an operator's result depend on those of its arguments: what fusion asks."""

    ELEMWISE = 0
    BROADCAST = 1
    INJECTIVE = 2
    COMM_REDUCE = 3
    OUT_ELEMWISE_FUSABLE = 4
    TUPLE = 7
    OPAQUE = 8


def register(op_name: str, describe: str = "") -> None:
    """Make a new operator; its inputs and type rule are told to ``get(op_name)``. R2R0109 for a name that is taken."""
    register_custom(op_name, describe)


def register_stateful(op_name: str, stateful: bool, level: int = 10) -> None:
    """Say whether calls of the operator have effects."""
    register_op_attr(op_name, "TOpIsStateful", stateful, level)


def _registering(key: str) -> Any:
    def registers(op_name: str, value: Any = None, level: int = 10) -> Any:
        return register_op_attr(op_name, key, value, level)

    registers.__doc__ = f"Register {key} of an operator; without a value, a decorator."
    return registers


register_alter_op_layout = _registering("FTVMAlterOpLayout")
register_convert_op_layout = _registering("FTVMConvertOpLayout")
register_external_compiler = _registering("FTVMExternalCompiler")
register_fake_quantization_to_integer = _registering("FTVMFakeQuantizationToInteger")
register_gradient = _registering("FPrimalGradient")
register_infer_correct_layout = _registering("FInferCorrectLayout")
register_legalize = _registering("FTVMLegalize")
register_mixed_precision_conversion = _registering("FTVMMixedPrecisionConversionType")
register_optional_fake_quantization_to_integer = _registering("FTVMOptionalFakeQuantizationToInteger")
register_pattern = _registering("TOpPattern")
