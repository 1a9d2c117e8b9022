"""tvm.relay.transform.infer_layout_utils."""

from relay_compat.layouts.inferred import InferCorrectLayoutOutput

__all__ = ["InferCorrectLayoutOutput"]
