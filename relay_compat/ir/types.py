"""Relay's types beside tensors and tuples (tvm.relay.ty, tvm.ir.type in TVM 0.19)."""

from __future__ import annotations

import typing
from dataclasses import dataclass

from tensor_core.node import Node, hidden, node
from tensor_core.prim import AnyDim as Any
from tensor_core.types import TensorType, TupleType, Type

__all__ = [
    "Any",
    "FuncType",
    "GlobalTypeVar",
    "IncompleteType",
    "RefType",
    "TensorType",
    "TupleType",
    "Type",
    "TypeCall",
    "TypeData",
    "TypeVar",
]


@node
class TypeVar(Node, Type):
    """A type parameter of a function or type definition. Identity is what counts."""

    name: str
    kind: int = 0

    def __str__(self) -> str:
        return self.name


@node
class GlobalTypeVar(Node, Type):
    """The name of an algebraic data type."""

    name: str
    kind: int = 4

    def __str__(self) -> str:
        return self.name


@node
class IncompleteType(Node, Type):
    """A type still to be inferred (``_``). Identity is what counts."""

    kind: int = 0

    def __str__(self) -> str:
        return "_"


@dataclass(frozen=True, slots=True)
class FuncType(Type):
    """The type of a function, polymorphic over its type parameters."""

    arg_types: tuple[Type, ...]
    ret_type: Type
    type_params: tuple[TypeVar, ...] = ()

    def __post_init__(self) -> None:
        if type(self.arg_types) is not tuple:
            object.__setattr__(self, "arg_types", tuple(self.arg_types))
        if type(self.type_params) is not tuple:
            object.__setattr__(self, "type_params", tuple(self.type_params or ()))

    def __str__(self) -> str:
        params = f"[{', '.join(map(str, self.type_params))}]" if self.type_params else ""
        return f"fn {params}({', '.join(map(str, self.arg_types))}) -> {self.ret_type}"


@dataclass(frozen=True, slots=True)
class RefType(Type):
    """A mutable reference to a value."""

    value: Type

    def __str__(self) -> str:
        return f"ref({self.value})"


@dataclass(frozen=True, slots=True)
class TypeCall(Type):
    """An algebraic data type applied to type arguments, e.g. ``List[int32]``."""

    func: Type
    args: tuple[Type, ...] = ()

    def __post_init__(self) -> None:
        if type(self.args) is not tuple:
            object.__setattr__(self, "args", tuple(self.args))

    def __str__(self) -> str:
        return f"{self.func}[{', '.join(map(str, self.args))}]"


@node
class TypeData(Node):
    """The definition of an algebraic data type; ``constructors`` are relay_compat.ir.adt.Constructor."""

    header: GlobalTypeVar
    type_vars: tuple[TypeVar, ...]
    constructors: tuple[typing.Any, ...]
    extern: bool = False
    checked: typing.Any = hidden()

    def __post_init__(self) -> None:
        for name in ("type_vars", "constructors"):
            if type(getattr(self, name)) is not tuple:
                self.memo(name, tuple(getattr(self, name)))
