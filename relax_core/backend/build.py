"""Building a module (tvm.relax.build)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from relax_core.backend.executable import Executable, ExecutableModule
from relax_core.ir.expr import Call, Constant, Function, GlobalVar, IRModule, Var
from relax_core.names import NameTable
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
    module = IRModule({GlobalVar("main"): mod}) if isinstance(mod, Function) else cast(IRModule, mod)
    if params:
        module = _bound(module, params)
    first = relax_pipeline if pipeline is None else pipeline
    if callable(first):
        module = cast(IRModule, first(module))
    made = ExecutableModule(module, release)
    _ = made.program
    return Executable(made)


def _bound(module: IRModule, params: Mapping[str, Any]) -> IRModule:
    """The module whose ``main`` calls the former one with some arguments given."""
    function = module["main"]
    assert isinstance(function, Function)
    unknown = sorted(set(params) - {param.name for param in function.params})
    if unknown:
        raise fail(codes.BAD_INPUTS, f"main has no parameter {unknown[0]!r}", hint="bind parameters by their names")
    result = IRModule(attrs=module.attrs, global_infos=module.global_infos, release=module.release)
    name = NameTable(var.name for var in module).unique("main_all")
    inner = GlobalVar(name)
    for var, item in module.functions.items():
        result[inner if item is function else var] = item
    rest = {param: Var(param.name, param.ty) for param in function.params if param.name not in params}
    given = [rest.get(param) or Constant(np.asarray(params[param.name])) for param in function.params]
    attrs = {**(function.attrs or {}), "global_symbol": "main"}
    result["main"] = Function(tuple(rest.values()), Call(inner, tuple(given)), None, function.is_pure, attrs)
    result[inner] = function.replace(attrs={k: v for k, v in (function.attrs or {}).items() if k != "global_symbol"})
    return result


def _check_target(target: Any) -> None:
    if target is None:
        return
    kind = getattr(target, "kind", None)
    given = cast("Mapping[str, Any]", target).get("kind", "") if isinstance(target, Mapping) else target
    name = str(getattr(kind, "name", kind) or given).split(" ", 1)[0]
    if name not in _HOSTS:
        raise fail(codes.NO_SUCH_DEVICE, f"programs are not built for {name}", hint="use the target llvm")
