"""Which LLVM compiles programs."""

from __future__ import annotations

from typing import Any

from llvmlite import binding


def llvm_version() -> tuple[int, int, int]:
    """Major, minor and patch number."""
    known: Any = binding
    major, minor, patch = known.llvm_version_info
    return int(major), int(minor), int(patch)
