"""Marks of quantization (tvm.relay.quantize in TVM 0.19). Quantizing whole programs is not part of this package."""

from relay_compat.quantize._annotate import QAnnotateKind, attach_simulated_quantize

__all__ = ["QAnnotateKind", "attach_simulated_quantize"]
