"""tvm.instrument."""

from tensor_core.passes.instrument import PassInstrument, pass_instrument
from tensor_core.passes.instruments import PassPrintingInstrument, PassTimingInstrument, PrintAfterAll, PrintBeforeAll

__all__ = [
    "PassInstrument",
    "PassPrintingInstrument",
    "PassTimingInstrument",
    "PrintAfterAll",
    "PrintBeforeAll",
    "pass_instrument",
]
