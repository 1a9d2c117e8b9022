"""tvm.testing.env: what tests can count on: a CPU and LLVM."""

from __future__ import annotations

from collections.abc import Callable

from migrate.alias.current import current
from migrate.alias.profile import profile


def has_llvm() -> bool:
    """Kernels are compiled by LLVM."""
    return True


def __getattr__(name: str) -> Callable[..., bool]:
    if not name.startswith(("has_", "is_", "build_flag")) or name not in profile(current()).modules["tvm.testing.env"]:
        raise AttributeError(f"there is no tvm.testing.env.{name}")
    return _nothing


def _nothing(*args: object, **kwargs: object) -> bool:
    """There is no such device or feature."""
    del args, kwargs
    return False
