"""The order of Relax types: how far one is a base of another, and the narrowest type above two (TVM 0.19 to 0.27).

Structure info and types are one thing here: StructInfoBaseCheck and StructInfoLCA of TVM 0.19 are TypeBaseCheck and
TypeLCA since 0.26.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeExpr,
    ShapeType,
    TensorType,
    TupleType,
    Type,
    same_dims,
)
from tensor_core import shapes
from tensor_core.module import Expr
from tensor_core.shapes import Dim, Shape


class BaseCheckResult(enum.IntEnum):
    """How the check whether every value of one type is a value of another went.

    FAIL_L0: the types have no value in common. FAIL_L1: not what is known before the program runs, such as a rank; a
    cast may decide it. FAIL_L2: it could not be proven, such as the equality of two dimensions.
    """

    FAIL_L0 = 0
    FAIL_L1 = 1
    FAIL_L2 = 2
    PASS = 3


_L0, _L1, _L2, _PASS = BaseCheckResult


class BaseChecker:
    """The check; a subclass decides what a dimension or shape of the base takes."""

    def check(self, base: Type, derived: Type) -> BaseCheckResult:
        """How far ``base`` is a base of ``derived``."""
        if isinstance(base, ObjectType):
            return _PASS
        if type(base) is not type(derived):
            return _L1 if isinstance(derived, ObjectType) else _L0
        other: Any = derived
        match base:
            case TensorType():
                return self._tensor(base, other)
            case ShapeType():
                return self._shape_type(base, other)
            case PrimType():
                return self._scalar(base, other)
            case TupleType():
                return self.each(base.fields, other.fields)
            case FuncType():
                return self._function(base, other)
            case _:
                return _PASS if base == derived else _L0

    def each(self, bases: Sequence[Type], others: Sequence[Type]) -> BaseCheckResult:
        """The worst of the checks of pairs."""
        if len(bases) != len(others):
            return _L0
        return min((self.check(a, b) for a, b in zip(bases, others, strict=True)), default=_PASS)

    def _scalar(self, base: PrimType, other: PrimType) -> BaseCheckResult:
        if base.dtype != other.dtype:
            return _L0
        if base.value is None:
            return _PASS
        return _L2 if other.value is None else self.dim(base.value, other.value)

    def _shape_type(self, base: ShapeType, other: ShapeType) -> BaseCheckResult:
        if base.ndim == -1:
            return _PASS
        if base.ndim != other.ndim:
            return _L1 if other.ndim == -1 else _L0
        if base.values is None:
            return _PASS
        return _L2 if other.values is None else self.dims(base.values, other.values)

    def _tensor(self, base: TensorType, other: TensorType) -> BaseCheckResult:
        if base.dtype and base.dtype != other.dtype:
            return _L0 if other.dtype else _L1
        if base.ndim not in (-1, other.ndim):
            return _L1 if other.ndim == -1 else _L0
        if base.vdevice is not None:
            if other.vdevice is None or (base.vdevice.target is not None and other.vdevice.target is None):
                return _L1
            if base.vdevice.target is not None and not same_device(base, other):
                return _L0
        if base.shape is None:
            return _PASS
        return _L2 if other.shape is None else self.shape(base.shape, other.shape)

    def _function(self, base: FuncType, other: FuncType) -> BaseCheckResult:
        if base is other:
            return _PASS
        if base.pure and not other.pure:
            return _L0
        if base.params is None:
            if base.derive is not None:
                return _PASS if base.derive is other.derive else _L2
            return self.check(base.ret, other.ret)
        if other.params is None:
            return _L2
        # Both sides name their own symbolic variables, which structural equality maps onto each other.
        if _structurally_equal(base, other):
            return _PASS
        return min(self.params(base.params, other.params), self.check(base.ret, other.ret))

    def params(self, bases: Sequence[Type], others: Sequence[Type]) -> BaseCheckResult:
        """The check of parameters, where what is not known counts as not proven."""
        found = self.each(bases, others)
        return _L2 if found is _L1 else found

    # ------------------------------------------------------------ shapes

    def dim(self, base: Dim, other: Dim) -> BaseCheckResult:
        """The check of one dimension."""
        if isinstance(base, int) and isinstance(other, int):
            return _PASS if base == other else _L0
        return _PASS if shapes.prove_equal(base, other) else _L2

    def dims(self, bases: Shape, others: Shape) -> BaseCheckResult:
        """The worst of the checks of dimensions."""
        if len(bases) != len(others):
            return _L0
        return min(map(self.dim, bases, others), default=_PASS)

    def shape(self, base: Expr, other: Expr) -> BaseCheckResult:
        """The check of shapes of tensors."""
        if base is other:
            return _PASS
        if isinstance(base, ShapeExpr) and isinstance(other, ShapeExpr):
            return self.dims(base.values, other.values)
        return _L2


_CHECKER = BaseChecker()


def type_base_check(base: Type, derived: Type) -> BaseCheckResult:
    """How far ``base`` is a base of ``derived``: whether every value of ``derived`` is one of ``base``."""
    return _PASS if base is derived else _CHECKER.check(base, derived)


def is_base_of(base: Type, derived: Type) -> bool:
    """Whether every value of ``derived`` provably is a value of ``base``."""
    return base is derived or _CHECKER.check(base, derived) is _PASS


def same_device(a: TensorType, b: TensorType) -> bool:
    """Whether two tensor types name one device, or none."""
    x, y = a.vdevice, b.vdevice
    if x is y or x is None or y is None:
        return x is y
    return (x.target, x.vdevice_id, x.memory_scope) == (y.target, y.vdevice_id, y.memory_scope)


def _structurally_equal(a: Type, b: Type) -> bool:
    from relax_core.structural import structural_equal

    return structural_equal(a, b)


def least_upper_bound(a: Type, b: Type) -> Type:
    """The narrowest type that has the values of both: the type of a branch."""
    if a is b or isinstance(a, ObjectType):
        return a
    if type(a) is not type(b):
        return ObjectType()
    other: Any = b
    match a:
        case TensorType():
            return _tensors(a, other)
        case ShapeType():
            if a.values is not None and same_dims(a.values, other.values):
                return a
            ndim = a.ndim if a.ndim == other.ndim else -1
            return a if a.values is None and a.ndim == ndim else ShapeType(None, ndim)
        case PrimType():
            return _scalars(a, other)
        case TupleType():
            fields = _each(a.fields, other.fields)
            if fields is None:
                return ObjectType()
            return a if _unchanged(fields, a.fields) else TupleType(fields)
        case FuncType():
            return _functions(a, other)
        case _:
            return a if a == b else ObjectType()


def _scalars(a: PrimType, b: PrimType) -> Type:
    if a.dtype != b.dtype:
        return ObjectType()
    if a.value is None or (b.value is not None and shapes.prove_equal(a.value, b.value)):
        return a
    return PrimType(a.dtype) if b.value is not None else b


def _tensors(a: TensorType, b: TensorType) -> TensorType:
    dtype = a.dtype if a.dtype == b.dtype else ""
    ndim = a.ndim if a.ndim == b.ndim else -1
    vdevice = a.vdevice if a.vdevice is not None and same_device(a, b) else None
    shaped = a.shape is not None and (a.shape is b.shape or (a.dims is not None and same_dims(a.dims, b.dims)))
    kept = dtype == a.dtype and vdevice is a.vdevice
    if shaped:
        return a if kept else TensorType(a.shape, dtype, vdevice, a.ndim)
    return a if kept and a.shape is None and a.ndim == ndim else TensorType(None, dtype, vdevice, ndim)


def _functions(a: FuncType, b: FuncType) -> FuncType:
    pure = a.pure and b.pure
    if a.params is None:
        if a.derive is not None:
            return a if a.derive is b.derive else FuncType(None, ObjectType(), pure)
        ret = least_upper_bound(a.ret, b.ret)
        return a if ret is a.ret and pure == a.pure else FuncType(None, ret, pure)
    if b.params is None:
        return FuncType(None, least_upper_bound(a.ret, b.ret), pure)
    if _structurally_equal(a, b):
        return a
    params, ret = _each(a.params, b.params), least_upper_bound(a.ret, b.ret)
    if params is None:
        return FuncType(None, ret, pure)
    unchanged = _unchanged(params, a.params) and ret is a.ret and pure == a.pure
    return a if unchanged else FuncType(params, ret, pure)


def _each(a: Sequence[Type], b: Sequence[Type]) -> tuple[Type, ...] | None:
    return tuple(map(least_upper_bound, a, b)) if len(a) == len(b) else None


def _unchanged(new: Sequence[Type], old: Sequence[Type]) -> bool:
    return all(x is y for x, y in zip(new, old, strict=True))
