"""The module of Relax, with the interface of tvm.IRModule in TVM 0.19 to 0.27."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import tensor_core.module
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc, GlobalVar
from tensor_core.notebook import source_html

__all__ = ["IRModule"]

_MAIN = "main"


class IRModule(tensor_core.module.IRModule):
    """Relax functions and tensor programs by global name; changed in place by ``mod[name] = function`` and ``update``.

    TypeError for keys that are neither names nor global variables.
    """

    __slots__ = ()

    def __init__(
        self,
        functions: Mapping[Any, BaseFunc] | None = None,
        type_definitions: Mapping[Any, Any] | None = None,
        attrs: Mapping[str, Any] | None = None,
        global_infos: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        release: str | None = None,
    ) -> None:
        named: dict[GlobalVar, BaseFunc] = {}
        for key, function in (functions or {}).items():
            if not isinstance(key, (str, GlobalVar)):
                raise TypeError("Expect functions to be Dict[GlobalVar, Function]")
            named[GlobalVar(key) if isinstance(key, str) else key] = function
        super().__init__(named, type_definitions, attrs, global_infos, params, release)

    def _repr_html_(self) -> str:
        """For notebooks: the text."""
        from relax_core.text.printer import print_module

        return source_html(print_module(self))

    @classmethod
    def from_expr(
        cls, expr: BaseFunc, functions: Mapping[Any, BaseFunc] | None = None, type_defs: object = None
    ) -> Self:
        """A module with this function, by its global symbol or as "main", and the given others."""
        del type_defs
        module = cls(functions)
        attrs: Mapping[str, Any] = getattr(expr, "attrs", None) or {}
        module[str(attrs.get("global_symbol", _MAIN))] = expr
        return module

    def update_global_info(self, name: str, global_info: Sequence[Any]) -> None:
        """Set the global information of a kind ("vdevice")."""
        self.global_infos[name] = tuple(global_info)

    def replace_global_vars(self, replacements: Mapping[Any, Any]) -> Self:
        """A copy in which functions have other names, given by name or as global variables, also where they are called.

        R2R0603 for a name that the module does not have, R2R0109 when two functions would have one name.
        """
        from relax_core.rename import with_global_vars

        old = {self._var(key): value for key, value in replacements.items()}
        new = {var: GlobalVar(value) if isinstance(value, str) else value for var, value in old.items()}
        names = [new.get(var, var).name for var in self.functions]
        if len(set(names)) != len(names):
            raise fail(codes.DUPLICATE_NAME, "two functions of the module would have one name")
        result = self.copy()
        result.functions.clear()
        result._names.clear()
        for var, function in self.functions.items():
            result[new.get(var, var)] = with_global_vars(function, new)
        return result

    def _var(self, key: Any) -> GlobalVar:
        return self.get_global_var(key) if isinstance(key, str) else key

    def get_attr(self, attr_key: str) -> Any:
        """An attribute of the module; None when there is none."""
        return self.attrs.get(attr_key)

    def with_attr(self, attr_key: str, attr_value: Any) -> Self:
        """A copy with one attribute set."""
        return self.with_attrs({attr_key: attr_value})

    def with_attrs(self, attr_map: Mapping[str, Any]) -> Self:
        """A copy with these attributes set."""
        result = self.copy()
        result.attrs.update(attr_map)
        return result

    def without_attr(self, attr_key: str) -> Self:
        """A copy without an attribute."""
        result = self.copy()
        result.attrs.pop(attr_key, None)
        return result
