"""Annotations: calls that mark a place in a program (tvm.relay.op.annotation in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.wrappers import derived, names
from relay_compat.virtual_device import virtual_device

__getattr__ = derived("annotation.")


def on_device(body: Expr, device: Any, constrain_result: bool = False, constrain_body: bool = True) -> Expr:
    """An expression said to be computed, or needed, on a device."""
    flags = {"constrain_result": constrain_result, "constrain_body": constrain_body}
    return call("on_device", body, virtual_device=virtual_device(device), **flags)


@declared("annotation.stop_fusion")
def stop_fusion(data: Expr) -> None:
    """Fusion ends here."""


@declared("annotation.checkpoint")
def checkpoint(data: Expr) -> None:
    """The gradient computes this value again rather than keep it."""


@declared("annotation.compiler_begin")
def compiler_begin(data: Expr, compiler: str) -> None:
    """A region for an outside compiler begins."""


@declared("annotation.compiler_end")
def compiler_end(data: Expr, compiler: str) -> None:
    """A region for an outside compiler ends."""


def __dir__() -> list[str]:
    return sorted({*globals(), *names("annotation.")})
