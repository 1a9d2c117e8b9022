"""How programs are quantized (tvm.relay.quantize.qconfig in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from tensor_core import codes
from tensor_core.diagnostics import fail


class QAnnotateKind:
    """What kind of value is quantized."""

    IDENTITY = 0
    INPUT = 1
    WEIGHT = 2
    ACTIVATION = 3


_KINDS = {QAnnotateKind.INPUT: "input", QAnnotateKind.WEIGHT: "weight", QAnnotateKind.ACTIVATION: "activation"}

_entered: list[QConfig] = []


_PARTITIONS = ("disabled", "enabled", "fully_integral")


@dataclass(frozen=True, slots=True)
class QConfig:
    """In force within a ``with`` block.

    ``nbit_*`` and ``dtype_*``: widths and element types of inputs, weights and results of layers. ``calibrate_mode``:
    "global_scale" (``global_scale`` for every input), "percentile" or "kl_divergence" (from a data set, in chunks of
    ``calibrate_chunk_by`` layers). ``weight_scale``: "power2" or "max". ``skip_conv_layers``: numbers of the conv2d
    calls that stay as they are. ``do_simulation`` stops before integers. ``round_for_shift`` rounds where a shift
    divides; ``rounding``: "UPWARD" or "TONEAREST", where a fixed-point product does. ``debug_enabled_ops``: the only
    operators to quantize. ``partition_conversions``: only "disabled" is supported (DiagnosticError R2R0602 else).
    """

    nbit_input: int = 8
    nbit_weight: int = 8
    nbit_activation: int = 32
    dtype_input: str = "int8"
    dtype_weight: str = "int8"
    dtype_activation: str = "int32"
    calibrate_mode: str = "global_scale"
    global_scale: float = 8.0
    weight_scale: str = "power2"
    skip_dense_layer: bool = True
    skip_conv_layers: Sequence[int] | None = (0,)
    do_simulation: bool = False
    round_for_shift: bool = True
    debug_enabled_ops: Sequence[str] | None = None
    rounding: str = "UPWARD"
    calibrate_chunk_by: int = -1
    partition_conversions: str = "disabled"

    def __post_init__(self) -> None:
        if self.partition_conversions not in _PARTITIONS:
            raise fail(
                codes.EXECUTION_FAILED,
                f"unknown partition_conversions {self.partition_conversions}",
                hint=", ".join(f'"{item}"' for item in _PARTITIONS),
            )

    def __enter__(self) -> QConfig:
        _entered.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _entered.pop()

    def guard(self, ref_call: Any) -> bool:
        """Whether calls of an operator may be quantized."""
        return self.debug_enabled_ops is None or ref_call.op.name in self.debug_enabled_ops

    def get_nbit_by_kind(self, kind: int) -> int:
        """The width of a kind of value. KeyError for what is not quantized."""
        return getattr(self, f"nbit_{_KINDS[kind]}")

    def get_dtype_by_kind(self, kind: int) -> str:
        """The element type of a kind of value. KeyError for what is not quantized."""
        return getattr(self, f"dtype_{_KINDS[kind]}")


def qconfig(**kwargs: Any) -> QConfig:
    """A configuration; what is left out gets the default, and names it does not have are ignored, as TVM does."""
    known = {item.name for item in fields(QConfig)}
    return QConfig(**{name: value for name, value in kwargs.items() if name in known})


def current_qconfig() -> QConfig:
    """The innermost configuration in force, or the default, which skips no conv2d."""
    return _entered[-1] if _entered else QConfig(skip_conv_layers=None)
