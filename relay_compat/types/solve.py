"""The union-find of Relay's type solver (tvm::relay::TypeSolver in TVM 0.19).

Types are told apart by identity. An incomplete type is linked to what it turns out to be; two known types that unify
to a third (an open dimension against a fixed one) are both linked to it, which changes every expression that holds one
of the two objects. Inference normally shares equal type objects and cannot follow that; it then asks for a solver with
``tracked`` set, under which every expression holds objects of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar as GenericVar

from relay_compat.ir.types import FuncType, IncompleteType, RefType, TensorType, TupleType, Type, TypeCall, TypeVar
from relay_compat.types.substitute import map_parts, substitute
from tensor_core import shapes
from tensor_core.prim import AnyDim, PrimExpr, Var
from tensor_core.shapes import Dim

T = GenericVar("T", bound=Type)


class Mismatch(Exception):
    """Two types do not unify. ``inner`` are the innermost parts that differ."""

    def __init__(self, left: Type, right: Type, why: str = "") -> None:
        super().__init__(why)
        self.inner = (left, right)
        self.why = why


class NeedsTracking(Exception):
    """Two different known types unified, and this solver shares type objects between expressions."""


class Solver:
    """Knows what incomplete types stand for, and whom to wake when one becomes known."""

    def __init__(self, tracked: bool = False) -> None:
        self.tracked = tracked
        self.any_incomplete = tracked
        self.ready: list[Hashable] = []
        self._links: dict[int, Type] = {}
        self._alive: list[Type] = []
        self._waiting: dict[IncompleteType, list[Hashable]] = {}
        self._dims: dict[Var, int] = {}

    def fresh(self) -> IncompleteType:
        """A new unknown type."""
        self.any_incomplete = True
        return IncompleteType()

    def find(self, type_: Type) -> Type:
        """What a type object stands for at its outermost level."""
        links = self._links
        if id(type_) not in links:
            return type_
        path: list[int] = []
        while (key := id(type_)) in links:
            path.append(key)
            type_ = links[key]
        for key in path:
            links[key] = type_
        return type_

    def resolve(self, type_: Type) -> Type:
        """What a type stands for, at every level."""
        return map_parts(self.find(type_), self.resolve) if self.any_incomplete else type_

    def settled(self) -> Callable[[Type], Type]:
        """:meth:`resolve` for when no more will be found: each type object is looked at once."""
        known: dict[int, tuple[Type, Type]] = {}

        def resolve(type_: Type) -> Type:
            if not self.any_incomplete:
                return type_
            found = known.get(id(type_))
            if found is None:
                # The type itself is kept, so that its number stays its own.
                found = known[id(type_)] = type_, map_parts(self.find(type_), resolve)
            return found[1]

        return resolve

    def wait(self, type_: Type, task: Hashable) -> None:
        """Put ``task`` on :attr:`ready` once one of the unknown parts of a resolved type becomes known."""
        if isinstance(type_, IncompleteType):
            self._waiting.setdefault(type_, []).append(task)
        else:
            map_parts(type_, lambda part: self.wait(part, task) or part)

    def unify(self, left: Type, right: Type, *, assign_left: bool = True, assign_right: bool = True) -> Type:
        """Make two types one and return it; Mismatch when they differ.

        A known type on a side that is not assigned keeps its own meaning (arguments against parameter types).
        """
        a, b = self.find(left), self.find(right)
        if a is b:
            return a
        if isinstance(a, IncompleteType):
            return self._bind(a, b)
        if isinstance(b, IncompleteType):
            return self._bind(b, a)
        if not self.tracked and a == b:
            return a
        result = self._join(a, b, assign_left, assign_right)
        if assign_left:
            self._merge(a, result)
        if assign_right:
            self._merge(b, result)
        return result

    def _bind(self, unknown: IncompleteType, type_: Type) -> Type:
        if self._occurs(unknown, type_):
            raise Mismatch(unknown, type_, "the type would contain itself")
        self._link(unknown, type_)
        tasks = self._waiting.pop(unknown, None)
        if tasks and isinstance(type_, IncompleteType):
            others = self._waiting.setdefault(type_, [])
            longer, shorter = (others, tasks) if len(others) >= len(tasks) else (tasks, others)
            longer.extend(shorter)
            self._waiting[type_] = longer
        elif tasks:
            self.ready.extend(tasks)
        return type_

    def _merge(self, type_: Type, result: Type) -> None:
        if result is type_ or self.find(type_) is result:
            return
        if self.tracked:
            self._link(type_, result)
        elif not self.any_incomplete or self.resolve(type_) != self.resolve(result):
            raise NeedsTracking

    def _link(self, type_: Type, target: Type) -> None:
        self._links[id(type_)] = target
        self._alive.append(type_)

    def _occurs(self, unknown: IncompleteType, type_: Type) -> bool:
        if isinstance(type_, (TensorType, IncompleteType)):
            return type_ is unknown
        found = False

        def look(part: Type) -> Type:
            nonlocal found
            found = found or self._occurs(unknown, self.find(part))
            return part

        map_parts(type_, look)
        return found

    def _join(self, a: Type, b: Type, left: bool, right: bool) -> Type:
        def parts(first: tuple[Type, ...], second: tuple[Type, ...]) -> tuple[Type, ...]:
            if len(first) != len(second):
                raise Mismatch(a, b)
            return tuple(
                self.unify(x, y, assign_left=left, assign_right=right) for x, y in zip(first, second, strict=True)
            )

        match a, b:
            case TensorType(), TensorType():
                return self._join_tensors(a, b)
            case TupleType(), TupleType():
                return _keep(TupleType(parts(a.fields, b.fields)), a, b)
            case FuncType(), FuncType():
                x, y = self._rename(a, b)
                args = parts(x.arg_types, y.arg_types)
                (result,) = parts((x.ret_type,), (y.ret_type,))
                return _keep(FuncType(args, result, x.type_params), a, b)
            case RefType(), RefType():
                return _keep(RefType(*parts((a.value,), (b.value,))), a, b)
            case TypeCall(), TypeCall() if a.func is b.func:
                return _keep(TypeCall(a.func, parts(a.args, b.args)), a, b)
            case _:
                if a != b:
                    raise Mismatch(a, b)
                return a

    def _rename(self, a: FuncType, b: FuncType) -> tuple[FuncType, FuncType]:
        """Both functions over the same type parameters; what one has more of them becomes unknown types."""
        if a.type_params == b.type_params:
            return a, b
        common = min(a.type_params, b.type_params, key=len)
        return self._over(a, common), self._over(b, common)

    def _over(self, function: FuncType, params: tuple[TypeVar, ...]) -> FuncType:
        extra = function.type_params[len(params) :]
        values: dict[TypeVar, Type] = dict(zip(function.type_params, params, strict=False))
        values |= {param: self.fresh() for param in extra}
        result = substitute(FuncType(function.arg_types, function.ret_type), values)
        assert isinstance(result, FuncType)
        return FuncType(result.arg_types, result.ret_type, params)

    def _join_tensors(self, a: TensorType, b: TensorType) -> TensorType:
        if a.dtype != b.dtype:
            raise Mismatch(a, b, f"their element types are {a.dtype} and {b.dtype}")
        if a.rank != b.rank:
            raise Mismatch(a, b, f"they have {a.rank} and {b.rank} dimensions")
        dims: list[Dim] = []
        for position, (x, y) in enumerate(zip(a.shape, b.shape, strict=True)):
            dim = self._join_dim(x, y)
            if dim is None:
                raise Mismatch(a, b, f"dimension {position} is {shapes.to_text(x)} and {shapes.to_text(y)}")
            dims.append(dim)
        return _keep(TensorType(tuple(dims), a.dtype), a, b)

    def _join_dim(self, a: Dim, b: Dim) -> Dim | None:
        """Open wins; a variable takes a constant's value, the same one throughout; else the two must be equal."""
        if isinstance(a, AnyDim) or isinstance(b, AnyDim):
            return shapes.ANY
        if isinstance(a, int) and isinstance(b, PrimExpr):
            a, b = b, a
        if isinstance(a, Var) and isinstance(b, int):
            return b if self._dims.setdefault(a, b) == b else None
        return a if shapes.prove_equal(a, b) else None


def _keep(made: T, a: T, b: T) -> T:
    """One of the two joined types where it already says the result: fewer objects, and nothing to link."""
    return a if made == a else b if made == b else made
