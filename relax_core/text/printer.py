"""Relax modules as TVMScript text that a release of TVM reads, and prints back alike."""

from __future__ import annotations

from relax_core.ir.expr import Function, GlobalVar, IRModule, PrimFunc
from relax_core.text.expr_text import ExprText
from relax_core.text.function_text import FunctionText
from relax_core.text.names import identifier
from relax_core.text.profiles import IR_IMPORT, RELAX_IMPORT, TYPE_VAR_IMPORT, Profile, profile
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.loops.text import print_prim_func

_INDENT = "    "


def print_module(module: IRModule, target: str = "0.27", made_for: str | None = None) -> str:
    """The module as one script for TVM release ``target``, kernels first and ``main`` last, as TVM orders them.

    ``made_for`` is the release whose spellings the module's calls use: the one it was read or converted for. When it is
    another one, every operator is said anew for the target. Not stated, the calls are taken for the target's own
    unless their attributes show otherwise.

    DiagnosticError: R2R0405 for an unknown release; R2R0406 for a constant that belongs among the parameters; R2R0407
    for what the release cannot say; R2R0205 for a variable used outside its scope.
    """
    release = profile(target)
    if module.global_infos:
        names = ", ".join(module.global_infos)
        raise fail(codes.UNPRINTABLE, f"global information of a module is not written: {names}")
    type_vars: dict[str, None] = {}
    parts: list[list[str]] = []
    for var in sorted(module.functions, key=lambda var: _order(module, var)):
        parts.append(_function(module, var, release, made_for, type_vars))
    body = _attributes(module, release)
    for number, part in enumerate(parts):
        body += ["", *part] if number else part
    text = "\n".join(["@I.ir_module", "class Module:", *(body or [f"{_INDENT}pass"])])
    uses_relax = any(isinstance(function, Function) for function in module.functions.values())
    return _header(text, release, list(type_vars), uses_relax) + text


def _order(module: IRModule, var: GlobalVar) -> tuple[bool, bool, str]:
    return var.name == "main", not isinstance(module.functions[var], PrimFunc), var.name


def _function(
    module: IRModule, var: GlobalVar, release: Profile, made_for: str | None, type_vars: dict[str, None]
) -> list[str]:
    function = module.functions[var]
    if isinstance(function, PrimFunc):
        name = identifier(var.name)
        return [f"{_INDENT}{line}" if line else line for line in print_prim_func(function, release.release, name)]
    if not isinstance(function, Function):
        kind = type(function).__name__
        raise fail(codes.UNPRINTABLE, f"@{var.name} is a {kind}, which Relax text does not hold", var.span)
    printer = FunctionText(release, made_for)
    lines = printer.print(function, var.name, _INDENT)
    type_vars.update(dict.fromkeys(printer.type_vars))
    return lines


def _attributes(module: IRModule, release: Profile) -> list[str]:
    if not module.attrs:
        return []
    text = ExprText(release, lambda var: var.name, lambda var: var.name, lambda var: var.name).dictionary(module.attrs)
    return [f"{_INDENT}I.module_attrs({text})"]


def _header(text: str, release: Profile, type_vars: list[str], uses_relax: bool) -> str:
    lines = [TYPE_VAR_IMPORT] if type_vars else []
    lines.append(IR_IMPORT)
    if _uses_tir(text):
        lines += release.tir_imports
    if uses_relax:
        lines.append(RELAX_IMPORT)
    lines.append("")
    lines += [f'{name} = TypeVar("{name}")' for name in type_vars]
    return "\n".join(lines) + "\n"


def _uses_tir(text: str) -> bool:
    place = text.find("T.")
    while place >= 0:
        before = text[place - 1]
        if not (before.isalnum() or before in "_."):
            return True
        place = text.find("T.", place + 2)
    return False
