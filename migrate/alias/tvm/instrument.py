"""tvm.instrument."""

from tensor_core.passes import PassInstrument, pass_instrument

__all__ = ["PassInstrument", "pass_instrument"]
