"""Structural equality of Relax modules and functions: equal up to the names of variables (alpha equivalence).

Variables, symbolic dimensions, buffers and loop variables are equal when their definitions stand at the same place.
Spans, origins and variable names do not count; annotations, attributes and constants do. As tvm.ir.structural_equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isnan
from typing import Any, cast

import numpy as np

from relax_core.ir.distributed import DTensorType
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    IRModule,
    MatchCast,
    Op,
    PrimFunc,
    ShapeExpr,
    Var,
    VarBinding,
)
from relax_core.ir.types import FuncType, PrimType, ShapeType, TensorType, TupleType, Type
from tensor_core import prim, shapes
from tensor_core.attrs import Attrs
from tensor_core.node import Node
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, MatchBufferRegion

_IGNORED = frozenset({"span", "origin", "ty", "name", "name_hint"})


def structural_equal(a: IRModule | Expr | Type, b: IRModule | Expr | Type, map_free_vars: bool = False) -> bool:
    """Whether two modules, functions or expressions are the same up to variable names.

    A variable that is not defined inside equals only itself, unless ``map_free_vars`` pairs free variables by place.
    """
    return _Equality(map_free_vars).equal(a, b)


class _Equality:
    """A stack of pairs still to be compared; definitions are paired before what follows them."""

    def __init__(self, map_free_vars: bool) -> None:
        self._free = map_free_vars
        self._left: dict[Node, Node] = {}
        self._right: dict[Node, Node] = {}
        self._stack: list[tuple[Any, Any, bool]] = []

    def equal(self, a: Any, b: Any) -> bool:
        """Compare two objects."""
        self._stack.append((a, b, False))
        while self._stack:
            if not self._compare(*self._stack.pop()):
                return False
        return True

    def _push(self, *pairs: tuple[Any, Any] | tuple[Any, Any, bool]) -> bool:
        """Compare these next, in this order."""
        for pair in reversed(pairs):
            self._stack.append((pair[0], pair[1], len(pair) == 3))
        return True

    def _compare(self, a: Any, b: Any, define: bool) -> bool:
        if isinstance(a, IRModule) and isinstance(b, IRModule):
            return self._modules(a, b)
        if isinstance(a, Type):
            return isinstance(b, Type) and self._types(a, b, define)
        if type(a) is not type(b):
            return isinstance(a, Mapping) and isinstance(b, Mapping) and self._mappings(cast(Any, a), cast(Any, b))
        if isinstance(a, tuple):
            left, right = cast("tuple[Any, ...]", a), cast("tuple[Any, ...]", b)
            if len(left) != len(right):
                return False
            return self._push(*((x, y, True) if define else (x, y) for x, y in zip(left, right, strict=True)))
        if isinstance(a, Node):
            return self._nodes(a, b, define)
        if isinstance(a, Mapping):
            return self._mappings(cast("Mapping[Any, Any]", a), b)
        return bool(a == b) or (isinstance(a, float) and isnan(a) and isnan(b))

    def _modules(self, a: IRModule, b: IRModule) -> bool:
        names = sorted(var.name for var in a)
        if names != sorted(var.name for var in b):
            return False
        infos = (_tuples(a.global_infos), _tuples(b.global_infos))
        return self._push((a.attrs, b.attrs), infos, *((a[name], b[name]) for name in names))

    def _mappings(self, a: Mapping[Any, Any], b: Mapping[Any, Any]) -> bool:
        if isinstance(a, Attrs) and isinstance(b, Attrs) and a.type_key != b.type_key:
            return False
        return set(a) == set(b) and self._push(*((a[key], b[key]) for key in a))

    def _types(self, a: Type, b: Type, define: bool) -> bool:
        if type(a) is not type(b):
            return False
        match a:
            case TensorType():
                assert isinstance(b, TensorType)
                return a.dtype == b.dtype and a.ndim == b.ndim and self._shapes(a, b, define)
            case ShapeType() if a.values is not None:
                return isinstance(b, ShapeType) and b.values is not None and self._dims(a.values, b.values, define)
            case PrimType() if a.value is not None:
                assert isinstance(b, PrimType)
                return b.value is not None and a.dtype == b.dtype and self._dims((a.value,), (b.value,), define)
            case TupleType():
                assert isinstance(b, TupleType)
                return self._push((a.fields, b.fields, True) if define else (a.fields, b.fields))
            case FuncType():
                assert isinstance(b, FuncType)
                return a.pure == b.pure and self._push((a.params, b.params, True), (a.ret, b.ret))
            case DTensorType():
                assert isinstance(b, DTensorType)
                same = self._push((a.tensor_ty, b.tensor_ty, True) if define else (a.tensor_ty, b.tensor_ty))
                return same and self._push((a.device_mesh, b.device_mesh), (str(a.placement), str(b.placement)))
            case _:
                return a == b

    def _shapes(self, a: TensorType, b: TensorType, define: bool) -> bool:
        if a.dims is None or b.dims is None:
            return self._push((a.shape, b.shape), (a.vdevice, b.vdevice))
        return self._dims(a.dims, b.dims, define) and self._push((a.vdevice, b.vdevice))

    def _dims(self, a: tuple[Dim, ...], b: tuple[Dim, ...], define: bool) -> bool:
        if len(a) != len(b):
            return False
        later: list[tuple[Dim, Dim]] = []
        for left, right in zip(a, b, strict=True):
            if isinstance(left, prim.Var) and isinstance(right, prim.Var):
                if not self._variables(left, right, define):
                    return False
            else:
                later.append((left, right))
        return all(self._dim(left, right) for left, right in later)

    def _dim(self, a: Dim, b: Dim) -> bool:
        if isinstance(a, int) or isinstance(b, int):
            return shapes.prove_equal(a, b)
        values = {var: other for var in shapes.free_vars(a) if isinstance(other := self._left.get(var), prim.Var)}
        return shapes.prove_equal(shapes.substitute(a, {**values}), b)

    def _variables(self, a: Node, b: Node, define: bool) -> bool:
        """Two variables: paired already, being defined here, or free."""
        known = self._left.get(a)
        if known is not None or b in self._right:
            return known is b
        if not define and not self._free and a is not b:
            return False
        self._left[a] = b
        self._right[b] = a
        return True

    def _nodes(self, a: Any, b: Any, define: bool) -> bool:
        match a:
            case Var():
                return self._relax_variable(a, b, define)
            case prim.Var():
                return a.dtype == b.dtype and self._variables(a, b, define)
            case Buffer():
                return self._buffers(a, b)
            case GlobalVar() | Op():
                return a.name == b.name
            case Constant():
                return _same_array(a.data, b.data)
            case ShapeExpr():
                return self._dims(a.values, b.values, define=False)
            case Function():
                return self._functions(a, b)
            case PrimFunc():
                return self._tensor_programs(a, b)
            case st.Stmt() | ex.IterVar() | ex.Let() | ex.IndexMap() | ex.CommReducer() | MatchBufferRegion():
                order = _DEFINING.get(type(a))
                return self._fields(a, b) if order is None else self._ordered(a, b, order)
            case Binding():
                return self._bindings(a, b)
            case Call():
                return self._push(
                    (a.op, b.op), (a.args, b.args), (a.attrs or {}, b.attrs or {}), (a.ty_args, b.ty_args)
                )
            case _:
                return self._fields(a, b)

    def _ordered(self, a: Any, b: Any, order: tuple[str, ...]) -> bool:
        """The fields in the order in which they are defined and used; those with a ``+`` define."""
        pairs: list[tuple[Any, Any] | tuple[Any, Any, bool]] = []
        for name in order:
            defines = name.endswith("+")
            one: Any = getattr(a, name.rstrip("+"))
            other: Any = getattr(b, name.rstrip("+"))
            if name == "annotations":
                one, other = one or {}, other or {}
            pairs.append((one, other, True) if defines else (one, other))
        return self._push(*pairs)

    def _buffers(self, a: Buffer, b: Buffer) -> bool:
        if a in self._left or b in self._right:
            return self._left.get(a) is b
        self._left[a] = b
        self._right[b] = a
        if a.dtype != b.dtype or len(a.shape) != len(b.shape):
            return False
        defined = ("data", "shape", "strides", "elem_offset")
        rest = ("data_alignment", "offset_factor", "buffer_type", "axis_separators", "layout")
        return all(getattr(a, name) == getattr(b, name) for name in rest) and self._push(
            *((getattr(a, name), getattr(b, name), True) for name in defined)
        )

    def _tensor_programs(self, a: PrimFunc, b: PrimFunc) -> bool:
        if len(a.params) != len(b.params) or a.ret_type != b.ret_type:
            return False
        buffers = [(a.buffer_map.get(x), b.buffer_map.get(y)) for x, y in zip(a.params, b.params, strict=True)]
        return self._push(
            (a.params, b.params, True), *((x, y, True) for x, y in buffers), (a.attrs, b.attrs), (a.body, b.body)
        )

    def _relax_variable(self, a: Var, b: Var, define: bool) -> bool:
        if a in self._left or not define:
            return self._variables(a, b, define)
        if (a.ty is None) != (b.ty is None):
            return False
        self._variables(a, b, True)
        return self._left[a] is b and (a.ty is None or self._push((a.ty, b.ty, True)))

    def _functions(self, a: Function, b: Function) -> bool:
        if a.is_pure != b.is_pure or len(a.params) != len(b.params):
            return False
        return self._push(
            (a.params, b.params, True), (a.attrs or {}, b.attrs or {}), (a.ret_ty, b.ret_ty), (a.body, b.body)
        )

    def _bindings(self, a: Binding, b: Binding) -> bool:
        if isinstance(a, MatchCast) and isinstance(b, MatchCast):
            return self._push((a.value, b.value), (a.ty, b.ty, True), (a.var, b.var, True))
        assert isinstance(a, VarBinding)
        assert isinstance(b, VarBinding)
        if isinstance(a.value, Function):
            return self._push((a.var, b.var, True), (a.value, b.value))
        return self._push((a.value, b.value), (a.var, b.var, True))

    def _fields(self, a: Any, b: Any) -> bool:
        """Any other node: all fields that count, scalar expressions included."""
        if isinstance(a, PrimExpr) and a.dtype != b.dtype:
            return False
        own = {"name"} if isinstance(a, prim.Intrinsic | ExternFunc) else set[str]()
        counted = (item.name for item in fields(cast(Any, a)) if item.init)
        names = [name for name in counted if name in own or name not in _IGNORED]
        return self._push(*((getattr(a, name), getattr(b, name)) for name in names))


_DEFINING: Mapping[type[Any], tuple[str, ...]] = {
    st.For: ("min", "extent", "step", "loop_var+", "kind", "thread_binding", "annotations", "body"),
    st.LetStmt: ("value", "var+", "body"),
    st.AllocBuffer: ("buffer", "annotations", "body"),
    st.Allocate: ("extents", "condition", "dtype", "annotations", "buffer_var+", "body"),
    st.AllocateConst: ("extents", "dtype", "data", "buffer_var+", "body"),
    st.AttrStmt: ("attr_key", "value", "node", "body"),
    st.Block: (
        "iter_vars", "alloc_buffers", "match_buffers", "reads", "writes", "annotations", "init", "body",
    ),
    st.BlockRealize: ("iter_values", "predicate", "block"),
    ex.IterVar: ("dom", "var+", "kind", "thread_tag"),
    ex.Let: ("value", "var+", "body"),
    ex.IndexMap: ("initial_indices+", "final_indices", "inverse_index_map"),
    ex.CommReducer: ("lhs+", "rhs+", "result", "identity_element"),
    MatchBufferRegion: ("source", "buffer"),
}  # fmt: skip
"""The fields of nodes that define variables, in order; a ``+`` marks those that do."""


def _same_array(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _tuples(infos: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(cast("list[Any]", items)) if isinstance(items, list) else items for key, items in infos.items()}
