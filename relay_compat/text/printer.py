"""Modules and expressions as text, byte for byte what ``astext`` gives in TVM 0.19.

Spans are printed where the input declared them; where our reader found a node is never printed.
"""

from __future__ import annotations

from collections.abc import Callable

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Function
from relay_compat.ir.types import TypeData
from relay_compat.text.exact import ExactPrinter
from relay_compat.text.lossless import LosslessPrinter
from relay_compat.text.metadata import OMITTED
from relay_compat.text.print_exprs import ExprPrinter, indented, lay_out
from tensor_core.collection import collection_paused
from tensor_core.module import Expr, IRModule
from tensor_core.trampoline import run

_HEADER = '#[version = "0.0.5"]\n'
_LOSSLESS = f"{_HEADER}#[lossless]\n"


Annotate = Callable[[Expr], str]
"""What to write behind an expression in place of its type and span; "" for nothing."""


@collection_paused()
def print_module(
    module: IRModule,
    *,
    show_meta_data: bool = True,
    annotate: Annotate | None = None,
    lossless: bool = False,
    exact: bool = False,
) -> str:
    """The text of a module: types, then functions, each by name, then the metadata section.

    With ``show_meta_data=False`` the section is left out, and what would refer to it is shown in a form that cannot be
    parsed. ``annotate`` gives other comments than types and spans. ``lossless``: not TVM's form but one from which
    :func:`relay_compat.text.parser.parse` gives back the same module (see :mod:`relay_compat.text.lossless`).
    ``exact``: TVM's form with all digits of numbers (see :mod:`relay_compat.text.exact`).
    """
    if lossless:
        return _lossless(module)
    printer = (ExactPrinter if exact else ExprPrinter)(show_meta_data, annotate)
    parts = [
        _type_definition(printer, data) for _, data in sorted(module.type_definitions.items(), key=lambda i: i[0].name)
    ]
    for var, function in sorted(module.functions.items(), key=lambda item: item[0].name):
        assert isinstance(function, Function)
        printer.begin(function)
        parts.append(run(printer.function(function, f"def @{var.name}")) + "\n")
    return _HEADER + lay_out("\n".join(parts)) + _metadata(printer)


def _lossless(module: IRModule) -> str:
    printer = LosslessPrinter(module)
    parts = [printer.module_attributes(module.attrs)] if module.attrs else []
    parts += [printer.definition(data) for _, data in sorted(module.type_definitions.items(), key=lambda i: i[0].name)]
    for var, function in sorted(module.functions.items(), key=lambda item: item[0].name):
        assert isinstance(function, Function)
        parts.append(run(printer.definition_of(var.name, function)) + "\n")
    return _LOSSLESS + lay_out("\n".join(parts)) + _metadata(printer)


def print_expr(
    expr: Expr, *, show_meta_data: bool = True, annotate: Annotate | None = None, lossless: bool = False
) -> str:
    """The text of an expression; variables that it does not bind are declared as ``free_var``. Options as for
    :func:`print_module`.
    """
    printer = LosslessPrinter() if lossless else ExprPrinter(show_meta_data, annotate)
    printer.begin(expr)
    return (_LOSSLESS if lossless else _HEADER) + lay_out(run(printer.scope(expr))) + _metadata(printer)


def pretty_print(value: IRModule | Expr) -> str:
    """The text of a module or expression without header and metadata section: ``str`` of an object in TVM.

    Where something refers to the section, only the line break before it is there.
    """
    text = astext(value, show_meta_data=False).removeprefix(_HEADER)
    return text.removesuffix(OMITTED)


def astext(obj: IRModule | Expr, show_meta_data: bool = True, annotate: Annotate | None = None) -> str:
    """The text of a module or expression with its header (tvm.relay.astext)."""
    print_it = print_module if isinstance(obj, IRModule) else print_expr
    return print_it(obj, show_meta_data=show_meta_data, annotate=annotate)  # type: ignore[arg-type]


def _metadata(printer: ExprPrinter) -> str:
    if not printer.metadata:
        return ""
    return f"\n#[metadata]\n{printer.metadata.section()}" if printer.show_meta else f"\n{OMITTED}"


def _type_definition(printer: ExprPrinter, data: TypeData) -> str:
    params = f"[{', '.join(map(printer.type, data.type_vars))}]" if data.type_vars else ""
    constructors = ",\n".join(_constructor(printer, item) for item in data.constructors)
    body = indented(f"{constructors}," if constructors else "")
    return f"type {data.header.name}{params} {{{body}\n}}\n"


def _constructor(printer: ExprPrinter, constructor: Constructor) -> str:
    inputs = f"({', '.join(map(printer.type, constructor.inputs))})" if constructor.inputs else ""
    return constructor.name + inputs
