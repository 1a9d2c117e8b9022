"""Relax modules as TVMScript text that a release of TVM reads, and prints back alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

from relax_core.ir.expr import ExternFunc, Function, GlobalVar, PrimFunc
from relax_core.ir.types import Type
from relax_core.text.config import DEFAULT, ScriptConfig
from relax_core.text.document import MODULE_NAME, OMITTED, Document
from relax_core.text.expr_text import ExprText
from relax_core.text.function_text import FunctionText
from relax_core.text.info_text import info_text
from relax_core.text.literals import string_text
from relax_core.text.metadata import metadata_section
from relax_core.text.names import identifier
from relax_core.text.profiles import FUTURE_IMPORT, profile
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.releases import older
from tensor_core.tir.from_loops import without_blocks
from tensor_core.tir.text.printer import PrintedFunction, print_prim_func

_INDENT = "    "
_BFLOAT16 = re.compile(r"\bT\.bfloat16\(([^()]+)\)")
"""Numbers of bfloat16, which TVM 0.19 prints and does not read."""
_NOT_PORTABLE = ("T.block(", "T.sblock(", "T.round(", "e4m3_float8", "e5m2_float8")


def print_module(
    module: IRModule, target: str = "0.27", made_for: str | None = None, config: ScriptConfig = DEFAULT
) -> str:
    """The module as one script for TVM release ``target``, kernels first and ``main`` last, as TVM orders them.

    The target ``portable`` is text that every release reads, and takes for the same program.

    ``made_for`` is the release whose spellings the module's calls use: the one it was read or converted for. When it is
    another one, every operator is said anew for the target. Not stated, the calls are taken for the target's own
    unless their attributes show otherwise.

    DiagnosticError: R2R0405 for an unknown release; R2R0406 for a constant that belongs among the parameters; R2R0407
    for what the release cannot say; R2R0205 for a variable used outside its scope.
    """
    row = profile(target)
    if row.portable and made_for is None:
        made_for = module.release
    document = Document(row, config, made_for, module)
    body = _attributes(module, document)
    document.usage |= {"ir"} if body else set()
    functions = FunctionText(document)
    type_vars: dict[str, None] = {}
    printed: dict[GlobalVar, list[str]] = {}
    declared: dict[GlobalVar, set[str]] = {}
    for var in sorted(module.functions, key=lambda var: _order(module, var)):
        printed[var] = _function(module, var, document, functions, type_vars)
        declared[var] = set(functions.declared) if isinstance(module.functions[var], Function) else set()
    # TVM 0.27 reads no declaration in a body of what is a type variable of another function.
    functions.avoid = () if config.exact else type_vars
    for var, names in declared.items():
        if not names.isdisjoint(functions.avoid):
            printed[var] = _function(module, var, document, functions, type_vars)
    for number, (var, part) in enumerate(printed.items()):
        body += ["", *part] if number and not isinstance(module.functions[var], ExternFunc) else part
    document.usage.add("ir")
    lines = ["@I.ir_module", f"class {MODULE_NAME}:", *(body or [f"{_INDENT}pass"])]
    return _finished(document, list(type_vars), lines)


def print_node(
    node: Node | Type | IRModule, target: str = "0.27", made_for: str | None = None, config: ScriptConfig = DEFAULT
) -> str:
    """A function, another expression, a binding, a block or a type by itself, as TVM release ``target`` prints it.

    Names that are defined elsewhere stand for themselves. DiagnosticError as :func:`print_module`.
    """
    if isinstance(node, IRModule):
        return print_module(node, target, made_for, config)
    document = Document(profile(target), config, made_for)
    printer = FunctionText(document)
    if isinstance(node, PrimFunc):
        printed = _tensor_program(node, document, config.name or str(node.attrs.get("global_symbol", "main")))
        return _finished(document, list(printed.type_vars), printed.lines)
    if isinstance(node, Function):
        name = config.name or str((node.attrs or {}).get("global_symbol", "main"))
        lines = printer.print(node, name, "")
        return _finished(document, list(printer.type_vars), lines)
    return _finished(document, [], printer.alone(node), headed=False)


def _order(module: IRModule, var: GlobalVar) -> tuple[bool, int, str]:
    function = module.functions[var]
    kind = 1 if isinstance(function, PrimFunc) else 2 if isinstance(function, ExternFunc) else 3
    return var.name == "main", kind, var.name


def _finished(document: Document, type_vars: list[str], lines: list[str], headed: bool = True) -> str:
    """The text with what stands above it (imports, the metadata section, type variables), or below it."""
    above = [FUTURE_IMPORT, ""] if "future" in document.usage else []
    below: list[str] = []
    if document.metadata and document.config.show_meta:
        above.append(metadata_section(document))
    elif document.metadata:
        below = ["", OMITTED]
    above += document.header() if headed else []
    if not document.config.exact and (document.profile.portable or older(document.release, "0.21")):
        lines = [_BFLOAT16.sub(r'T.Cast("bfloat16", T.float32(\1))', line) for line in lines]
    return "\n".join([*above, *[f'{name} = TypeVar("{name}")' for name in type_vars], *lines, *below])


def _function(
    module: IRModule, var: GlobalVar, document: Document, functions: FunctionText, type_vars: dict[str, None]
) -> list[str]:
    """The lines of one function; the names that it needs as type variables are added to those before it."""
    function = module.functions[var]
    if isinstance(function, PrimFunc):
        printed = _tensor_program(function, document, identifier(var.name))
        type_vars.update(dict.fromkeys(printed.type_vars))
        return [f"{_INDENT}{line}" if line else line for line in printed.lines]
    if isinstance(function, ExternFunc):
        document.usage.add("relax")
        return [f"{_INDENT}{identifier(var.name)} = R.ExternFunc({string_text(function.name)})"]
    if not isinstance(function, Function):
        kind = type(function).__name__
        raise fail(codes.UNPRINTABLE, f"@{var.name} is a {kind}, which Relax text does not hold", var.span)
    lines = functions.print(function, var.name, _INDENT)
    type_vars.update(dict.fromkeys(functions.type_vars))
    return lines


def _tensor_program(function: PrimFunc, document: Document, name: str) -> PrintedFunction:
    document.usage.add("tir")
    if document.profile.portable:
        function = without_blocks(function)
    printed = print_prim_func(function, document.release, name, pep695=document.pep695)
    if document.profile.portable:
        _check_portable(printed.lines, name, function)
    if printed.type_vars:
        document.usage.add("type_var")
    if printed.has_type_params:
        document.usage.add("future")
    return printed


def _check_portable(lines: Sequence[str], name: str, function: PrimFunc) -> None:
    """R2R0407 for a tensor program with what releases read in different ways, or not at all."""
    for line in lines:
        for what in _NOT_PORTABLE:
            if what in line:
                problem = f"@{name} has {what.rstrip('(')}, which not every release reads alike"
                raise fail(codes.UNPRINTABLE, problem, function.span, "print it for one release")


def _attributes(module: IRModule, document: Document) -> list[str]:
    lines: list[str] = []
    if module.attrs:
        spell = ExprText(document, lambda var: var.name, lambda var: var.name, lambda var: var.name)
        lines.append(f"{_INDENT}I.module_attrs({spell.dictionary(module.attrs, boxed=document.profile.boxed_bools)})")
    if module.global_infos:
        lines.append(f"{_INDENT}{info_text(module.global_infos, document)}")
    for line in lines:
        document.note(line)
    return lines
