"""The text of objects as TVM's Python gives it: ``script``, ``show`` and ``str`` in the alias's release."""

from __future__ import annotations

from typing import Any

from migrate.alias.current import before, current
from relax_core.ir import types
from relax_core.ir.base import RelaxExpr
from relax_core.ir.expr import Binding, BindingBlock, IRModule, PrimFunc, Var
from relax_core.ir.global_info import GlobalInfo
from tensor_core import codes
from tensor_core import types as shared
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar
from tensor_core.prim import PrimExpr

__all__ = ["attach", "script"]

_IGNORED = frozenset({"black_format", "style", "num_context_lines"})
_USUAL = {
    "ir_prefix": "I", "tir_prefix": "T", "relax_prefix": "R", "module_prefix": "cls", "buffer_dtype": "float32",
    "int_dtype": "int32", "float_dtype": "void", "indent_spaces": 4, "print_line_numbers": False,
    "show_object_address": False, "syntax_sugar": True,
}  # fmt: skip
"""Options of TVM's printer, of which only these values are known here."""


def script(
    self: Any,
    *,
    name: str | None = None,
    show_meta: bool = False,
    module_alias: str = "cls",
    verbose_expr: bool = False,
    show_all_struct_info: bool = True,
    show_all_ty: bool = True,
    **options: Any,
) -> str:
    """The TVMScript of an object. R2R0703 for an option of the printer that is not known here."""
    from relax_core.text.config import ScriptConfig
    from relax_core.text.printer import print_node

    for key, value in options.items():
        if value is not None and key not in _IGNORED and _USUAL.get(key, ()) != value:
            raise fail(codes.BAD_OPTION, f"scripts are not printed with {key}={value!r}")
    config = ScriptConfig(
        exact=True,
        show_meta=show_meta,
        module_alias=module_alias,
        show_all_types=show_all_struct_info and show_all_ty,
        verbose=verbose_expr,
        name=name or "",
    )
    return print_node(self, current(), config=config)


def _relax_script(self: Any) -> str:
    return script(self, verbose_expr=True)


def _show(self: Any, *args: Any, **kwargs: Any) -> None:
    del args
    print(script(self, **kwargs))


def _text(self: Any) -> str:
    return script(self)


def _scalar_type(self: Any) -> types.PrimType:
    return types.PrimType(self.dtype)


def _unify() -> None:
    """Scalars have types as Relax's expressions have, and variables only one name: since TVM 0.26 they are one kind."""
    scalar: Any = PrimExpr
    scalar.ty = property(_scalar_type)
    variable: Any = Var
    if "name_hint" in vars(variable):
        del variable.name_hint


def attach() -> None:
    """Give the objects of Relax their text. Of types that both IRs have, ``str`` stays Relay's where there is Relay."""
    named: tuple[Any, ...] = (
        RelaxExpr, Binding, BindingBlock, IRModule, PrimFunc, GlobalInfo, types.ObjectType, types.TensorType,
        types.ShapeType, types.PrimType, types.FuncType,
    )  # fmt: skip
    shared_ones: tuple[Any, ...] = (PrimExpr, GlobalVar, shared.TupleType)
    for kind in (*named, *shared_ones):
        kind.script, kind.show, kind._relax_script = script, _show, _relax_script
    if not before("0.26"):
        _unify()
    for kind in named if before("0.20") else (*named, *shared_ones):
        kind.__str__ = kind.__repr__ = _text
