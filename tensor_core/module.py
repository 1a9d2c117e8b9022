"""The module of both IRs: named functions, type definitions and attributes, with TVM's mapping-like interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.node import Node, hidden, node
from tensor_core.spans import Span


class Expr(Node):
    """Base of the expressions of both IRs."""

    __slots__ = ()


@node
class GlobalVar(Expr):
    """The name of a function of a module. Every reference within one module is the same object."""

    name: str
    span: Span | None = None
    checked: Any = hidden()

    @property
    def name_hint(self) -> str:
        """TVM's name of :attr:`name` before release 0.26."""
        return self.name


class BaseFunc(Expr):
    """Base of everything that a module can hold under a global name."""

    __slots__ = ()


@node
class Declaration(BaseFunc):
    """A function whose body is elsewhere: its type, in the words of the IR whose module holds this, and the name under
    which the linked program has it (:mod:`tensor_core.linking`).
    """

    ty: Any
    symbol: str
    span: Span | None = None


class Table(dict[Any, Any]):
    """A dictionary whose items are a list, as those of TVM's maps are."""

    def items(self) -> list[tuple[Any, Any]]:  # type: ignore[override]
        """The entries in order."""
        return list(super().items())


class NoSuchFunction(DiagnosticError, ValueError):
    """A module was asked for a function that it does not have; TVM raises ValueError."""


class IRModule:
    """Functions by global name. ``type_definitions`` and ``attrs`` are carried along in insertion order.

    ``params`` holds the arrays that came with the module, by parameter name of its functions: trained weights, and
    constants too large for text. They stay inputs of the functions; whoever runs the module may leave them out.
    ``release`` is the TVM release whose meaning the operators of a Relax module have; None for any.
    Iteration and printing order is the IR's own affair; the module keeps insertion order.
    """

    global_var: ClassVar[type[GlobalVar]] = GlobalVar
    """The class of the names that the module makes."""

    __slots__ = ("_names", "attrs", "functions", "global_infos", "params", "release", "type_definitions")

    def __init__(
        self,
        functions: Mapping[GlobalVar, BaseFunc] | None = None,
        type_definitions: Mapping[Any, Any] | None = None,
        attrs: Mapping[str, Any] | None = None,
        global_infos: Mapping[str, Any] | None = None,
        params: Mapping[str, np.ndarray] | None = None,
        release: str | None = None,
    ) -> None:
        self.functions: dict[GlobalVar, BaseFunc] = Table(functions or {})
        self.type_definitions: dict[Any, Any] = Table(type_definitions or {})
        self.attrs: dict[str, Any] = dict(attrs or {})
        self.global_infos: dict[str, Any] = dict(global_infos or {})
        self.params: dict[str, np.ndarray] = dict(params or {})
        self.release = release
        self._names: dict[str, GlobalVar] = {var.name: var for var in self.functions}

    def _repr_html_(self) -> str | None:
        """For notebooks: each IR shows its text, a module of neither nothing."""
        return None

    def __getitem__(self, name: str | GlobalVar) -> BaseFunc:
        return self.functions[self.get_global_var(name) if isinstance(name, str) else name]

    def __setitem__(self, name: str | GlobalVar, function: BaseFunc) -> None:
        if isinstance(name, str):
            name = self._names.get(name) or self.global_var(name)
        previous = self._names.setdefault(name.name, name)
        if previous is not name:
            del self.functions[previous]
            self._names[name.name] = name
        self.functions[name] = function

    def __contains__(self, name: object) -> bool:
        return name in self._names if isinstance(name, str) else name in self.functions

    def __delitem__(self, name: str | GlobalVar) -> None:
        var = self.get_global_var(name if isinstance(name, str) else name.name)
        del self.functions[var], self._names[var.name]

    def __iter__(self) -> Iterator[GlobalVar]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)

    def get_global_var(self, name: str) -> GlobalVar:
        """The global variable of this name; DiagnosticError R2R0603 when the module has none."""
        var = self._names.get(name)
        if var is None:
            known = ", ".join(sorted(self._names)) or "none"
            message = f"the module has no function @{name}"
            raise NoSuchFunction(Diagnostic(codes.NO_SUCH_FUNCTION, message, hint=f"it has: {known}"))
        return var

    def get_global_vars(self) -> list[GlobalVar]:
        """All global variables in insertion order."""
        return list(self.functions)

    def update(self, other: IRModule | Mapping[Any, BaseFunc]) -> None:
        """Take over the functions, and of a module the type definitions, of another; same names are replaced."""
        if isinstance(other, IRModule):
            self.type_definitions.update(other.type_definitions)
            other = other.functions
        for name, function in other.items():
            self[name] = function

    def update_func(self, name: GlobalVar, function: BaseFunc) -> None:
        """Set one function."""
        self[name] = function

    def functions_items(self) -> list[tuple[GlobalVar, BaseFunc]]:
        """The functions by the order of their names."""
        return sorted(self.functions.items(), key=lambda item: item[0].name)

    def named_pass(self, name: str) -> Callable[[Any], Any]:
        """The pass over modules of this IR that TVM finds by this name; R2R0703 when there is none."""
        raise fail(codes.BAD_OPTION, f"Cannot use {name} to create the pass", hint="no pass has this name")

    def same_as(self, other: object) -> bool:
        """Whether both are one module."""
        return self is other

    def clone(self) -> Self:
        """TVM's name of :meth:`copy`."""
        return self.copy()

    def copy(self) -> Self:
        """A module with the same functions that can be changed on its own."""
        return type(self)(
            self.functions, self.type_definitions, self.attrs, self.global_infos, self.params, self.release
        )
