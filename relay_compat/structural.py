"""Structural equality of Relay programs (tvm.ir.structural_equal in TVM 0.19).

Bound variables may have other names; free ones must be the same objects unless ``map_free_vars``. Sharing counts:
a node used twice is not two equal nodes, except constants. Spans and inferred types do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from relay_compat.ir.adt import Constructor, PatternConstructor, PatternVar
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Let, Op, TupleGetItem, Var
from relay_compat.ir.types import FuncType, RefType, TupleType, Type, TypeCall, TypeVar
from relay_compat.ir.values import integer_kind
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.prim import AnyDim, PrimExpr
from tensor_core.types import TensorType

_FLOAT_TOLERANCE = 1e-9


def structural_equal(left: Any, right: Any, map_free_vars: bool = False) -> bool:
    """Whether two expressions, or two modules by the names of their functions, are equal up to renaming."""
    if isinstance(left, IRModule) and isinstance(right, IRModule):
        return _modules(left, right)
    return _Comparison(map_free_vars).equal(left, right)


def _modules(left: IRModule, right: IRModule) -> bool:
    names = {var.name for var in left}
    if names != {var.name for var in right}:
        return False
    return all(_Comparison(False, modules=True).equal(left[name], right[name]) for name in names)


class _Comparison:
    def __init__(self, map_free_vars: bool, modules: bool = False) -> None:
        self._free = map_free_vars
        self._by_name = modules
        self._left: dict[Node, Node] = {}
        self._right: dict[Node, Node] = {}

    def equal(self, left: Any, right: Any) -> bool:
        stack: list[tuple[Any, Any]] = [(left, right)]
        while stack:
            a, b = stack.pop()
            if type(a) is not type(b):
                return False
            if isinstance(a, Constant):
                if not _same_array(a.data, b.data):
                    return False
                continue
            if isinstance(a, (Var, GlobalVar, Op, Constructor)):
                if not self._same_leaf(a, b):
                    return False
                continue
            known = self._left.get(a)
            if known is not None or b in self._right:
                if known is not b:
                    return False
                continue
            self._left[a], self._right[b] = b, a
            if not self._open(a, b):
                return False
            pairs = _parts(a, b)
            if pairs is None:
                return False
            # The last pushed is compared first: bindings before the bodies that use them.
            stack.extend(reversed(pairs))
        return True

    def _same_leaf(self, a: Any, b: Any) -> bool:
        if isinstance(a, Var):
            known = self._left.get(a)
            if known is None and b not in self._right:
                return (a is b or self._free) and self._bind(a, b)
            return known is b
        if isinstance(a, GlobalVar):
            return a is b or (self._by_name and a.name == b.name)
        return a is b or a.name == b.name

    def _bind(self, a: Any, b: Any) -> bool:
        self._left[a], self._right[b] = b, a
        return not isinstance(a, Var) or self._types(a.type_annotation, b.type_annotation)

    def _open(self, a: Any, b: Any) -> bool:
        """Compare what a node holds beside its children, and bind its variables."""
        if isinstance(a, Function):
            return (
                len(a.params) == len(b.params)
                and len(a.type_params) == len(b.type_params)
                and all(self._bind(x, y) for x, y in zip(a.type_params, b.type_params, strict=True))
                and all(self._bind(x, y) for x, y in zip(a.params, b.params, strict=True))
                and self._types(a.ret_type, b.ret_type)
                and self._values(dict(a.attrs or {}), dict(b.attrs or {}))
            )
        if isinstance(a, Let):
            return self._bind(a.var, b.var)
        if isinstance(a, Call):
            same = isinstance(a.op, Op) or self._values(a.type_args, b.type_args)
            return same and self._values(a.attrs, b.attrs)
        if isinstance(a, TupleGetItem):
            return a.index == b.index
        if isinstance(a, PatternConstructor):
            return a.constructor.name == b.constructor.name
        if isinstance(a, PatternVar):
            return self._bind(a.var, b.var)
        return getattr(a, "complete", None) == getattr(b, "complete", None)

    def _types(self, a: Type | None, b: Type | None) -> bool:
        if type(a) is not type(b):
            return False
        match a:
            case TensorType():
                assert isinstance(b, TensorType)
                return a.dtype == b.dtype and self._values(a.shape, b.shape)
            case TupleType():
                return self._values(a.fields, cast(TupleType, b).fields)
            case RefType():
                return self._types(a.value, cast(RefType, b).value)
            case TypeCall():
                other = cast(TypeCall, b)
                return getattr(a.func, "name", "") == getattr(other.func, "name", "") and self._values(
                    a.args, other.args
                )
            case FuncType():
                function = cast(FuncType, b)
                return (
                    len(a.type_params) == len(function.type_params)
                    and all(self._bind(x, y) for x, y in zip(a.type_params, function.type_params, strict=True))
                    and self._values((*a.arg_types, a.ret_type), (*function.arg_types, function.ret_type))
                )
            case TypeVar():
                return self._left.get(a, a) is cast(TypeVar, b)
            case _:
                return a == b

    def _values(self, a: Any, b: Any) -> bool:
        """Attribute values, dimensions and types."""
        if isinstance(a, Attrs) or isinstance(b, Attrs):
            return (
                isinstance(a, Attrs)
                and isinstance(b, Attrs)
                and a.type_key == b.type_key
                and self._values(dict(a), dict(b))
            )
        if isinstance(a, Mapping):
            ours, theirs = cast("Mapping[Any, Any]", a), cast("Mapping[Any, Any]", b)
            return (
                isinstance(b, Mapping)
                and ours.keys() == theirs.keys()
                and all(self._values(ours[k], theirs[k]) for k in ours)
            )
        if isinstance(a, (tuple, list)):
            items, others = cast("list[Any]", a), cast("list[Any]", b)
            return isinstance(b, (tuple, list)) and len(items) == len(others) and all(map(self._values, items, others))
        if isinstance(a, float) and isinstance(b, float):
            return a == b or abs(a - b) < _FLOAT_TOLERANCE or (a != a and b != b)
        if isinstance(a, int) and isinstance(b, int):
            return a == b and integer_kind(a) == integer_kind(b)
        if isinstance(a, PrimExpr) and isinstance(b, PrimExpr):
            return a is b or (isinstance(a, AnyDim) and isinstance(b, AnyDim))
        if isinstance(a, Expr) and isinstance(b, Expr):
            return self.equal(a, b)
        if isinstance(a, Type):
            return self._types(a, b)
        return type(a) is type(b) and a == b


def _same_array(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _parts(a: Node, b: Node) -> list[tuple[Any, Any]] | None:
    """The pairs of children, operands in order; None when their numbers differ."""
    ours, theirs = list(a.iter_children()), list(b.iter_children())
    return list(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else None
