"""The symbols of one function: variables for open dimensions, and which of them are equal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import relay_compat.ir.expr as relay
from migrate.forward.names import legal
from relax_core.names import NameTable, identifier
from tensor_core import shapes
from tensor_core.module import Expr
from tensor_core.prim import AnyDim, Var
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, TupleType, Type, map_shape


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a symbol comes from: its place in the order in which they were made, whether a user named it, and the
    function (any object) that it was made in.
    """

    number: int
    named: bool
    owner: object


class Symbols:
    """Variables for dimensions, united as equalities become known (union-find; near constant time each)."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.names = NameTable(taken)
        self.owner: object = None
        self._origins: dict[Var, Origin] = {}
        self._stands_for: dict[Var, Dim] = {}

    def fresh(self, hint: str, named: bool = False) -> Var:
        """A new symbol with a name like ``hint``."""
        made = Var(self.names.unique(identifier(hint)))
        self._origins[made] = Origin(len(self._origins), named, self.owner)
        return made

    def owner_of(self, var: Var) -> object:
        """The function that a symbol was made in; None for the outermost, and for variables of the program itself."""
        found = self._origins.get(var)
        return None if found is None else found.owner

    @property
    def all_names(self) -> list[str]:
        """The names of all symbols."""
        return [var.name for var in self._origins]

    def resolve(self, dim: Dim) -> Dim:
        """The dimension in terms of the symbols that stand for others."""
        if isinstance(dim, int):
            return dim
        if isinstance(dim, Var):
            return self._find(dim)
        values = {var: found for var in shapes.free_vars(dim) if (found := self._find(var)) is not var}
        return shapes.substitute(dim, values) if values else dim

    def resolved(self, type_: Type) -> Type:
        """The type in terms of the symbols that stand for others."""
        return map_shape(type_, self.resolve)

    def opened(self, type_: Type, hint: str) -> Type:
        """The type with a symbol of its own for every open dimension."""
        return _opened(self, type_, hint)

    @property
    def count(self) -> int:
        """How many symbols there are."""
        return len(self._origins)

    def equate(self, a: Dim, b: Dim, floor: int = 0) -> bool:
        """Make two dimensions equal where one of them is a symbol; whether they are equal now.

        The first ``floor`` symbols stay what they are: what holds in a branch does not hold outside of it.
        """
        a, b = self.resolve(a), self.resolve(b)
        if shapes.prove_equal(a, b):
            return True
        later, earlier = (a, b) if self._rank(a) >= self._rank(b) else (b, a)
        if not isinstance(later, Var) or later not in self._origins or self._origins[later].number < floor:
            return False
        if self._rank(earlier) > self._rank(later) or later in shapes.free_vars(earlier):
            return False
        self._stands_for[later] = earlier
        return True

    def _find(self, var: Var) -> Dim:
        path: list[Var] = []
        found: Dim = var
        while isinstance(found, Var) and found in self._stands_for:
            path.append(found)
            found = self._stands_for[found]
        if not isinstance(found, int | Var):
            found = self.resolve(found)
        for item in path:
            self._stands_for[item] = found
        return found

    def _rank(self, dim: Dim) -> tuple[bool, bool, int]:
        """What is known sooner, or has a name that a user gave, ranks lower and stands for the other."""
        last = (False, False, -1)
        for var in shapes.free_vars(dim):
            found = self._origins.get(var)
            if found is not None:
                last = max(last, (found.owner is not None, not found.named, found.number))
        return last


def _opened(symbols: Symbols, type_: Type, hint: str) -> Type:
    if isinstance(type_, TensorType):
        dims = [
            symbols.fresh(f"{hint}_{axis}") if isinstance(dim, AnyDim) else dim for axis, dim in enumerate(type_.shape)
        ]
        same = all(a is b for a, b in zip(dims, type_.shape, strict=True))
        return type_ if same else TensorType(tuple(dims), type_.dtype)
    if isinstance(type_, TupleType):
        fields = tuple([_opened(symbols, item, f"{hint}_{n}") for n, item in enumerate(type_.fields)])
        return type_ if all(a is b for a, b in zip(fields, type_.fields, strict=True)) else TupleType(fields)
    return type_


def is_open(type_: Type | None) -> bool:
    """Whether a tensor in the type has an open dimension."""
    stack = [type_]
    while stack:
        item = stack.pop()
        if isinstance(item, TensorType):
            if any(isinstance(dim, AnyDim) for dim in item.shape):
                return True
        elif isinstance(item, TupleType):
            stack += item.fields
    return False


def is_symbolic(type_: Type | None) -> bool:
    """Whether a tensor in the type has a dimension that is no known number."""
    stack = [type_]
    while stack:
        item = stack.pop()
        if isinstance(item, TensorType):
            if not shapes.is_static(item.shape):
                return True
        elif isinstance(item, TupleType):
            stack += item.fields
    return False


def hint_of(node: Expr) -> str:
    """What a node is called in the names of symbols for its sizes."""
    if isinstance(node, relay.Call):
        return node.op.name.rpartition(".")[2] if isinstance(node.op, relay.Op) else "call"
    return legal(node.name) if isinstance(node, relay.Var) else type(node).__name__.lower()
