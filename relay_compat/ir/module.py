"""The module of Relay, with the interface of tvm.IRModule in TVM 0.19."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast

import numpy as np

import tensor_core.module
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Expr, Function, GlobalVar
from relay_compat.ir.types import GlobalTypeVar, TypeData
from relay_compat.ir.values import DictAttrs
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc
from tensor_core.notebook import source_html

_MAIN = "main"


class IRModule(tensor_core.module.IRModule):
    """Functions and type definitions by global name; changed in place by ``mod[name] = function`` and ``update``."""

    __slots__ = ()
    global_var: ClassVar[type[tensor_core.module.GlobalVar]] = GlobalVar

    def __init__(
        self,
        functions: Mapping[Any, BaseFunc] | None = None,
        type_definitions: Mapping[Any, Any] | None = None,
        attrs: Mapping[str, Any] | None = None,
        global_infos: Mapping[str, Any] | None = None,
        params: Mapping[str, np.ndarray] | None = None,
        release: str | None = None,
    ) -> None:
        named: dict[tensor_core.module.GlobalVar, BaseFunc] = {
            GlobalVar(key) if isinstance(key, str) else key: function for key, function in (functions or {}).items()
        }
        super().__init__(named, None, attrs, global_infos, params, release)
        for header, data in (type_definitions or {}).items():
            self.define_type(header, data)

    def __setitem__(self, name: Any, function: Any) -> None:
        """Set a function; an expression that is none stands for a function without parameters, a
        :class:`~relay_compat.ir.types.TypeData` is the definition of a type.
        """
        if isinstance(function, TypeData):
            self.define_type(GlobalTypeVar(name) if isinstance(name, str) else name, function)
            return
        if isinstance(function, GlobalVar):
            function = self[function]
        super().__setitem__(name, function if isinstance(function, BaseFunc) else Function((), function))

    def _repr_html_(self) -> str:
        """For notebooks: the text."""
        from relay_compat.text.printer import print_module

        return source_html(print_module(self, show_meta_data=False))

    def _add(self, var: Any, val: Any, update: bool = True) -> None:
        """Set a function or type; without ``update``, R2R0109 when there is one of this name."""
        if not update and var in self:
            raise fail(codes.DUPLICATE_NAME, f"the module has a definition of {getattr(var, 'name', var)} already")
        self[var] = val

    def __getitem__(self, name: Any) -> Any:
        return self.type_definitions[name] if isinstance(name, GlobalTypeVar) else super().__getitem__(name)

    def get_global_var(self, name: str) -> GlobalVar:
        """The global variable of this name; DiagnosticError R2R0603 when the module has none."""
        return cast(GlobalVar, super().get_global_var(name))

    def define_type(self, header: GlobalTypeVar, data: TypeData) -> None:
        """Set the definition of an algebraic data type and number its constructors."""
        for index, constructor in enumerate(cast("Sequence[Constructor]", data.constructors)):
            if constructor.index != index:
                constructor.memo("index", index)
        self.type_definitions[header] = data

    def import_from_std(self, file_to_import: str) -> IRModule:
        """Add the definitions of a file of Relay's standard library ("prelude.rly", "nat.rly", ...) and infer types.

        DiagnosticError R2R0103 for a file that there is not.
        """
        from relay_compat.library import library
        from relay_compat.types.infer import infer_types

        self.update(library(file_to_import, self))
        result = infer_types(self)
        self.functions.update(result.functions)
        return result

    @staticmethod
    def from_expr(
        expr: Expr, functions: Mapping[GlobalVar, BaseFunc] | None = None, type_defs: Mapping[Any, Any] | None = None
    ) -> IRModule:
        """A module whose entry is the expression: a function as it is, under the name its ``global_symbol`` says or
        "main"; anything else as the body of a function over its free variables.
        """
        from relay_compat.analysis import free_type_vars, free_vars

        module = IRModule(functions, type_defs)
        if isinstance(expr, Function):
            function = expr
        else:
            function = Function(tuple(free_vars(expr)), expr, None, tuple(free_type_vars(expr, module)))
        name = function.attrs.get("global_symbol", _MAIN)
        module[module.fresh_name(name) if name != _MAIN else name] = function
        return module

    def fresh_name(self, name: str) -> str:
        """The name itself, or with the first number that makes it one the module does not have."""
        number, result = 0, name
        while result in self:
            number += 1
            result = f"{name}_{number}"
        return result

    # ------------------------------------------------------------ types

    def get_global_type_vars(self) -> list[GlobalTypeVar]:
        """The names of all algebraic data types."""
        return list(self.type_definitions)

    def get_global_type_var(self, name: str) -> GlobalTypeVar:
        """The algebraic data type of this name; R2R0103 when there is none."""
        for var in self.get_global_type_vars():
            if var.name == name:
                return var
        raise fail(codes.UNDEFINED_NAME, f"the module does not define a type {name}")

    def get_type(self, name: str) -> tuple[Any, ...]:
        """The type of this name, followed by its constructors."""
        var = self.get_global_type_var(name)
        return (var, *cast(TypeData, self.type_definitions[var]).constructors)

    def get_constructor(self, tag: int) -> Constructor:
        """The constructor with this tag; R2R0103 when there is none."""
        for data in self.type_definitions.values():
            for constructor in cast("Sequence[Constructor]", data.constructors):
                if constructor.tag == tag:
                    return constructor
        raise fail(codes.UNDEFINED_NAME, f"the module has no constructor with tag {tag}")

    # ------------------------------------------------------------ passes

    def named_pass(self, name: str) -> Callable[[Any], Any]:
        """The pass of tvm.relay.transform of this name, with its default options; R2R0703 when there is none."""
        from relay_compat.transform.registry import find

        make = find(name.removeprefix("relay._transform."))
        return super().named_pass(name) if make is None else make()

    # ------------------------------------------------------------ text and attributes

    def get_attr(self, name: str) -> Any:
        """An attribute of the module; None when there is none."""
        return self.attrs.get(name)

    def with_attr(self, name: str, value: Any) -> IRModule:
        """A copy with one attribute set."""
        return self.with_attrs({name: value})

    def with_attrs(self, attrs: Mapping[str, Any]) -> IRModule:
        """A copy with these attributes set."""
        result = self.copy()
        result.attrs = DictAttrs({**self.attrs, **attrs})
        return result

    def without_attr(self, name: str) -> IRModule:
        """A copy without an attribute."""
        result = self.copy()
        result.attrs.pop(name, None)
        return result

    def astext(self, show_meta_data: bool = True, annotate: Callable[[Expr], str] | None = None) -> str:
        """The text of the module with its header."""
        from relay_compat.text.printer import print_module

        return print_module(self, show_meta_data=show_meta_data, annotate=annotate)

    def __str__(self) -> str:
        from relay_compat.text.printer import pretty_print

        return pretty_print(self)
