"""What annotation remembers while it goes through a program (QuantizeContext in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Call, Expr
from relay_compat.quantize.config import current_qconfig

Key = tuple[Expr, int, bool, str]


class QuantizeContext:
    """How many conv2d calls were met, whether the rest stays, and the marks made, by value. A ``with`` block starts
    anew.
    """

    Current: QuantizeContext | None = None

    def __init__(self) -> None:
        self.qnode_map: dict[Key, Expr] = {}
        self._conv2d_counter = 0
        self._stop_quantize = False

    def check_to_skip(self, ref_call: Call) -> bool:
        """Whether a call stays as it is; conv2d calls are counted."""
        if self._stop_quantize:
            return True
        skipped = current_qconfig().skip_conv_layers
        if skipped is None or getattr(ref_call.op, "name", "") != "nn.conv2d":
            return False
        self._conv2d_counter += 1
        return self._conv2d_counter - 1 in [int(index) for index in skipped]

    def stop_quantize(self) -> None:
        """Leave whatever comes."""
        self._stop_quantize = True

    def reset(self) -> None:
        """Start anew."""
        self._conv2d_counter, self._stop_quantize = 0, False
        self.qnode_map.clear()

    def __enter__(self) -> QuantizeContext:
        self.reset()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.qnode_map.clear()


def quantize_context() -> QuantizeContext:
    """The one context."""
    if QuantizeContext.Current is None:
        QuantizeContext.Current = QuantizeContext()
    return QuantizeContext.Current
