"""Structural equality of Relax modules and functions: equal up to the names of variables (alpha equivalence).

Variables, symbolic dimensions, buffers and loop variables are equal when their definitions stand at the same place.
Spans, origins and variable names do not count; annotations, attributes and constants do. As tvm.ir.structural_equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isnan
from typing import Any, cast

import numpy as np

from relax_core.ir.distributed import DTensorType
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
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
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.node import Node
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, MatchBufferRegion

_IGNORED = frozenset({"span", "origin", "ty", "name", "name_hint"})


Pair = tuple[str, Any, Any] | tuple[str, Any, Any, bool]
"""A step of the path, two parts to compare, and whether variables in them are defined there."""


def structural_equal(a: Any, b: Any, map_free_vars: bool = False) -> bool:
    """Whether two modules, functions, expressions, types, or lists of them are the same up to variable names.

    A variable that is not defined inside equals only itself, unless ``map_free_vars`` pairs free variables by place.
    """
    return _Equality(map_free_vars).equal(a, b)


def first_difference(a: Any, b: Any, map_free_vars: bool = False) -> str | None:
    """The path to the first parts that differ, from the root (``.body.blocks[0]``); None when nothing differs."""
    comparison = _Equality(map_free_vars, trace=True)
    return None if comparison.equal(a, b) else comparison.place


def assert_structural_equal(a: Any, b: Any, map_free_vars: bool = False) -> None:
    """ValueError that names the place of the first difference."""
    place = first_difference(a, b, map_free_vars)
    if place is not None:
        where = f"<root>{place}"
        raise ValueError(f"StructuralEqual check failed, caused by lhs at {where}:\n{a}\nand rhs at {where}:\n{b}")


class _Path:
    """A way from the root: one step, and the way before it."""

    __slots__ = ("before", "step")

    def __init__(self, before: _Path | None, step: str) -> None:
        self.before = before
        self.step = step


class _Equality:
    """A stack of pairs still to be compared; definitions are paired before what follows them."""

    def __init__(self, map_free_vars: bool, trace: bool = False) -> None:
        self._free = map_free_vars
        self._left: dict[Node, Node] = {}
        self._right: dict[Node, Node] = {}
        self._stack: list[tuple[Any, Any, bool, _Path | None]] = []
        self._trace = trace
        self._here: _Path | None = None

    def equal(self, a: Any, b: Any) -> bool:
        """Compare two objects."""
        self._stack.append((a, b, False, None))
        while self._stack:
            left, right, define, self._here = self._stack.pop()
            if not self._compare(left, right, define):
                return False
        return True

    @property
    def place(self) -> str:
        """Where the comparison stopped."""
        steps: list[str] = []
        path = self._here
        while path is not None:
            steps.append(path.step)
            path = path.before
        return "".join(reversed(steps))

    def _push(self, *pairs: Pair) -> bool:
        """Compare these next, in this order."""
        for pair in reversed(pairs):
            path = _Path(self._here, pair[0]) if self._trace else None
            self._stack.append((pair[1], pair[2], len(pair) == 4 and pair[3], path))
        return True

    def _compare(self, a: Any, b: Any, define: bool) -> bool:
        if isinstance(a, IRModule) and isinstance(b, IRModule):
            return self._modules(a, b)
        if isinstance(a, Type):
            return isinstance(b, Type) and self._types(a, b, define)
        if _is_sequence(a) and _is_sequence(b):
            return self._sequences(cast("list[Any]", a), b, define)
        if type(a) is not type(b):
            if isinstance(a, Mapping) and isinstance(b, Mapping):
                return self._mappings(cast(Any, a), cast(Any, b))
            return _is_same_number(a, b)
        if isinstance(a, Node):
            return self._nodes(a, b, define)
        if isinstance(a, Mapping):
            return self._mappings(cast("Mapping[Any, Any]", a), b)
        return bool(a == b) or (isinstance(a, float) and isnan(a) and isnan(cast(float, b)))

    def _sequences(self, a: Sequence[Any], b: Sequence[Any], define: bool) -> bool:
        if len(a) != len(b):
            return False
        return self._push(*((f"[{i}]", x, y, define) for i, (x, y) in enumerate(zip(a, b, strict=True))))

    def _modules(self, a: IRModule, b: IRModule) -> bool:
        names = sorted(var.name for var in a)
        if names != sorted(var.name for var in b):
            return False
        functions = ((f'.functions["{name}"]', a[name], b[name]) for name in names)
        return self._push((".attrs", a.attrs, b.attrs), (".global_infos", a.global_infos, b.global_infos), *functions)

    def _mappings(self, a: Mapping[Any, Any], b: Mapping[Any, Any]) -> bool:
        if isinstance(a, Attrs) and isinstance(b, Attrs) and a.type_key != b.type_key:
            return False
        return set(a) == set(b) and self._push(*((f'["{key}"]', a[key], b[key]) for key in a))

    def _types(self, a: Type, b: Any, define: bool) -> bool:
        if type(a) is not type(b):
            return False
        match a:
            case TensorType():
                return a.dtype == b.dtype and a.ndim == b.ndim and self._shapes(a, b, define)
            case ShapeType() if a.values is not None and b.values is not None:
                return self._dims(".values", a.values, b.values, define)
            case PrimType() if a.value is not None and b.value is not None:
                return a.dtype == b.dtype and self._dims(".value", (a.value,), (b.value,), define)
            case TupleType():
                return self._push((".fields", a.fields, b.fields, define))
            case FuncType():
                same = a.pure == b.pure and a.derive is b.derive
                return same and self._push((".params", a.params, b.params, True), (".ret", a.ret, b.ret))
            case DTensorType():
                return str(a.placement) == str(b.placement) and self._push(
                    (".tensor_ty", a.tensor_ty, b.tensor_ty, define), (".device_mesh", a.device_mesh, b.device_mesh)
                )
            case _:
                return a == b

    def _shapes(self, a: TensorType, b: TensorType, define: bool) -> bool:
        devices = (".vdevice", a.vdevice, b.vdevice)
        if a.dims is None or b.dims is None:
            return self._push((".shape", a.shape, b.shape), devices)
        return self._push(devices) and self._dims(".shape.values", a.dims, b.dims, define)

    def _dims(self, step: str, a: tuple[Dim, ...], b: tuple[Dim, ...], define: bool) -> bool:
        """Dimensions as they are written; those that are a variable come first, for they define it."""
        if len(a) != len(b):
            return False
        pairs = [(f"{step}[{i}]", x, y, define) for i, (x, y) in enumerate(zip(a, b, strict=True))]
        return self._push(*sorted(pairs, key=lambda pair: not isinstance(pair[1], prim.Var)))

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
                return self._dims(".values", a.values, b.values, define)
            case Function():
                return self._functions(a, b)
            case PrimFunc():
                return self._tensor_programs(a, b)
            case st.Stmt() | ex.IterVar() | ex.Let() | ex.IndexMap() | ex.CommReducer() | MatchBufferRegion():
                order = _DEFINING.get(type(a))
                return self._fields(a, b, False) if order is None else self._ordered(a, b, order)
            case Binding():
                return self._bindings(a, b)
            case Call():
                return self._push(
                    (".op", a.op, b.op),
                    (".args", a.args, b.args),
                    (".attrs", a.attrs or {}, b.attrs or {}),
                    (".ty_args", a.ty_args, b.ty_args),
                )
            case _:
                return self._fields(a, b, define)

    def _ordered(self, a: Any, b: Any, order: tuple[str, ...]) -> bool:
        """The fields in the order in which they are defined and used; those with a ``+`` define."""
        pairs: list[Pair] = []
        for name in order:
            defines = name.endswith("+")
            one: Any = getattr(a, name.rstrip("+"))
            other: Any = getattr(b, name.rstrip("+"))
            if name == "annotations":
                one, other = one or {}, other or {}
            pairs.append((f".{name.rstrip('+')}", one, other, defines))
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
            *((f".{name}", getattr(a, name), getattr(b, name), True) for name in defined)
        )

    def _tensor_programs(self, a: PrimFunc, b: PrimFunc) -> bool:
        if len(a.params) != len(b.params) or a.ret_type != b.ret_type:
            return False
        buffers = [(a.buffer_map.get(x), b.buffer_map.get(y)) for x, y in zip(a.params, b.params, strict=True)]
        maps = ((f".buffer_map[{i}]", x, y, True) for i, (x, y) in enumerate(buffers))
        return self._push(
            (".params", a.params, b.params, True), *maps, (".attrs", a.attrs, b.attrs), (".body", a.body, b.body)
        )

    def _relax_variable(self, a: Var, b: Var, define: bool) -> bool:
        if a in self._left or not define:
            return self._variables(a, b, define)
        if (a.ty is None) != (b.ty is None):
            return False
        self._variables(a, b, True)
        return self._left[a] is b and (a.ty is None or self._push((".ty", a.ty, b.ty, True)))

    def _functions(self, a: Function, b: Function) -> bool:
        if a.is_pure != b.is_pure or len(a.params) != len(b.params):
            return False
        return self._push(
            (".params", a.params, b.params, True),
            (".attrs", a.attrs or {}, b.attrs or {}),
            (".ret_ty", a.ret_ty, b.ret_ty),
            (".body", a.body, b.body),
        )

    def _bindings(self, a: Binding, b: Binding) -> bool:
        if isinstance(a, MatchCast) and isinstance(b, MatchCast):
            return self._push((".value", a.value, b.value), (".ty", a.ty, b.ty, True), (".var", a.var, b.var, True))
        assert isinstance(a, VarBinding)
        assert isinstance(b, VarBinding)
        if isinstance(a.value, Function):
            return self._push((".var", a.var, b.var, True), (".value", a.value, b.value))
        return self._push((".value", a.value, b.value), (".var", a.var, b.var, True))

    def _fields(self, a: Any, b: Any, define: bool) -> bool:
        """Any other node: all fields that count, scalar expressions included."""
        if isinstance(a, PrimExpr) and a.dtype != b.dtype:
            return False
        own = {"name"} if isinstance(a, prim.Intrinsic | ExternFunc) else set[str]()
        counted = (item.name for item in fields(cast(Any, a)) if item.init)
        names = [name for name in counted if name in own or name not in _IGNORED]
        return self._push(*((f".{name}", getattr(a, name), getattr(b, name), define) for name in names))


def _is_sequence(value: Any) -> bool:
    return isinstance(value, tuple | list)


def _is_same_number(a: Any, b: Any) -> bool:
    """Known integers, which types hold as ints and scalar expressions as constants."""
    left, right = (item.value if isinstance(item, prim.IntImm) else item for item in (a, b))
    return isinstance(left, int) and isinstance(right, int) and left == right


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
