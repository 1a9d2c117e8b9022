"""Building a module (tvm.relax.build)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relax_core.backend.executable import Executable, ExecutableModule
from relax_core.ir.expr import Function, IRModule
from tensor_core import codes
from tensor_core.diagnostics import fail

_MODES = ("bytecode", "compiled")
_HOSTS = ("llvm", "c", "stackvm")


def build(
    mod: Any,
    target: Any = None,
    params: Mapping[str, Any] | None = None,
    relax_pipeline: Any = "default",
    tir_pipeline: Any = "default",
    exec_mode: str = "bytecode",
    *,
    system_lib: bool | None = None,
    pipeline: Any = None,
    release: str | None = None,
) -> Executable:
    """The executable of a module, or of a single function, which becomes ``main``.

    ``params`` are bound to parameters of ``main``. A pipeline is a pass, or a function from modules to modules, that is
    applied first; the named ones change nothing that is seen. ``exec_mode`` is "bytecode" or "compiled": here both are
    compiled. TVM 0.19 calls ``relax_pipeline`` ``pipeline``. ValueError for another mode; R2R0607 for a target that is
    not the CPU; errors of lowering as :func:`relax_core.lower.lower`.
    """
    del tir_pipeline, system_lib
    if exec_mode not in _MODES:
        raise ValueError(f"Unknown exec_mode {exec_mode}")
    _check_target(target)
    module = IRModule.from_expr(mod) if isinstance(mod, Function) else cast(IRModule, mod)
    if params:
        module = _bound(module, params)
    first = relax_pipeline if pipeline is None else pipeline
    if callable(first):
        module = cast(IRModule, first(module))
    made = ExecutableModule(module, release)
    _ = made.program
    return Executable(made)


def _bound(module: IRModule, params: Mapping[str, Any]) -> IRModule:
    from relax_core.passes.bind_params import bind_params

    return bind_params(module, "main", params)


def _check_target(target: Any) -> None:
    if target is None:
        return
    kind = getattr(target, "kind", None)
    given = cast("Mapping[str, Any]", target).get("kind", "") if isinstance(target, Mapping) else target
    name = str(getattr(kind, "name", kind) or given).split(" ", 1)[0]
    if name not in _HOSTS:
        raise fail(codes.NO_SUCH_DEVICE, f"programs are not built for {name}", hint="use the target llvm")
