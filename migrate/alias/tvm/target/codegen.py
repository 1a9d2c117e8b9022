"""tvm.target.codegen: the LLVM behind compiled programs."""

from __future__ import annotations

from cpu_backend.version import llvm_version

__all__ = ["llvm_version_major"]


def llvm_version_major(allow_none: bool = False) -> int:
    """The major version of LLVM; there always is one."""
    del allow_none
    return llvm_version()[0]
