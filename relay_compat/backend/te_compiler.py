"""The compiler of kernels as a thing that can be asked for (tvm.relay.backend.te_compiler in TVM 0.19)."""

from __future__ import annotations


class TECompiler:
    """Kernels are kept by what they compute, for every program alike; there is no state of their making."""

    def clear(self) -> None:
        """Nothing is there to be forgotten: a kernel can never be stale."""


_COMPILER = TECompiler()


def get() -> TECompiler:
    """The one compiler."""
    return _COMPILER
