"""Relay's types beside tensors and tuples (tvm.relay.ty, tvm.ir.type in TVM 0.19)."""

from __future__ import annotations

import enum
import typing
from dataclasses import dataclass

from tensor_core import shapes
from tensor_core.node import Node, hidden, node
from tensor_core.prim import AnyDim as Any
from tensor_core.types import TensorType, TupleType, Type, leaves

__all__ = [
    "Any",
    "FuncType",
    "GlobalTypeVar",
    "IncompleteType",
    "RefType",
    "ShapeVar",
    "TensorType",
    "TupleType",
    "Type",
    "TypeCall",
    "TypeConstraint",
    "TypeData",
    "TypeKind",
    "TypeRelation",
    "TypeVar",
    "is_dynamic",
    "scalar_type",
]


class TypeKind(enum.IntEnum):
    """What a type stands for: the types of values are of kind ``Type``."""

    Type = 0
    ShapeVar = 1
    BaseType = 2
    Constraint = 4
    AdtHandle = 5
    TypeData = 6


@node
class TypeVar(Node, Type):
    """A type parameter of a function or type definition. Identity is what counts."""

    name: str
    kind: int = TypeKind.Type

    @property
    def name_hint(self) -> str:
        """TVM's name of :attr:`name`."""
        return self.name

    def __call__(self, *args: Type) -> TypeCall:
        return TypeCall(self, args)

    def __str__(self) -> str:
        return self.name


@node
class GlobalTypeVar(Node, Type):
    """The name of an algebraic data type; ``header(args)`` is the type applied to arguments."""

    name: str
    kind: int = TypeKind.AdtHandle

    @property
    def name_hint(self) -> str:
        """TVM's name of :attr:`name`."""
        return self.name

    def __call__(self, *args: Type) -> TypeCall:
        return TypeCall(self, args)

    def __str__(self) -> str:
        return self.name


@node
class IncompleteType(Node, Type):
    """A type still to be inferred (``_``). Identity is what counts."""

    kind: int = TypeKind.Type

    def __str__(self) -> str:
        return "_"


class TypeConstraint(Type):
    """Base of what a function type may demand of its type parameters."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class FuncType(Type):
    """The type of a function, polymorphic over its type parameters.

    Two are equal when they are up to the names of their type parameters.
    """

    arg_types: tuple[Type, ...]
    ret_type: Type
    type_params: tuple[TypeVar, ...] = ()
    type_constraints: tuple[TypeConstraint, ...] = ()

    def __post_init__(self) -> None:
        for name in ("arg_types", "type_params", "type_constraints"):
            if type(getattr(self, name)) is not tuple:
                object.__setattr__(self, name, tuple(getattr(self, name) or ()))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not FuncType or len(self.type_params) != len(other.type_params):
            return False
        if not self.type_params:
            return self._parts() == other._parts()
        from relay_compat.structural import structural_equal

        return structural_equal(self, other)

    def __hash__(self) -> int:
        # Polymorphic types are few; leaving out what renaming changes makes equal ones hash alike.
        if self.type_params:
            return hash((len(self.arg_types), len(self.type_params)))
        return hash(self._parts())

    def _parts(self) -> tuple[Type, ...]:
        return (*self.arg_types, self.ret_type, *self.type_constraints)

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


@dataclass(frozen=True, slots=True)
class TypeRelation(TypeConstraint):
    """A relation between types that inference is to make hold: ``func`` names the rule, the first ``num_inputs`` of
    ``args`` are its inputs.
    """

    func: typing.Any
    args: tuple[Type, ...]
    num_inputs: int
    attrs: typing.Any = None

    def __post_init__(self) -> None:
        if type(self.args) is not tuple:
            object.__setattr__(self, "args", tuple(self.args))


@node
class TypeData(Node, Type):
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


def ShapeVar(name: str) -> TypeVar:
    """A type variable that stands for a shape."""
    return TypeVar(name, TypeKind.ShapeVar)


def scalar_type(dtype: str) -> TensorType:
    """The type of a rank-0 tensor."""
    return TensorType((), dtype)


def is_dynamic(type_: Type) -> bool:
    """Whether a tensor in the type has a dimension that is no known integer."""
    return any(isinstance(leaf, TensorType) and not shapes.is_static(leaf.shape) for leaf in leaves(type_))
